//! What a reader says of an item that is wrong: field, item, position, what is allowed, a hint.

use super::read::Reader;
use super::unit::{Grammar, MONTHS, Quantity, Unit, WEEKDAYS};
use crate::trigger::error::shown;

impl Reader<'_> {
    /// A message about a word that is no value.
    pub(super) fn unknown(&self, word: &str) -> String {
        let head = word.get(..3).unwrap_or(word);
        let hint = match self.unit.named(head) {
            Some(_) => format!("write {}", head.to_ascii_uppercase()),
            None => misplaced(self.unit, word),
        };
        let word = shown(word);
        self.wrong(&format!("unknown word {word:?}"), &self.forms(), &hint)
    }

    pub(super) fn trailing(&self) -> String {
        self.wrong(&format!("{:?} may not follow here", self.rest), &self.forms(), "")
    }

    /// A message about a number that the field does not have.
    pub(super) fn out_of_range(&self, what: &str, allowed: &str) -> String {
        let allowed = if allowed.is_empty() { self.unit.allowed() } else { allowed.to_owned() };
        let step = self.item.contains('/') && self.item.ends_with(self.rest) && !self.starts();
        let hint = match (self.unit.quantity, self.unit.grammar, self.digits()) {
            (Quantity::Minute | Quantity::Second, _, "60") if step => "write 0 for once in 60",
            (Quantity::Hour, _, "24") if step => "write 0 for once a day",
            (Quantity::Minute | Quantity::Second, _, "60") => "the 60th is 0 of the next",
            (Quantity::Hour, _, "24") => "midnight is hour 0",
            (Quantity::Weekday, Grammar::Quartz, "0") => "Sunday is 1 in dialect QUARTZ",
            (Quantity::Day | Quantity::Month, _, "0") => "they count from 1",
            _ => "",
        };
        self.wrong(what, &allowed, hint)
    }

    /// Whether nothing of the item was read yet.
    fn starts(&self) -> bool {
        self.rest.len() == self.item.len()
    }

    /// A message about this item.
    pub(super) fn wrong(&self, what: &str, allowed: &str, hint: &str) -> String {
        let item = shown(self.item);
        let mut message =
            format!("{} field, item {item:?} at position {}: {what}", self.unit.name, self.at);
        if !allowed.is_empty() {
            message += &format!("; allowed are {allowed}");
        }
        if !hint.is_empty() {
            message += &format!(" ({hint})");
        }
        message
    }

    /// A message about an item that is not there.
    pub(super) fn bare(&self, what: &str, allowed: &str) -> String {
        let Self { unit, at, .. } = self;
        format!("{} field, position {at}: {what}; allowed are {allowed}", unit.name)
    }

    /// The forms that an item of this field may have.
    pub(super) fn forms(&self) -> String {
        let Unit { quantity, grammar, .. } = self.unit;
        let mut forms = "*, a, a-b, */n, a/n, a-b/n".to_owned();
        forms += match (quantity, grammar) {
            (Quantity::Day, Grammar::Fields) => ", last, last fri, 1st mon to 5th sun",
            (_, Grammar::Fields) | (Quantity::Year, _) => "",
            (Quantity::Day, _) => ", ?, L, L-n, LW, nW, L-nW, H",
            (Quantity::Weekday, Grammar::Quartz) => ", ?, L, dL, d#k, H",
            (Quantity::Weekday, _) => ", ?, dL, d#k, H",
            _ => ", H, H(a-b), H/n",
        };
        format!("{forms} with {}", self.unit.allowed())
    }
}

/// Where a word that is no name in `unit` would belong.
fn misplaced(unit: Unit, word: &str) -> String {
    let head = word.get(..3).unwrap_or(word);
    let among = |names: &[&str]| names.iter().any(|name| name[..3].eq_ignore_ascii_case(head));
    if unit.quantity != Quantity::Weekday && among(&WEEKDAYS) {
        return "a weekday belongs into the day-of-week field".to_owned();
    }
    if unit.quantity == Quantity::Day
        && unit.grammar == Grammar::Fields
        && word.eq_ignore_ascii_case("L")
    {
        return "write last".to_owned();
    }
    if unit.quantity != Quantity::Month && among(&MONTHS) {
        return "a month belongs into the month field".to_owned();
    }
    String::new()
}

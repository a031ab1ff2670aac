//! Reading one field of a cron trigger.
//!
//! A hand-written reader, because its errors are half of what it is for: each names the field, the
//! item, where it stands, what is allowed there and, where the intent is plain, what to write.

use super::hash::Seed;
use super::item::{Field, Form, Item, Run};
use super::unit::{Grammar, Quantity, Unit, WEEKDAYS};
use crate::trigger::error::shown;

/// Reads `text`, which begins at the position `at` (from 1) of what the client gave.
///
/// # Errors
/// The message for the first item that is wrong.
pub(super) fn field(unit: Unit, text: &str, at: usize, seed: Seed) -> Result<Field, String> {
    let mut items = Vec::new();
    let mut offset = 0;
    let alone = !text.contains(',');
    for piece in text.split(',') {
        let (item, skipped) = match unit.grammar {
            Grammar::Fields => {
                let trimmed = piece.trim_start_matches([' ', '\t']);
                (trimmed.trim_end_matches([' ', '\t']), piece.len() - trimmed.len())
            }
            Grammar::Unix | Grammar::Quartz => (piece, 0),
        };
        let reader = Reader { unit, item, at: at + offset + skipped, rest: item, seed, alone };
        items.push(reader.read()?);
        offset += piece.len() + 1;
    }
    Ok(Field { unit, items })
}

/// Reads one item.
pub(super) struct Reader<'a> {
    pub(super) unit: Unit,
    pub(super) item: &'a str,
    /// Where the item stands in the client's text, from 1.
    pub(super) at: usize,
    /// What is yet to be read of it.
    pub(super) rest: &'a str,
    pub(super) seed: Seed,
    /// Whether it is the field's only item.
    alone: bool,
}

impl<'a> Reader<'a> {
    fn read(mut self) -> Result<Item, String> {
        match self.rest.bytes().next() {
            None if self.alone => Err(self.bare("is empty", &self.forms())),
            None => Err(self.bare("empty item; a comma stands between two items", &self.forms())),
            Some(b'*') => self.star(),
            Some(b'?') => self.unset(),
            Some(b'0'..=b'9') => self.number_first(),
            Some(byte) if byte.is_ascii_alphabetic() => self.word_first(),
            Some(b'/') => {
                Err(self.wrong("a step needs something to step from", &self.forms(), "write */n"))
            }
            Some(b'-' | b'+') => Err(self.out_of_range("numbers have no sign", "")),
            Some(_) => Err(self.wrong("unknown character", &self.forms(), "")),
        }
    }

    /// `*` or `*/n`
    fn star(&mut self) -> Result<Item, String> {
        self.skip(1);
        let Unit { min, max, .. } = self.unit;
        let form = if self.rest.is_empty() { Form::All } else { Form::AllStepped };
        if self.rest.starts_with(|next: char| next.is_ascii_digit()) {
            let hint = format!("write */{0} for a step of {0}", self.digits());
            return Err(self.wrong("a number may not follow *", &self.forms(), &hint));
        }
        let step = self.step_to_end()?;
        Ok(Item::Run(form, Run { first: min, last: max, step }))
    }

    /// `?`
    fn unset(&mut self) -> Result<Item, String> {
        let Unit { min, max, quantity, grammar, .. } = self.unit;
        if grammar == Grammar::Fields || !matches!(quantity, Quantity::Day | Quantity::Weekday) {
            let what = "? may stand in the day fields of an expression only";
            return Err(self.wrong(what, &self.forms(), "write *"));
        }
        if !self.alone || self.item != "?" {
            return Err(self.wrong(
                "? must stand alone in its field",
                "? alone, or others without it",
                "",
            ));
        }
        Ok(Item::Run(Form::Unset, Run { first: min, last: max, step: 1 }))
    }

    /// An item that begins with a digit.
    fn number_first(&mut self) -> Result<Item, String> {
        let Unit { quantity, grammar, .. } = self.unit;
        match (quantity, grammar, self.after_number()) {
            (Quantity::Day, Grammar::Fields, Some(b's' | b'n' | b'r' | b't')) => self.ordinal(),
            (Quantity::Day, Grammar::Fields, Some(b'S' | b'N' | b'R' | b'T')) => self.ordinal(),
            (Quantity::Day, Grammar::Unix | Grammar::Quartz, Some(b'W' | b'w')) => {
                let day = self.value()?;
                self.skip(1);
                self.end()?;
                Ok(Item::Nearest(day))
            }
            _ => {
                let value = self.value()?;
                self.continue_from(value)
            }
        }
    }

    /// An item that begins with a letter.
    fn word_first(&mut self) -> Result<Item, String> {
        let Unit { quantity, grammar, .. } = self.unit;
        let word = self.word();
        let expression = grammar != Grammar::Fields;
        if word.eq_ignore_ascii_case("H") {
            return self.hash();
        }
        match quantity {
            Quantity::Day if expression && word.eq_ignore_ascii_case("L") => self.last_day(),
            Quantity::Day if expression && word.eq_ignore_ascii_case("LW") => {
                self.skip(2);
                self.end()?;
                Ok(Item::LastDay { back: 0, nearest: true })
            }
            Quantity::Day if expression && word.eq_ignore_ascii_case("W") => {
                let what = "W needs a day that it is nearest to";
                Err(self.wrong(what, &self.forms(), "write 15W, or LW for the last weekday"))
            }
            Quantity::Day if !expression && word.eq_ignore_ascii_case("last") => self.last(),
            Quantity::Weekday if expression && word.eq_ignore_ascii_case("L") => {
                self.last_of_week()
            }
            _ => match self.unit.named(word) {
                Some(value) => {
                    self.skip(word.len());
                    self.continue_from(value)
                }
                None => self.name_with_l(word),
            },
        }
    }

    /// What may follow a value: a range, a step, `L`, `#k`, or nothing.
    fn continue_from(&mut self, value: u32) -> Result<Item, String> {
        let first = if self.is_unix_sunday(value) { 0 } else { value };
        let weekday = self.unit.quantity == Quantity::Weekday;
        let expression = self.unit.grammar != Grammar::Fields;
        match self.rest.bytes().next() {
            None => Ok(Item::Run(Form::One, Run { first, last: first, step: 1 })),
            Some(b'-') => {
                self.skip(1);
                let last = self.value()?;
                self.check_order(first, last)?;
                let form = if self.rest.is_empty() { Form::Range } else { Form::Stepped };
                Ok(Item::Run(form, Run { first, last, step: self.step_to_end()? }))
            }
            Some(b'/') => {
                let last = self.unit.max;
                Ok(Item::Run(Form::Stepped, Run { first, last, step: self.step_to_end()? }))
            }
            Some(b'L' | b'l') if weekday && expression => {
                self.skip(1);
                self.end()?;
                Ok(Item::LastWeekday(self.unit.weekday(first)))
            }
            Some(b'#') if weekday && expression => {
                self.skip(1);
                let nth = self.number("# needs a number", "1 to 5", 1, 5)?;
                self.end()?;
                Ok(Item::NthWeekday { weekday: self.unit.weekday(first), nth })
            }
            Some(_) => Err(self.trailing()),
        }
    }

    /// `L`, `L-n`, `L-nW`
    fn last_day(&mut self) -> Result<Item, String> {
        self.skip(1);
        if self.rest.is_empty() {
            return Ok(Item::LastDay { back: 0, nearest: false });
        }
        if !self.rest.starts_with('-') {
            return Err(self.trailing());
        }
        self.skip(1);
        let back = self.number("L- needs a number of days", "L-1 to L-30", 1, 30)?;
        let nearest = self.rest.eq_ignore_ascii_case("W");
        if nearest {
            self.skip(1);
        }
        self.end()?;
        Ok(Item::LastDay { back, nearest })
    }

    /// `L` in day-of-week.
    fn last_of_week(&mut self) -> Result<Item, String> {
        if self.unit.grammar == Grammar::Unix {
            let hint = "write FRIL for the month's last Friday, or 6 for Saturday";
            return Err(self.wrong("L needs a weekday in dialect UNIX", &self.forms(), hint));
        }
        self.skip(1);
        self.end()?;
        let saturday = self.unit.max;
        Ok(Item::Run(Form::One, Run { first: saturday, last: saturday, step: 1 }))
    }

    /// `FRIL`, the one form in which a letter follows a name; every other word is an error.
    fn name_with_l(&mut self, word: &str) -> Result<Item, String> {
        let name = word.strip_suffix(['L', 'l']).unwrap_or(word);
        if self.unit.quantity == Quantity::Weekday
            && self.unit.grammar != Grammar::Fields
            && let Some(value) = self.unit.named(name)
        {
            self.skip(word.len());
            self.end()?;
            return Ok(Item::LastWeekday(self.unit.weekday(value)));
        }
        Err(self.unknown(word))
    }

    /// `last` or `last fri`, among named fields.
    fn last(&mut self) -> Result<Item, String> {
        self.skip(4);
        if self.rest.is_empty() {
            return Ok(Item::LastDay { back: 0, nearest: false });
        }
        Ok(Item::LastWeekday(self.weekday_after_blank()?))
    }

    /// `1st mon` to `5th sun`, among named fields.
    fn ordinal(&mut self) -> Result<Item, String> {
        let nth = self.number("an ordinal needs a number", "1st to 5th", 1, 5)?;
        let suffix = self.word();
        let right = ["st", "nd", "rd", "th", "th"][nth as usize - 1];
        if !suffix.eq_ignore_ascii_case(right) {
            let hint = format!("write {nth}{right}");
            return Err(self.wrong(&format!("unknown ordinal {nth}{suffix}"), "1st to 5th", &hint));
        }
        self.skip(suffix.len());
        Ok(Item::NthWeekday { weekday: self.weekday_after_blank()?, nth })
    }

    fn weekday_after_blank(&mut self) -> Result<u32, String> {
        let trimmed = self.rest.trim_start_matches([' ', '\t']);
        if trimmed.len() == self.rest.len() && !trimmed.is_empty() {
            return Err(self.trailing());
        }
        self.rest = trimmed;
        let word = self.word();
        let is =
            |name: &&str| name.eq_ignore_ascii_case(word) || name[..3].eq_ignore_ascii_case(word);
        let Some(weekday) = WEEKDAYS.iter().position(is) else {
            return Err(self.wrong("a weekday must follow", "mon to sun", ""));
        };
        self.skip(word.len());
        self.end()?;
        Ok(weekday as u32)
    }

    /// Whether `value` is the other number of Sunday in dialect UNIX.
    pub(super) fn is_unix_sunday(&self, value: u32) -> bool {
        self.unit.quantity == Quantity::Weekday && self.unit.grammar == Grammar::Unix && value == 7
    }

    fn check_order(&self, first: u32, last: u32) -> Result<(), String> {
        if self.unit.wraps || first <= last {
            return Ok(());
        }
        let Unit { min, max, quantity, grammar, .. } = self.unit;
        let hint = match grammar {
            Grammar::Fields if quantity != Quantity::Year => {
                let part =
                    |from, to| if from == to { format!("{to}") } else { format!("{from}-{to}") };
                let (end, start) = (part(first, max), part(min, last));
                format!("nothing wraps among named fields; write {end},{start}")
            }
            _ => String::new(),
        };
        let what = format!("the range ends at {last}, before {first} where it begins");
        Err(self.wrong(&what, &self.unit.allowed(), &hint))
    }

    /// `/n` or nothing, up to the end of the item.
    pub(super) fn step_to_end(&mut self) -> Result<u32, String> {
        if self.rest.is_empty() {
            return Ok(1);
        }
        if !self.rest.starts_with('/') {
            return Err(self.trailing());
        }
        self.skip(1);
        let max = self.unit.max_step();
        let step = self.number("/ needs a step", &format!("steps of 1 to {max}"), 1, max)?;
        self.end()?;
        Ok(step)
    }

    /// A number or a name of the field's range.
    pub(super) fn value(&mut self) -> Result<u32, String> {
        let word = self.word();
        if !word.is_empty() {
            let Some(value) = self.unit.named(word) else { return Err(self.unknown(word)) };
            self.skip(word.len());
            return Ok(value);
        }
        let Unit { min, max, quantity, grammar, .. } = self.unit;
        let unix_week = quantity == Quantity::Weekday && grammar == Grammar::Unix;
        let max = if unix_week { 7 } else { max };
        self.number("a value must stand here", &self.unit.allowed(), min, max)
    }

    /// A number from `min` to `max`.
    fn number(&mut self, missing: &str, allowed: &str, min: u32, max: u32) -> Result<u32, String> {
        let digits = self.digits();
        if digits.is_empty() {
            return Err(self.wrong(missing, allowed, ""));
        }
        // More than nine digits cannot be in any range; they would not fit the number either.
        let value = if digits.len() > 9 { None } else { digits.parse().ok() };
        let Some(value) = value.filter(|value| (min..=max).contains(value)) else {
            let digits = shown(digits);
            return Err(self.out_of_range(&format!("{digits} is out of range"), allowed));
        };
        self.skip(digits.len());
        Ok(value)
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or("");
    }

    fn end(&self) -> Result<(), String> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.trailing()) }
    }

    pub(super) fn digits(&self) -> &'a str {
        let end = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        &self.rest[..end]
    }

    fn word(&self) -> &'a str {
        let end = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        &self.rest[..end]
    }

    fn after_number(&self) -> Option<u8> {
        self.rest.as_bytes().get(self.digits().len()).copied()
    }
}

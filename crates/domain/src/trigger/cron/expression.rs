//! Cron as one text: five to seven fields, or a macro.

use super::Fields;
use super::hash::Seed;
use super::item::{Field, Form, Item};
use super::read::field;
use super::shapes::DayRule;
use super::unit::{Grammar, Quantity, Unit};
use crate::trigger::Dialect;
use crate::trigger::error::shown;

/// The longest text that is read, in bytes.
pub(in crate::trigger) const MAX_LEN: usize = 256;

/// The quantities in the order in which an expression names them.
const ORDER: [Quantity; 7] = [
    Quantity::Second,
    Quantity::Minute,
    Quantity::Hour,
    Quantity::Day,
    Quantity::Month,
    Quantity::Weekday,
    Quantity::Year,
];

const MACROS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// Reads an expression.
///
/// # Errors
/// What is wrong with it, and what is allowed.
pub(super) fn read(text: &str, dialect: Dialect, seed: Seed) -> Result<Fields, String> {
    check_text(text)?;
    let trimmed = text.trim_matches(BLANKS);
    let text = match (trimmed.starts_with('@'), dialect) {
        (false, _) => text,
        (true, Dialect::Unix) => expand(trimmed)?,
        (true, Dialect::Quartz) => {
            let what = "dialect QUARTZ has no macros; allowed are 6 or 7 fields";
            return Err(format!("{what}, or dialect UNIX"));
        }
    };
    let words = words(text);
    let quantities = quantities(words.len(), dialect)?;
    let grammar = match dialect {
        Dialect::Unix => Grammar::Unix,
        Dialect::Quartz => Grammar::Quartz,
    };
    let mut fields = ORDER.map(|quantity| {
        let unit = Unit::of_expression(quantity, grammar);
        if quantity == Quantity::Second { Field::one(unit, 0) } else { Field::all(unit) }
    });
    for ((at, word), quantity) in words.iter().zip(quantities) {
        let given = fields.iter_mut().filter(|field| field.unit.quantity == *quantity);
        for slot in given {
            *slot = field(slot.unit, word, *at, seed)?;
        }
    }
    let [second, minute, hour, day, month, weekday, year] = fields;
    let rule = match dialect {
        Dialect::Unix if day.restricted() && weekday.restricted() => DayRule::Either,
        Dialect::Unix => DayRule::Both,
        Dialect::Quartz => {
            check_quartz_days((&day, &words[3]), (&weekday, &words[5]))?;
            DayRule::Both
        }
    };
    let week = Field::all(Unit::of_expression(Quantity::Week, grammar));
    Ok(Fields { year, month, week, day, weekday, rule, hour, minute, second })
}

const BLANKS: [char; 2] = [' ', '\t'];

/// The words of `text`, each with its position, from 1.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut at = 1;
    let mut words = Vec::new();
    for word in text.split(BLANKS) {
        if !word.is_empty() {
            words.push((at, word));
        }
        at += word.len() + 1;
    }
    words
}

fn check_text(text: &str) -> Result<(), String> {
    if text.len() > MAX_LEN {
        return Err(format!("has {} bytes; allowed are at most {MAX_LEN}", text.len()));
    }
    if let Some((at, found)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii()) {
        let at = at + 1;
        let digit = if found.is_numeric() { "; the digits are 0 to 9" } else { "" };
        return Err(format!("{found:?} at position {at} is not ASCII; allowed is ASCII{digit}"));
    }
    let bad = |c: &(usize, char)| c.1.is_ascii_control() && c.1 != '\t';
    if let Some((at, found)) = text.chars().enumerate().find(bad) {
        let at = at + 1;
        return Err(format!("{found:?} at position {at}: only blanks and tabs separate fields"));
    }
    if text.trim_matches(BLANKS).is_empty() {
        return Err("is empty; allowed are 5 to 7 fields, or a macro such as @daily".to_owned());
    }
    Ok(())
}

fn expand(text: &str) -> Result<&'static str, String> {
    let (word, rest) = text.split_once(BLANKS).unwrap_or((text, ""));
    let known = MACROS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    if let Some((_, meaning)) = known {
        if rest.is_empty() {
            return Ok(meaning);
        }
        let rest = shown(rest.trim());
        return Err(format!("{rest:?} may not follow the macro {word}; allowed is a macro alone"));
    }
    let names = MACROS.map(|(name, _)| name).join(" ");
    let hint = match word.to_ascii_lowercase().as_str() {
        "@every" => " (elapsed time is a trigger of its own: interval with every)",
        "@reboot" => {
            " (a cluster does not boot; a trigger interval with fire_immediately fires when the \
             job is created)"
        }
        _ => "",
    };
    Err(format!("unknown macro {:?}; allowed are {names}{hint}", shown(word)))
}

/// What the fields of an expression hold, in order.
fn quantities(count: usize, dialect: Dialect) -> Result<&'static [Quantity], String> {
    match (count, dialect) {
        (5, Dialect::Unix) => Ok(&ORDER[1..6]),
        (6, _) => Ok(&ORDER[..6]),
        (7, _) => Ok(&ORDER),
        (_, Dialect::Unix) => Err(format!(
            "has {count} field{}; allowed are 5 (minute hour day-of-month month day-of-week), \
             6 (second first) or 7 (year last)",
            if count == 1 { "" } else { "s" }
        )),
        (_, Dialect::Quartz) => Err(format!(
            "has {count} field{}; allowed are 6 (second minute hour day-of-month month \
             day-of-week) or 7 (year last) in dialect QUARTZ{}",
            if count == 1 { "" } else { "s" },
            if count == 5 { " (put a second in front, or use dialect UNIX)" } else { "" }
        )),
    }
}

/// A word of an expression, with its position.
type Word<'a> = (usize, &'a str);

/// Dialect QUARTZ wants `?` in one of the day fields.
fn check_quartz_days(
    (day, (day_at, day_text)): (&Field, &Word<'_>),
    (weekday, (weekday_at, weekday_text)): (&Field, &Word<'_>),
) -> Result<(), String> {
    let unset = |field: &Field| matches!(field.items[..], [Item::Run(Form::Unset, _)]);
    let what = match (unset(day), unset(weekday)) {
        (true, false) | (false, true) => return Ok(()),
        (true, true) => "both are ?",
        (false, false) => "neither is ?",
    };
    let hint = match (day.is_all(), weekday.is_all()) {
        (_, true) => "write ? for day-of-week",
        (true, false) => "write ? for day-of-month",
        (false, false) => "write two triggers under any, or use dialect UNIX",
    };
    Err(format!(
        "day-of-month field, item {:?} at position {day_at}, and day-of-week field, item {:?} at \
         position {weekday_at}: {what}; exactly one of them must be ? in dialect QUARTZ ({hint})",
        shown(day_text),
        shown(weekday_text),
    ))
}

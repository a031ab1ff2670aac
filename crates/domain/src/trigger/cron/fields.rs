//! Cron as named fields, in the manner of APScheduler.

use super::Fields;
use super::expression::MAX_LEN;
use super::hash::Seed;
use super::item::Field;
use super::read::field;
use super::shapes::DayRule;
use super::unit::{Quantity, Unit};
use crate::trigger::CronFields;

/// Reads the fields.
///
/// # Errors
/// The name of the first field that is wrong, what it held, and the message; no name where no
/// field is given at all.
pub(super) fn read(
    given: &CronFields,
    seed: Seed,
) -> Result<Fields, (Option<&'static str>, String, String)> {
    // By significance, the order that decides what a field left out means.
    let texts = [
        (Quantity::Year, &given.year),
        (Quantity::Month, &given.month),
        (Quantity::Day, &given.day),
        (Quantity::Week, &given.week),
        (Quantity::Weekday, &given.day_of_week),
        (Quantity::Hour, &given.hour),
        (Quantity::Minute, &given.minute),
        (Quantity::Second, &given.second),
    ];
    let Some(least) = texts.iter().rposition(|(_, text)| text.is_some()) else {
        let names = texts.map(|(quantity, _)| Unit::of_fields(quantity).name).join(", ");
        let message = format!("no field is given; allowed are {names}, at least one of them");
        return Err((None, String::new(), message));
    };
    let mut fields = texts.map(|(quantity, _)| Field::all(Unit::of_fields(quantity)));
    for (at, ((quantity, text), slot)) in texts.iter().zip(&mut fields).enumerate() {
        let unit = slot.unit;
        match text {
            Some(text) => {
                *slot = read_one(unit, text, seed)
                    .map_err(|message| (Some(unit.name), text.clone(), message))?;
            }
            None if at < least => {}
            None if matches!(quantity, Quantity::Week | Quantity::Weekday) => {}
            None => *slot = Field::one(unit, unit.min),
        }
    }
    let [year, month, day, week, weekday, hour, minute, second] = fields;
    let rule = DayRule::Both;
    Ok(Fields { year, month, week, day, weekday, rule, hour, minute, second })
}

fn read_one(unit: Unit, text: &str, seed: Seed) -> Result<Field, String> {
    if text.len() > MAX_LEN {
        return Err(format!("has {} bytes; allowed are at most {MAX_LEN}", text.len()));
    }
    if let Some((at, found)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii()) {
        let at = at + 1;
        return Err(format!("{found:?} at position {at} is not ASCII; allowed is ASCII"));
    }
    field(unit, text, 1, seed)
}

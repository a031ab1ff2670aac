//! Days that some months do not have.

use super::plain::{and, ordinal, spelled};
use crate::trigger::cron::{Fields, Form, Item, MONTHS, WEEKDAYS};

/// The longest that each month can be.
const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// Every month is at least as long.
const SHORTEST: u32 = 28;

/// Warnings of the days that `fields` name and that some of their months lack.
pub(super) fn lacking(fields: &Fields) -> Vec<String> {
    let months: Vec<u32> = (1..=12).filter(|month| fields.month.bits() >> month & 1 == 1).collect();
    let items = fields.day.items.iter().chain(&fields.weekday.items);
    let mut warnings: Vec<String> = Vec::new();
    for item in items {
        let warning = match *item {
            Item::Run(Form::One, run) if fields.day.items.contains(item) => {
                no_day(run.first, &format!("a {}", ordinal(run.first)), &months)
            }
            Item::Nearest(day) => no_day(day, &format!("a {}", ordinal(day)), &months),
            Item::LastDay { back, .. } => {
                no_day(back + 1, &format!("a day {back} days before its last"), &months)
            }
            Item::NthWeekday { weekday, nth: 5 } => Some(format!(
                "only some months have a {} {}; it does not fire in the others",
                spelled(5),
                WEEKDAYS[weekday as usize]
            )),
            _ => None,
        };
        warnings.extend(warning.filter(|warning| !warnings.contains(warning)));
    }
    warnings
}

/// A warning where some of `months` (1 to 12) are shorter than `day` days, and lack `what`.
pub(super) fn no_day(day: u32, what: &str, months: &[u32]) -> Option<String> {
    if day <= SHORTEST {
        return None;
    }
    let lacking: Vec<&str> = months
        .iter()
        .map(|month| *month as usize - 1)
        .filter(|month| LENGTHS[*month] < day)
        .map(|month| MONTHS[month])
        .collect();
    let leap = day == LENGTHS[1] && months.contains(&2);
    match &lacking[..] {
        [] if leap => {
            Some(format!("February has {what} in leap years only; it does not fire in the others"))
        }
        [] => None,
        [only] => Some(format!("{only} never has {what}; it does not fire then")),
        several => Some(format!("{} never have {what}; it does not fire then", and(several))),
    }
}

#[cfg(test)]
mod tests {
    use super::no_day;

    #[test]
    fn a_day_is_missed_where_a_month_is_shorter() {
        let all: Vec<u32> = (1..=12).collect();
        let cases: [(u32, &[u32], Option<&str>); 7] = [
            (28, &all, None),
            (29, &all, Some("February has X in leap years only; it does not fire in the others")),
            (29, &[1, 3], None),
            (30, &all, Some("February never has X; it does not fire then")),
            (31, &[4, 5, 6], Some("April and June never have X; it does not fire then")),
            (31, &[12], None),
            (31, &[2], Some("February never has X; it does not fire then")),
        ];
        for (day, months, expected) in cases {
            assert_eq!(no_day(day, "X", months).as_deref(), expected, "{day} in {months:?}");
        }
    }
}

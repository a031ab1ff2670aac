//! Calendar triggers: every so many years, months, weeks or days.

use super::Fold;
use super::error::TriggerError;
use super::spec::CalendarSpec;
use super::timezone::zone;
use super::walk::calendar_days::{CalendarDays, checked_day};
use super::walk::civil::LAST_DAY;
use super::walk::days::Days;
use super::walk::readings::Readings;
use super::walk::time_of_day::TimeOfDay;
use super::walk::zoned::{Elapsed, Zoned};

/// Compiles a calendar trigger.
///
/// # Errors
/// The field that is wrong.
pub(super) fn compile(spec: &CalendarSpec) -> Result<Zoned, TriggerError> {
    let steps = [
        ("years", spec.years),
        ("months", spec.months),
        ("weeks", spec.weeks),
        ("days", spec.days),
    ];
    for (name, step) in steps {
        if step < 0 {
            let message = "is negative; allowed are 0 and above";
            return Err(TriggerError::new(&format!("calendar.{name}"), &step.to_string(), message));
        }
    }
    if steps.iter().all(|(_, step)| *step == 0) {
        let message = "years, months, weeks and days are all 0; at least one must be above 0";
        return Err(TriggerError::new("calendar", "", message));
    }
    let start = date("calendar.start_date", &spec.start_date)?;
    let end = match spec.end_date.as_str() {
        "" => LAST_DAY,
        text => date("calendar.end_date", text)?,
    };
    let second = time(&spec.at)?;
    let months = i64::from(spec.years) * 12 + i64::from(spec.months);
    let days = i64::from(spec.weeks) * 7 + i64::from(spec.days);
    Ok(Zoned {
        readings: Readings {
            days: Days::Calendar(CalendarDays::new(start, months, days, end)),
            time: TimeOfDay::at(second),
        },
        zone: zone("calendar.timezone", &spec.timezone)?,
        elapsed: Elapsed::Hours(0),
        gap: spec.gap,
        fold: Fold::First,
    })
}

/// The day `YYYY-MM-DD`.
fn date(field: &str, text: &str) -> Result<i32, TriggerError> {
    const ALLOWED: &str = "allowed are days from 0001-01-01 to 9999-12-31, written YYYY-MM-DD";
    let wrong = |what: &str| TriggerError::new(field, text, format!("{what}; {ALLOWED}"));
    if text.is_empty() {
        return Err(wrong("is required"));
    }
    let Some([year, month, day]) = numbers(text, b'-', [4, 2, 2]) else {
        return Err(wrong("is not a date"));
    };
    checked_day(year as i32, month, day).ok_or_else(|| wrong("is a day that does not exist"))
}

/// The seconds from midnight of `HH:MM:SS`; empty is midnight.
fn time(text: &str) -> Result<u32, TriggerError> {
    if text.is_empty() {
        return Ok(0);
    }
    match numbers(text, b':', [2, 2, 2]) {
        Some([hour @ 0..24, minute @ 0..60, second @ 0..60]) => {
            Ok(hour * 3600 + minute * 60 + second)
        }
        _ => {
            let message = "is not a time of the day; allowed are 00:00:00 to 23:59:59, written \
                           HH:MM:SS";
            Err(TriggerError::new("calendar.at", text, message))
        }
    }
}

/// Three numbers of fixed widths with a separator between them, and nothing else.
fn numbers(text: &str, separator: u8, widths: [usize; 3]) -> Option<[u32; 3]> {
    let mut rest = text.as_bytes();
    let mut numbers = [0; 3];
    for (at, (number, width)) in numbers.iter_mut().zip(widths).enumerate() {
        if at > 0 {
            rest = rest.strip_prefix(&[separator])?;
        }
        let digits;
        (digits, rest) = rest.split_at_checked(width)?;
        for digit in digits {
            *number = *number * 10 + char::from(*digit).to_digit(10)?;
        }
    }
    rest.is_empty().then_some(numbers)
}

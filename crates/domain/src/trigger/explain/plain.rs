//! English: lists, ordinals, times of the day.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::Timestamp;

/// `a`, `a and b`, `a, b and c`.
pub(super) fn and<T: AsRef<str>>(items: &[T]) -> String {
    joined(items, "and")
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn or<T: AsRef<str>>(items: &[T]) -> String {
    joined(items, "or")
}

fn joined<T: AsRef<str>>(items: &[T], word: &str) -> String {
    let texts: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match &texts[..] {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [before @ .., last] => format!("{} {word} {last}", before.join(", ")),
    }
}

/// `1st`, `2nd`, `3rd`, `4th`, …
pub(super) fn ordinal(number: u32) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

/// `first` to `fifth`.
pub(super) fn spelled(nth: u32) -> &'static str {
    ["first", "second", "third", "fourth", "fifth"]
        .get(nth.saturating_sub(1) as usize)
        .unwrap_or(&"last")
}

/// `hour`, `2 hours`: what follows `every`.
pub(super) fn each(count: u64, unit: &str) -> String {
    if count == 1 { unit.to_owned() } else { counted(count, unit) }
}

/// `1 hour`, `2 hours`.
pub(super) fn counted(count: u64, unit: &str) -> String {
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// `02:30`, with the seconds where there are some.
pub(super) fn clock(hour: u32, minute: u32, second: u32) -> String {
    match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    }
}

/// The date of a reading, in seconds since 1970-01-01 00:00:00 on its clock.
pub(super) fn date(reading: i64) -> String {
    civil(reading).date().to_string()
}

/// The time of the day of a reading.
pub(super) fn time(reading: i64) -> String {
    let reading = civil(reading);
    clock(reading.hour() as u32, reading.minute() as u32, reading.second() as u32)
}

fn civil(reading: i64) -> DateTime {
    let at = jiff::Timestamp::from_second(reading).unwrap_or(jiff::Timestamp::MAX);
    Offset::UTC.to_datetime(at)
}

/// RFC 3339 in UTC, a fraction only where there is one.
pub(super) fn instant(at: Timestamp) -> String {
    let text = at.to_string();
    text.strip_suffix(".000Z").map(|whole| format!("{whole}Z")).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ordinals_are_english() {
        assert_eq!(and(&["a"]), "a");
        assert_eq!(and(&["a", "b"]), "a and b");
        assert_eq!(or(&["a", "b", "c"]), "a, b or c");
        let ordinals = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31, 111].map(ordinal).join(" ");
        assert_eq!(ordinals, "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 31st 111th");
        assert_eq!((each(1, "hour"), each(2, "hour")), ("hour".into(), "2 hours".into()));
        assert_eq!(counted(1, "day"), "1 day");
    }

    #[test]
    fn readings_and_instants_are_short() {
        assert_eq!((date(86_400), time(86_400 + 9_000)), ("1970-01-02".into(), "02:30".into()));
        assert_eq!(time(9_001), "02:30:01");
        assert_eq!(instant(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00Z");
        assert_eq!(instant(Timestamp::from_millis(1_500)), "1970-01-01T00:00:01.500Z");
    }
}

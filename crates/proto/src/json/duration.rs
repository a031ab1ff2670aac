//! Durations as people write them.

/// `text` as proto3 JSON writes a duration: itself when it is one (`1.5s`), or what it says in the
/// words of [`humantime`] (`1h30m`). `None` when it is not understood, or finer than a nanosecond.
///
/// Months and years are refused although [`humantime`] reads them, as 30.44 and 365.25 days: who
/// writes an interval of a month means the calendar, and `M` for minutes is a slip of the finger.
pub(super) fn canonical(text: &str) -> Option<String> {
    if is_canonical(text) {
        return Some(text.to_owned());
    }
    let is_safe = text.len() <= MAX_BYTES && !words(text).any(is_calendar_unit);
    if !is_safe || digits(text).any(|run| run.len() > MAX_DIGITS) {
        return None;
    }
    let span = humantime::parse_duration(text).ok()?;
    Some(format!("{}.{:09}s", span.as_secs(), span.subsec_nanos()))
}

/// The most digits of a number, and the most bytes of a text, that [`humantime`] (2.4) is given:
/// `18446744073709551615s 1000000000ns` makes it panic. Within these bounds nothing overflows, and
/// beyond them is nothing that a duration can be (315,576,000,000 s).
const MAX_DIGITS: usize = 12;
const MAX_BYTES: usize = 64;

/// Digits, and up to nine more behind a point. More would be dropped by whoever reads them.
fn is_canonical(text: &str) -> bool {
    let Some(number) = text.strip_suffix('s') else {
        return false;
    };
    let number = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_digits(whole) && is_digits(fraction) && fraction.len() <= 9
}

fn digits(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic())
}

fn is_calendar_unit(word: &str) -> bool {
    matches!(word, "M" | "month" | "months" | "y" | "yr" | "yrs" | "year" | "years")
}

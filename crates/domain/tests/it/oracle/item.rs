//! The items of a cron field, read by splitting texts; `None` for what the rules do not allow.

use bellwether_domain::JobUid;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

/// The three ways in which the rules let a field be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    Unix,
    Quartz,
    Fields,
}

/// A field's place in the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Year,
    Month,
    Week,
    Day,
    Weekday,
    Hour,
    Minute,
    Second,
}

/// One item, as a test that a value or a date passes.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// One of these values.
    Values(Vec<i64>),
    /// The day so many days before the month's last.
    FromEnd(i64),
    /// The weekday nearest to that day of the month, counted from the start or from the end.
    NearDay(i64),
    NearEnd(i64),
    /// The last such weekday, from 0 for Monday.
    LastWeekday(i64),
    /// The k-th such weekday.
    NthWeekday(i64, i64),
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Place {
    fn range(self, writing: Writing) -> (i64, i64) {
        match self {
            Self::Year => (1970, 2099),
            Self::Month => (1, 12),
            Self::Week => (1, 53),
            Self::Day => (1, 31),
            Self::Weekday if writing == Writing::Quartz => (1, 7),
            Self::Weekday => (0, 6),
            Self::Hour => (0, 23),
            Self::Minute | Self::Second => (0, 59),
        }
    }

    fn hash_name(self) -> Option<&'static str> {
        match self {
            Self::Second => Some("second"),
            Self::Minute => Some("minute"),
            Self::Hour => Some("hour"),
            Self::Day => Some("day_of_month"),
            Self::Month => Some("month"),
            Self::Weekday => Some("day_of_week"),
            Self::Year | Self::Week => None,
        }
    }
}

/// Reads all items of a field.
pub(crate) fn items(text: &str, place: Place, writing: Writing, uid: JobUid) -> Option<Vec<Item>> {
    let pieces: Vec<&str> = text.split(',').collect();
    let fields = writing == Writing::Fields;
    let pieces = pieces.iter().map(|piece| if fields { trim(piece) } else { piece });
    let many = text.contains(',');
    pieces
        .map(|piece| Reader { place, writing, uid }.item(&piece.to_ascii_lowercase(), many))
        .collect()
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

struct Reader {
    place: Place,
    writing: Writing,
    uid: JobUid,
}

impl Reader {
    fn item(&self, text: &str, many: bool) -> Option<Item> {
        let days = matches!(self.place, Place::Day | Place::Weekday);
        let expression = self.writing != Writing::Fields;
        let (min, max) = self.place.range(self.writing);
        if text == "?" {
            return (days && expression && !many).then(|| Item::Values((min..=max).collect()));
        }
        let special = match (self.place, expression) {
            (Place::Day, true) => day(text),
            (Place::Day, false) => named_day(text),
            (Place::Weekday, true) => self.weekday(text),
            _ => None,
        };
        if special.is_some() {
            return special;
        }
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(number(step)?)),
            None => (text, None),
        };
        if step.is_some_and(|step| step < 1 || step > max - min) {
            return None;
        }
        if range == "h" || range.starts_with("h(") {
            return self.hash(range, step).map(Item::Values);
        }
        let values = match range.split_once('-') {
            Some((first, last)) => self.range(self.value(first)?, self.value(last)?)?,
            None if range == "*" => (min..=max).collect(),
            None => {
                let first = self.sunday(self.value(range)?);
                let last = if step.is_some() { max } else { first };
                (first..=last).collect()
            }
        };
        Some(Item::Values(every(values, step.unwrap_or(1))))
    }

    /// The values from one to another. "Ranges wrap in every field but year", and not at all among
    /// named fields; for UNIX "7 is 0 except as a range's end".
    fn range(&self, first: i64, last: i64) -> Option<Vec<i64>> {
        let (min, max) = self.place.range(self.writing);
        let first = self.sunday(first);
        if first <= last {
            let values = first..=last;
            return Some(values.map(|value| if value > max { min } else { value }).collect());
        }
        if self.writing == Writing::Fields || self.place == Place::Year {
            return None;
        }
        Some((first..=max).chain(min..=last).collect())
    }

    /// 7 is 0 in the day-of-week field of UNIX.
    fn sunday(&self, value: i64) -> i64 {
        let unix = self.place == Place::Weekday && self.writing == Writing::Unix;
        if unix && value == 7 { 0 } else { value }
    }

    fn value(&self, text: &str) -> Option<i64> {
        let (min, max) = self.place.range(self.writing);
        if let Some(value) = number(text) {
            let unix = self.place == Place::Weekday && self.writing == Writing::Unix;
            let max = if unix { 7 } else { max };
            return (min..=max).contains(&value).then_some(value);
        }
        match self.place {
            Place::Month => name(&MONTHS, text).map(|at| at + 1),
            Place::Weekday => name(&WEEKDAYS, text).map(|at| match self.writing {
                Writing::Unix => (at + 1) % 7,
                Writing::Quartz => (at + 1) % 7 + 1,
                Writing::Fields => at,
            }),
            _ => None,
        }
    }

    /// The weekday, from 0 for Monday, that a value of the field stands for.
    pub(crate) fn monday_first(&self, value: i64) -> i64 {
        match self.writing {
            Writing::Unix => (value + 6) % 7,
            Writing::Quartz => (value + 5) % 7,
            Writing::Fields => value,
        }
    }

    /// `L`, `dL`, `d#k`
    fn weekday(&self, text: &str) -> Option<Item> {
        if text == "l" {
            return (self.writing == Writing::Quartz).then(|| Item::Values(vec![7]));
        }
        if let Some((day, nth)) = text.split_once('#') {
            let nth = number(nth).filter(|nth| (1..=5).contains(nth))?;
            return Some(Item::NthWeekday(self.monday_first(self.value(day)?), nth));
        }
        let day = self.value(text.strip_suffix('l')?)?;
        Some(Item::LastWeekday(self.monday_first(day)))
    }

    /// `H`, with a range and a step. "modulo the number of values in the range, added to its
    /// minimum"; "every n-th value from hash modulo n on".
    fn hash(&self, range: &str, step: Option<i64>) -> Option<Vec<i64>> {
        if self.writing == Writing::Fields {
            return None;
        }
        let mut bytes = self.uid.0.as_bytes().to_vec();
        bytes.extend_from_slice(self.place.hash_name()?.as_bytes());
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let hash = digest[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let mut values = match range.strip_prefix("h(") {
            Some(rest) => {
                let (first, last) = rest.strip_suffix(')')?.split_once('-')?;
                self.range(self.value(first)?, self.value(last)?)?
            }
            None => {
                let (min, max) = self.place.range(self.writing);
                (min..=if self.place == Place::Day { 28 } else { max }).collect()
            }
        };
        // 0-7 names Sunday at both ends; it is one value.
        if values.len() == 8 && values.first() == values.last() && self.place == Place::Weekday {
            values.pop();
        }
        let modulo = |count: i64| (hash % count as u64) as usize;
        match step {
            None => Some(vec![values[modulo(values.len() as i64)]]),
            Some(step) if step > values.len() as i64 => None,
            Some(step) => Some(every(values[modulo(step)..].to_vec(), step)),
        }
    }
}

fn every(values: Vec<i64>, step: i64) -> Vec<i64> {
    values.into_iter().step_by(step as usize).collect()
}

/// `L`, `L-n`, `LW`, `nW`, `L-nW`
fn day(text: &str) -> Option<Item> {
    let back = |text: &str| number(text).filter(|back| (1..=30).contains(back));
    match text {
        "l" => return Some(Item::FromEnd(0)),
        "lw" => return Some(Item::NearEnd(0)),
        _ => {}
    }
    match (text.strip_prefix("l-"), text.strip_suffix('w')) {
        (Some(rest), None) => Some(Item::FromEnd(back(rest)?)),
        (Some(rest), Some(_)) => Some(Item::NearEnd(back(rest.strip_suffix('w')?)?)),
        (None, Some(day)) => Some(Item::NearDay(number(day).filter(|day| (1..=31).contains(day))?)),
        (None, None) => None,
    }
}

/// `last`, `last fri`, `1st mon` … `5th fri`
fn named_day(text: &str) -> Option<Item> {
    if text == "last" {
        return Some(Item::FromEnd(0));
    }
    let (which, day) = text.split_once([' ', '\t'])?;
    let weekday = name(&WEEKDAYS, trim(day))?;
    match which {
        "last" => Some(Item::LastWeekday(weekday)),
        _ => {
            let nth = ["1st", "2nd", "3rd", "4th", "5th"].iter().position(|nth| *nth == which)?;
            Some(Item::NthWeekday(weekday, nth as i64 + 1))
        }
    }
}

/// ASCII digits alone.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The place of a name, given in full or by three letters.
fn name(names: &[&str], text: &str) -> Option<i64> {
    let at = names.iter().position(|name| *name == text || &name[..3] == text)?;
    Some(at as i64)
}

impl Item {
    /// Whether `date` passes, for an item of a day field; `weekday` tells the numbers of the
    /// day-of-week field from those of the month.
    pub(crate) fn day_passes(&self, date: Date, weekday: Option<Writing>) -> bool {
        let day = i64::from(date.day());
        let monday = i64::from(date.weekday().to_monday_zero_offset());
        let len = i64::from(date.days_in_month());
        match self {
            Self::Values(values) => match weekday {
                None => values.contains(&day),
                Some(writing) => {
                    let reader = Reader { place: Place::Weekday, writing, uid: nobody() };
                    values.iter().any(|value| reader.monday_first(*value) == monday)
                }
            },
            Self::FromEnd(back) => day == len - back,
            Self::NearDay(near) => is_nearest(date, *near),
            Self::NearEnd(back) => is_nearest(date, len - back),
            Self::LastWeekday(which) => *which == monday && day + 7 > len,
            Self::NthWeekday(which, nth) => *which == monday && (day - 1) / 7 + 1 == *nth,
        }
    }

    /// Whether the value of another field passes.
    pub(crate) fn passes(&self, value: i64) -> bool {
        matches!(self, Self::Values(values) if values.contains(&value))
    }
}

/// Whether `date` is the day from Monday to Friday that is nearest to day `near` of its month.
fn is_nearest(date: Date, near: i64) -> bool {
    let len = i64::from(date.days_in_month());
    if !(1..=len).contains(&near) {
        return false;
    }
    let works = |day: &i64| {
        let day = date.with().day(*day as i8).build().expect("a day of the month");
        day.weekday().to_monday_zero_offset() < 5
    };
    let nearest = (1..=len).filter(works).min_by_key(|day| (day - near).abs());
    nearest == Some(i64::from(date.day()))
}

fn nobody() -> JobUid {
    JobUid(uuid::Uuid::nil())
}

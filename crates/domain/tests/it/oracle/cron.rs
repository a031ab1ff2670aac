//! Cron triggers by trying every day and every time of it.

use bellwether_domain::trigger::{CronForm, CronSpec, Dialect, Fold, Gap};
use bellwether_domain::{JobUid, Timestamp};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::clock::{Policy, Transition, date_of, instants, zone};
use super::item::{Item, Place, Writing, items};

/// A cron trigger, as tests that a reading passes.
#[derive(Clone, Debug)]
pub(crate) struct Cron {
    years: Vec<Item>,
    months: Vec<Item>,
    weeks: Vec<Item>,
    days: Vec<Item>,
    weekdays: Vec<Item>,
    hours: Vec<Item>,
    minutes: Vec<Item>,
    seconds: Vec<Item>,
    writing: Writing,
    /// Of crontab(5): either of the two day fields suffices.
    either: bool,
    /// "its minute or hour field has an item that is `*` or contains `/`"
    recurs: bool,
    /// The hours of the plain ranges in its hour field.
    range_hours: Vec<i64>,
    zone: TimeZone,
    gap: Gap,
    fold: Fold,
}

/// Reads a cron trigger; `None` for what the rules do not allow.
pub(crate) fn read(spec: &CronSpec, uid: JobUid) -> Option<Cron> {
    let (writing, texts) = match &spec.form {
        CronForm::Expression(text) => expression(text, spec.dialect)?,
        CronForm::Fields(given) => {
            let given = [
                &given.year,
                &given.month,
                &given.day,
                &given.week,
                &given.day_of_week,
                &given.hour,
                &given.minute,
                &given.second,
            ];
            let least = given.iter().rposition(|text| text.is_some())?;
            let minimum = ["1970", "1", "1", "*", "*", "0", "0", "0"];
            let text = |at: usize| match given[at] {
                Some(text) => text.clone(),
                None if at < least => "*".to_owned(),
                None => minimum[at].to_owned(),
            };
            (Writing::Fields, std::array::from_fn(text))
        }
    };
    if texts.iter().any(|text| text.len() > 256) {
        return None;
    }
    let places = [
        Place::Year,
        Place::Month,
        Place::Day,
        Place::Week,
        Place::Weekday,
        Place::Hour,
        Place::Minute,
        Place::Second,
    ];
    let read = |at: usize| items(&texts[at], places[at], writing, uid);
    let begins = |at: usize| texts[at].starts_with(['*', '?']);
    let pieces = |at: usize| texts[at].split(',').map(str::trim);
    Some(Cron {
        years: read(0)?,
        months: read(1)?,
        days: read(2)?,
        weeks: read(3)?,
        weekdays: read(4)?,
        hours: read(5)?,
        minutes: read(6)?,
        seconds: read(7)?,
        writing,
        either: writing == Writing::Unix && !begins(2) && !begins(4),
        recurs: [5, 6].iter().any(|at| pieces(*at).any(|item| item == "*" || item.contains('/'))),
        range_hours: pieces(5)
            .filter(|item| item.contains('-') && !item.contains('/') && !item.contains('('))
            .flat_map(|item| items(item, Place::Hour, writing, uid).unwrap_or_default())
            .flat_map(|item| if let Item::Values(values) = item { values } else { vec![] })
            .collect(),
        zone: zone(&spec.timezone),
        gap: spec.gap,
        fold: spec.fold,
    })
}

/// The texts of an expression by significance: year, month, day, week, weekday, hour, minute,
/// second.
fn expression(text: &str, dialect: Dialect) -> Option<(Writing, [String; 8])> {
    if text.len() > 256 || !text.is_ascii() {
        return None;
    }
    let lower = text.trim_matches([' ', '\t']).to_ascii_lowercase();
    let expanded = match lower.as_str() {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => text,
    };
    if expanded != text && dialect == Dialect::Quartz {
        return None;
    }
    let words: Vec<&str> = expanded.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    let writing = match dialect {
        Dialect::Unix => Writing::Unix,
        Dialect::Quartz => Writing::Quartz,
    };
    let [second, minute, hour, day, month, weekday, year] = match words[..] {
        [minute, hour, day, month, weekday] if dialect == Dialect::Unix => {
            ["0", minute, hour, day, month, weekday, "*"]
        }
        [second, minute, hour, day, month, weekday] => {
            [second, minute, hour, day, month, weekday, "*"]
        }
        [second, minute, hour, day, month, weekday, year] => {
            [second, minute, hour, day, month, weekday, year]
        }
        _ => return None,
    };
    if dialect == Dialect::Quartz && (day == "?") == (weekday == "?") {
        return None;
    }
    Some((writing, [year, month, day, "*", weekday, hour, minute, second].map(str::to_owned)))
}

impl Cron {
    /// All fire times in `from..=until`.
    pub(crate) fn fire_times(&self, from: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        // Clocks are at most 14 hours from UTC, and a gap moves a reading by at most a day.
        let mut day = date_of(from).checked_sub(3.days()).expect("in range");
        let last = date_of(until).checked_add(3.days()).expect("in range");
        let mut found = Vec::new();
        while day <= last {
            if self.day_passes(day) {
                self.fire_times_of_day(day, &mut found);
            }
            day = day.tomorrow().expect("in range");
        }
        found.retain(|at| (from..=until).contains(at));
        found.sort();
        found.dedup();
        found
    }

    /// Whether fires are possible on `date`, by its readings.
    pub(crate) fn day_passes(&self, date: Date) -> bool {
        let any = |items: &[Item], value: i64| items.iter().any(|item| item.passes(value));
        let day = self.days.iter().any(|item| item.day_passes(date, None));
        let weekday = self.weekdays.iter().any(|item| item.day_passes(date, Some(self.writing)));
        any(&self.years, i64::from(date.year()))
            && any(&self.months, i64::from(date.month()))
            && any(&self.weeks, i64::from(date.iso_week_date().week()))
            && if self.either { day || weekday } else { day && weekday }
    }

    /// Adds the fire times for all readings of `day`.
    pub(crate) fn fire_times_of_day(&self, day: Date, found: &mut Vec<Timestamp>) {
        let passing = |items: &[Item], max: i8| -> Vec<i8> {
            (0..=max)
                .filter(|value| items.iter().any(|item| item.passes((*value).into())))
                .collect()
        };
        let (minutes, seconds) = (passing(&self.minutes, 59), passing(&self.seconds, 59));
        for hour in passing(&self.hours, 23) {
            for minute in &minutes {
                for second in &seconds {
                    let reading = day.at(hour, *minute, *second, 0);
                    found.extend(instants(&self.zone, reading, |change| self.policy(change)));
                }
            }
        }
    }

    fn policy(&self, change: Transition) -> Policy {
        let touched = self.range_hours.iter().any(|hour| {
            let mut reading = change.from;
            while reading < change.until {
                if i64::from(reading.hour()) == *hour {
                    return true;
                }
                reading = reading.checked_add(1.second()).expect("in range");
            }
            false
        });
        match self.recurs || touched {
            true => Policy::Elapsed,
            false => Policy::Fixed { gap: self.gap, fold: self.fold },
        }
    }
}

//! Each kind of trigger in words, and what to warn of.

use std::time::Duration;

use super::days::{EVERY_DAY, days};
use super::dialect::other_reading;
use super::notes::{Note, notes};
use super::plain::{and, clock, counted, each, instant, ordinal};
use super::short::{lacking, no_day};
use super::times::times;
use super::{Moment, Said};
use crate::trigger::cron::{self, DayRule, Field, Fields, Form, Item, Seed};
use crate::trigger::spec::{CalendarSpec, CronSpec, DateSpec, IntervalSpec};
use crate::trigger::walk::zoned::Zoned;
use crate::trigger::{TriggerError, calendar};

pub(super) fn date(spec: &DateSpec) -> Said {
    Said::plain(format!("once, at {}", instant(spec.at)))
}

pub(super) fn interval(spec: &IntervalSpec, moment: &Moment<'_>) -> Said {
    let units = units(spec.every);
    let every = every(&units);
    let Some(anchor) = spec.anchor else {
        let first = match spec.fire_immediately {
            true => "at once".to_owned(),
            false => format!("{} after it", all(&units)),
        };
        let created = instant(moment.context.created);
        let from = format!("counted from the creation of the job (here {created})");
        return Said::plain(format!("{every}, {from}, the first time {first}"));
    };
    Said::plain(format!("{every} from {} on", instant(anchor)))
}

/// A number of a unit of time.
type Count = (u64, &'static str);

fn units(every: Duration) -> Vec<Count> {
    let (seconds, ms) = (every.as_secs(), u64::from(every.subsec_millis()));
    let units = [
        (seconds / 86_400, "day"),
        (seconds / 3600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
        (ms, "millisecond"),
    ];
    units.into_iter().filter(|(count, _)| *count > 0).collect()
}

/// `1 hour and 30 minutes`
fn all(units: &[Count]) -> String {
    and(&units.iter().map(|(count, unit)| counted(*count, unit)).collect::<Vec<_>>())
}

/// `every month`, `every 1 year and 6 months`
fn every(units: &[Count]) -> String {
    match units {
        [(count, unit)] => format!("every {}", each(*count, unit)),
        _ => format!("every {}", all(units)),
    }
}

/// # Errors
/// Those of reading it.
pub(super) fn cron(spec: &CronSpec, moment: &Moment<'_>) -> Result<Said, TriggerError> {
    let seed = Seed(moment.context.uid);
    let fields = cron::read(spec, seed)?;
    let zoned = cron::compile(spec, seed)?;
    let times = times(&fields);
    let mut text = times.text;
    let days = days(&fields).or((!times.hourly).then(|| EVERY_DAY.to_owned()));
    if let Some(days) = days {
        text += if times.listed { " " } else { ", " };
        text += &days;
    }
    // Two phrases with "in" one after the other need a comma between them.
    let comma = if text.contains(" in ") { "," } else { "" };
    text += &format!("{comma} in {}", zoned.zone.name());
    let mut said = with_notes(text, &zoned, moment);
    said.warn(lacking(&fields));
    said.warn(both_days(&fields));
    said.warn([&fields.second, &fields.minute, &fields.hour].into_iter().filter_map(uneven));
    said.warn(other_reading(spec, &fields, seed));
    said.hashes = fields.hash();
    Ok(said)
}

/// # Errors
/// Those of reading it.
pub(super) fn calendar(spec: &CalendarSpec, moment: &Moment<'_>) -> Result<Said, TriggerError> {
    let zoned = calendar::compile(spec)?;
    let steps =
        [(spec.years, "year"), (spec.months, "month"), (spec.weeks, "week"), (spec.days, "day")];
    let steps = steps.map(|(count, unit)| (u64::from(count.unsigned_abs()), unit));
    let every = every(&steps.into_iter().filter(|(count, _)| *count > 0).collect::<Vec<_>>());
    let second = zoned.readings.time.first();
    let at = clock(second / 3600, second / 60 % 60, second % 60);
    let until = match spec.end_date.as_str() {
        "" => String::new(),
        end => format!(" until {end}"),
    };
    let zone = zoned.zone.name();
    let text = format!("{every} from {} on{until}, at {at} in {zone}", spec.start_date);
    let mut said = with_notes(text, &zoned, moment);
    said.warn(left_out(spec));
    Ok(said)
}

/// A warning where a calendar's step by months leads to months without its day.
fn left_out(spec: &CalendarSpec) -> Option<String> {
    let mut parts = spec.start_date.split('-').skip(1).map(str::parse::<u32>);
    let (month, day) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let step = spec.months.unsigned_abs() % 12;
    if spec.years == 0 && spec.months == 0 {
        return None;
    }
    let mut months: Vec<u32> = (0..12).map(|k| (month - 1 + k * step) % 12 + 1).collect();
    months.sort_unstable();
    months.dedup();
    no_day(day, &format!("a {}", ordinal(day)), &months)
}

/// A rule for readings, with what the next changes of the clocks do to it.
fn with_notes(rule: String, zoned: &Zoned, moment: &Moment<'_>) -> Said {
    let mut said = Said::plain(rule);
    for Note { text, warning } in notes(zoned, moment.after, moment.until) {
        said.notes.push(text);
        said.warn([warning]);
    }
    said
}

/// A warning where crontab(5) joins the day fields by "or".
fn both_days(fields: &Fields) -> Option<String> {
    (fields.rule == DayRule::Either).then(|| {
        "day-of-month and day-of-week are both restricted: a day on which either matches is enough"
            .to_owned()
    })
}

/// A warning where a step does not go evenly around its field.
fn uneven(field: &Field) -> Option<String> {
    let size = field.unit.max - field.unit.min + 1;
    let steps = field.items.iter().find_map(|item| match item {
        Item::Run(Form::AllStepped, run) if !size.is_multiple_of(run.step) => Some(run.step),
        _ => None,
    })?;
    let name = field.unit.name;
    let last = field.unit.max - (field.unit.max - field.unit.min) % steps;
    let left = size - last;
    Some(format!(
        "*/{steps} does not divide the {size} {name}s: from {name} {last} to the next {name} 0 it is \
         {}",
        counted(left.into(), name)
    ))
}

//! A second opinion on every fire time, by brute force.
//!
//! Written from the rules alone and sharing nothing with the engine: a trigger's texts are read
//! here again by splitting them, days are tried one after the other as `jiff` dates, times of the
//! day by three loops, and each reading goes through `jiff`'s own zones. Slow, and simple enough
//! to be checked against the rules sentence by sentence.

mod clock;
mod cron;
mod item;

use bellwether_domain::Timestamp;
use bellwether_domain::trigger::{CalendarSpec, JobContext, TriggerKind, TriggerSpec};
use jiff::civil::{Date, Time};
use jiff::{Span, ToSpan};

pub(crate) use clock::zone;
use clock::{Policy, instants};
pub(crate) use cron::read;

/// All fire times of `spec` in `from..=until`, ascending. The trigger must be valid.
pub(crate) fn fire_times(
    spec: &TriggerSpec,
    context: &JobContext,
    from: Timestamp,
    until: Timestamp,
) -> Vec<Timestamp> {
    let mut found = unbounded(spec, context, from, until);
    found.retain(|at| spec.start_time.is_none_or(|start| *at >= start));
    found.retain(|at| spec.end_time.is_none_or(|end| *at <= end));
    found.retain(|at| (from..=until).contains(at));
    found.sort();
    found.dedup();
    found
}

fn unbounded(
    spec: &TriggerSpec,
    context: &JobContext,
    from: Timestamp,
    until: Timestamp,
) -> Vec<Timestamp> {
    match &spec.kind {
        TriggerKind::Date(date) => vec![date.at],
        TriggerKind::Interval(interval) => {
            let every = i64::try_from(interval.every.as_millis()).expect("a sane interval");
            let (anchor, first) = match (interval.anchor, interval.fire_immediately) {
                (Some(anchor), _) => (anchor, 0),
                (None, true) => (context.created, 0),
                (None, false) => (context.created, 1),
            };
            let anchor = anchor.as_millis();
            // Start a little before the window, not at the anchor of decades ago.
            let near = (from.as_millis() - anchor) / every - 1;
            (near.max(first)..)
                .map(|k| anchor + k * every)
                .take_while(|at| *at <= until.as_millis())
                .map(Timestamp::from_millis)
                .collect()
        }
        TriggerKind::Cron(spec) => {
            let cron = read(spec, context.uid).expect("a valid cron trigger");
            cron.fire_times(from, until)
        }
        TriggerKind::Calendar(calendar) => self::calendar(calendar, from, until),
        TriggerKind::All(children) => {
            let mut sets = children.iter().map(|child| fire_times(child, context, from, until));
            let first = sets.next().expect("a child");
            sets.fold(first, |common, other| {
                common.into_iter().filter(|at| other.binary_search(at).is_ok()).collect()
            })
        }
        TriggerKind::Any(children) => {
            children.iter().flat_map(|child| fire_times(child, context, from, until)).collect()
        }
    }
}

/// "Occurrence k is start + k·(years, months), stepped over if that day does not exist, then +
/// k·(weeks, days)."
fn calendar(spec: &CalendarSpec, from: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let zone = zone(&spec.timezone);
    let start: Date = spec.start_date.parse().expect("a date");
    let end: Date =
        if spec.end_date.is_empty() { Date::MAX } else { spec.end_date.parse().expect("a date") };
    let at: Time = if spec.at.is_empty() { Time::MIN } else { spec.at.parse().expect("a time") };
    let policy = Policy::Fixed { gap: spec.gap, fold: bellwether_domain::trigger::Fold::First };
    let early = clock::date_of(from).checked_sub(3.days()).unwrap_or(Date::MIN);
    let late = clock::date_of(until).checked_add(3.days()).unwrap_or(Date::MAX);
    let mut found = Vec::new();
    for k in 0.. {
        let months = k * (i64::from(spec.years) * 12 + i64::from(spec.months));
        let days = k * (i64::from(spec.weeks) * 7 + i64::from(spec.days));
        let Some((base, exists)) = plus_months(start, months) else { break };
        let Some(day) = plus_days(base, days) else { break };
        if day > late || day > end {
            break;
        }
        if exists && day >= early {
            found.extend(instants(&zone, day.to_datetime(at), |_| policy));
        }
    }
    found
}

/// `date` some months later, and whether that day exists; where not, the last of its month.
fn plus_months(date: Date, months: i64) -> Option<(Date, bool)> {
    let span = Span::new().try_months(months).ok()?;
    let moved = date.checked_add(span).ok()?;
    Some((moved, moved.day() == date.day()))
}

fn plus_days(date: Date, days: i64) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

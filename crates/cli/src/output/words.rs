//! Instants, durations and enum values as people read them.

use std::time::Duration;

use bellwether_proto::v1::{JobState, RunCause, RunState, Target, Trigger, target, trigger};
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;

/// `at` in UTC; empty when it is not set.
pub(crate) fn instant(at: Option<&prost_types::Timestamp>) -> String {
    at.and_then(|at| jiff::Timestamp::new(at.seconds, at.nanos).ok())
        .map(in_utc)
        .unwrap_or_default()
}

/// `at` in UTC, RFC 3339, a fraction only if it is not 0.
pub(crate) fn in_utc(at: jiff::Timestamp) -> String {
    printer(at).timestamp_to_string(&at)
}

/// `at` in `zone`, RFC 3339, a fraction only if it is not 0. In UTC the offset is `Z`. Where the
/// zone is off by seconds, as Liberia's was until 1972, RFC 3339 cannot say it: then in UTC too.
pub(crate) fn in_zone(at: jiff::Timestamp, zone: &TimeZone) -> String {
    let offset = zone.to_offset(at);
    if *zone == TimeZone::UTC || offset.seconds() % 60 != 0 {
        return in_utc(at);
    }
    printer(at).timestamp_with_offset_to_string(&at, offset)
}

/// Fractions have three digits: not every reader of RFC 3339 takes fewer.
fn printer(at: jiff::Timestamp) -> DateTimePrinter {
    let whole = at.subsec_nanosecond() == 0;
    DateTimePrinter::new().precision(Some(if whole { 0 } else { 3 }))
}

/// How much time lies between two instants; empty unless both are set.
pub(crate) fn between(
    from: Option<&prost_types::Timestamp>,
    to: Option<&prost_types::Timestamp>,
) -> String {
    let millis = |at: &prost_types::Timestamp| at.seconds * 1_000 + i64::from(at.nanos) / 1_000_000;
    match (from, to) {
        (Some(from), Some(to)) => {
            let millis = u64::try_from(millis(to) - millis(from)).unwrap_or(0);
            duration(Duration::from_millis(millis))
        }
        _ => String::new(),
    }
}

/// A duration in the units that people use.
pub(crate) fn duration(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// A duration of the wire in the units that people use.
pub(crate) fn proto_duration(wire: &prost_types::Duration) -> String {
    Duration::try_from(*wire).map(duration).unwrap_or_else(|_| format!("{} s", wire.seconds))
}

/// The word for a state of a job, or its number where this version knows none.
pub(crate) fn job_state(state: i32) -> String {
    JobState::try_from(state)
        .map_or(state.to_string(), |state| short(state.as_str_name(), "JOB_STATE_"))
}

/// The word for a state of a run, or its number where this version knows none.
pub(crate) fn run_state(state: i32) -> String {
    RunState::try_from(state)
        .map_or(state.to_string(), |state| short(state.as_str_name(), "RUN_STATE_"))
}

/// The word for the cause of a run, or its number where this version knows none.
pub(crate) fn run_cause(cause: i32) -> String {
    RunCause::try_from(cause)
        .map_or(cause.to_string(), |cause| short(cause.as_str_name(), "RUN_CAUSE_"))
}

fn short(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase()
}

/// A trigger in a few words.
pub(crate) fn trigger(trigger: Option<&Trigger>) -> String {
    use trigger::Kind;
    match trigger.and_then(|trigger| trigger.kind.as_ref()) {
        None => String::new(),
        Some(Kind::Date(date)) => format!("at {}", instant(date.at.as_ref())),
        Some(Kind::Interval(interval)) => {
            format!("every {}", interval.every.as_ref().map(proto_duration).unwrap_or_default())
        }
        Some(Kind::Cron(cron)) => {
            let form = match &cron.form {
                Some(bellwether_proto::v1::cron_trigger::Form::Expression(text)) => text.clone(),
                Some(bellwether_proto::v1::cron_trigger::Form::Fields(_)) => "by fields".to_owned(),
                None => String::new(),
            };
            let zone = Some(cron.timezone.as_str()).filter(|zone| !matches!(*zone, "" | "UTC"));
            format!("cron {form}{}", zone.map(|zone| format!(" ({zone})")).unwrap_or_default())
        }
        Some(Kind::Calendar(calendar)) => {
            let units = [
                (calendar.years, "years"),
                (calendar.months, "months"),
                (calendar.weeks, "weeks"),
                (calendar.days, "days"),
            ];
            let units: Vec<_> = units
                .iter()
                .filter(|(count, _)| *count != 0)
                .map(|(count, unit)| format!("{count} {unit}"))
                .collect();
            format!("calendar {}", units.join(" "))
        }
        Some(Kind::All(all)) => format!("all of {}", all.triggers.len()),
        Some(Kind::Any(any)) => format!("any of {}", any.triggers.len()),
    }
}

/// A target in a few words.
pub(crate) fn target(target: Option<&Target>) -> String {
    use target::Kind;
    match target.and_then(|target| target.kind.as_ref()) {
        None => String::new(),
        Some(Kind::Http(http)) => {
            let method = if http.method.is_empty() { "POST" } else { &http.method };
            format!("{method} {}", http.url)
        }
        Some(Kind::Worker(worker)) => format!("worker {}/{}", worker.queue, worker.handler),
        Some(Kind::Command(command)) => format!("command {}", command.argv.join(" ")),
        Some(Kind::RedisStream(stream)) => format!("redis_stream {}", stream.key),
        Some(Kind::Noop(_)) => "noop".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_rfc_3339_in_their_zone() {
        let zone = |name: &str| TimeZone::get(name).expect("a zone of the bundle");
        let cases = [
            (0, "UTC", "1970-01-01T00:00:00Z"),
            (1_500, "UTC", "1970-01-01T00:00:01.500Z"),
            (1_767_225_600_000, "Europe/Berlin", "2026-01-01T01:00:00+01:00"),
            (1_767_225_600_000, "Europe/London", "2026-01-01T00:00:00+00:00"),
            (1_767_225_600_000, "Asia/Kathmandu", "2026-01-01T05:45:00+05:45"),
            (0, "Africa/Monrovia", "1970-01-01T00:00:00Z"),
        ];
        for (millis, name, expected) in cases {
            let at = jiff::Timestamp::from_millisecond(millis).expect("within range");
            assert_eq!(in_zone(at, &zone(name)), expected, "{millis} in {name}");
        }
    }
}

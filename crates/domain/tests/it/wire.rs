//! Triggers as the tables write them: JSON as on the wire, enum values by short name.

use std::time::Duration;

use bellwether_domain::trigger::{
    CalendarSpec, CronFields, CronForm, CronSpec, DateSpec, Dialect, Fold, Gap, IntervalSpec,
    JobContext, TriggerKind, TriggerSpec,
};
use bellwether_domain::{JobUid, Timestamp};
use serde_json::Value;

/// The trigger that `json` says. Panics on what it does not know: a table with a typing error must
/// not pass.
pub(crate) fn trigger(json: &Value) -> TriggerSpec {
    let object = json.as_object().expect("a trigger is an object");
    let mut bounds = [None, None];
    let mut kind = None;
    for (name, value) in object {
        match name.as_str() {
            "start_time" => bounds[0] = Some(instant(value)),
            "end_time" => bounds[1] = Some(instant(value)),
            _ => assert!(kind.replace(self::kind(name, value)).is_none(), "two kinds: {json}"),
        }
    }
    let [start_time, end_time] = bounds;
    TriggerSpec { kind: kind.expect("a trigger has a kind"), start_time, end_time }
}

/// A job that was created at `created`, with the all-zero uid.
pub(crate) fn context(created: Timestamp) -> JobContext {
    JobContext { uid: JobUid(uuid::Uuid::nil()), created }
}

/// An RFC 3339 text.
pub(crate) fn instant(json: &Value) -> Timestamp {
    at(text(json))
}

/// The instant of an RFC 3339 text.
pub(crate) fn at(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    Timestamp::from_millis(instant.as_millisecond())
}

/// `instant` as the clocks of `zone` show it, RFC 3339 with a fraction where there is one; in UTC
/// where the offset has seconds, which RFC 3339 cannot write.
pub(crate) fn shown(instant: Timestamp, zone: &str) -> String {
    let instant = jiff::Timestamp::from_millisecond(instant.as_millis()).expect("in range");
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone).expect("a zone");
    let offset = zone.to_offset(instant);
    if offset.seconds() == 0 || offset.seconds() % 60 != 0 {
        return instant.to_string();
    }
    instant.display_with_offset(offset).to_string()
}

fn kind(name: &str, json: &Value) -> TriggerKind {
    match name {
        "date" => TriggerKind::Date(DateSpec { at: instant(field(json, "at", &["at"])) }),
        "interval" => interval(json),
        "cron" => cron(json),
        "calendar" => calendar(json),
        "all" => TriggerKind::All(children(json)),
        "any" => TriggerKind::Any(children(json)),
        _ => panic!("unknown kind {name}"),
    }
}

fn children(json: &Value) -> Vec<TriggerSpec> {
    let list = field(json, "triggers", &["triggers"]).as_array().expect("a list");
    list.iter().map(trigger).collect()
}

fn interval(json: &Value) -> TriggerKind {
    let known = ["every", "anchor", "fire_immediately"];
    TriggerKind::Interval(IntervalSpec {
        every: duration(text(field(json, "every", &known))),
        anchor: json.get("anchor").map(instant),
        fire_immediately: json.get("fire_immediately").is_some_and(|flag| flag == true),
    })
}

fn cron(json: &Value) -> TriggerKind {
    let known = ["expression", "fields", "timezone", "dialect", "gap", "fold"];
    let form = match json.get("expression") {
        Some(expression) => CronForm::Expression(text(expression).to_owned()),
        None => CronForm::Fields(fields(field(json, "fields", &known))),
    };
    TriggerKind::Cron(CronSpec {
        form,
        timezone: optional(json, "timezone"),
        dialect: match optional(json, "dialect").as_str() {
            "" | "UNIX" => Dialect::Unix,
            "QUARTZ" => Dialect::Quartz,
            other => panic!("dialect {other}"),
        },
        gap: gap(json),
        fold: match optional(json, "fold").as_str() {
            "" | "FIRST" => Fold::First,
            "BOTH" => Fold::Both,
            "LAST" => Fold::Last,
            other => panic!("fold {other}"),
        },
    })
}

fn gap(json: &Value) -> Gap {
    match optional(json, "gap").as_str() {
        "" | "NEXT" => Gap::Next,
        "SKIP" => Gap::Skip,
        other => panic!("gap {other}"),
    }
}

fn fields(json: &Value) -> CronFields {
    let mut fields = CronFields::default();
    for (name, value) in json.as_object().expect("fields are an object") {
        let slot = match name.as_str() {
            "year" => &mut fields.year,
            "month" => &mut fields.month,
            "day" => &mut fields.day,
            "week" => &mut fields.week,
            "day_of_week" => &mut fields.day_of_week,
            "hour" => &mut fields.hour,
            "minute" => &mut fields.minute,
            "second" => &mut fields.second,
            other => panic!("field {other}"),
        };
        *slot = Some(text(value).to_owned());
    }
    fields
}

fn calendar(json: &Value) -> TriggerKind {
    let steps = ["years", "months", "weeks", "days"];
    let [years, months, weeks, days] = steps.map(|step| {
        json.get(step)
            .map_or(0, |step| i32::try_from(step.as_i64().expect("a number")).expect("i32"))
    });
    let known =
        ["years", "months", "weeks", "days", "at", "start_date", "end_date", "timezone", "gap"];
    TriggerKind::Calendar(CalendarSpec {
        years,
        months,
        weeks,
        days,
        at: optional(json, "at"),
        start_date: text(field(json, "start_date", &known)).to_owned(),
        end_date: optional(json, "end_date"),
        timezone: optional(json, "timezone"),
        gap: gap(json),
    })
}

/// A field that must be there, in an object that has none but `known`.
fn field<'a>(json: &'a Value, name: &str, known: &[&str]) -> &'a Value {
    let object = json.as_object().expect("an object");
    for key in object.keys() {
        assert!(known.contains(&key.as_str()), "unknown field {key}");
    }
    &object[name]
}

fn optional(json: &Value, name: &str) -> String {
    json.get(name).map_or("", text).to_owned()
}

fn text(json: &Value) -> &str {
    json.as_str().unwrap_or_else(|| panic!("{json} is not a text"))
}

/// Seconds as protobuf's JSON writes them: `1.5s`.
fn duration(text: &str) -> Duration {
    let seconds = text.strip_suffix('s').expect("a duration ends with s");
    Duration::from_secs_f64(seconds.parse().expect("a number"))
}

/// `value` as one line, its keys in order. Whether `serde_json` keeps the order in which they were
/// written is a feature of it, which another crate of the workspace may switch on.
pub(crate) fn line(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: std::collections::BTreeMap<_, _> = fields.iter().collect();
            let field =
                |(name, value)| format!("{}:{}", Value::from(String::as_str(name)), line(value));
            format!("{{{}}}", fields.into_iter().map(field).collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

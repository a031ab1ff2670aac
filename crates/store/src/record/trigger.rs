//! Triggers as they are stored: what the client gave. They are compiled anew by whoever reads
//! them, so a stored trigger holds no result of a calculation.

use std::time::Duration;

use bellwether_domain::Timestamp;
use bellwether_domain::trigger::{
    CalendarSpec, CronFields, CronForm, CronSpec, DateSpec, IntervalSpec, TriggerKind, TriggerSpec,
};

use super::number::Numbered;
use super::{Malformed, StoredDuration};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredTrigger {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6")]
    kind: Option<Kind>,
    #[prost(sint64, optional, tag = "7")]
    start_ms: Option<i64>,
    #[prost(sint64, optional, tag = "8")]
    end_ms: Option<i64>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(message, tag = "1")]
    Date(StoredDate),
    #[prost(message, tag = "2")]
    Interval(StoredInterval),
    #[prost(message, tag = "3")]
    Cron(StoredCron),
    #[prost(message, tag = "4")]
    Calendar(StoredCalendar),
    #[prost(message, tag = "5")]
    All(StoredTriggers),
    #[prost(message, tag = "6")]
    Any(StoredTriggers),
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredTriggers {
    #[prost(message, repeated, tag = "1")]
    triggers: Vec<StoredTrigger>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct StoredDate {
    #[prost(sint64, tag = "1")]
    at_ms: i64,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct StoredInterval {
    #[prost(message, optional, tag = "1")]
    every: Option<StoredDuration>,
    #[prost(sint64, optional, tag = "2")]
    anchor_ms: Option<i64>,
    #[prost(bool, tag = "3")]
    fire_immediately: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredCron {
    #[prost(oneof = "StoredForm", tags = "1, 2")]
    form: Option<StoredForm>,
    #[prost(string, tag = "3")]
    timezone: String,
    #[prost(uint32, tag = "4")]
    dialect: u32,
    #[prost(uint32, tag = "5")]
    gap: u32,
    #[prost(uint32, tag = "6")]
    fold: u32,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum StoredForm {
    #[prost(string, tag = "1")]
    Expression(String),
    #[prost(message, tag = "2")]
    Fields(StoredFields),
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredFields {
    #[prost(string, optional, tag = "1")]
    year: Option<String>,
    #[prost(string, optional, tag = "2")]
    month: Option<String>,
    #[prost(string, optional, tag = "3")]
    day: Option<String>,
    #[prost(string, optional, tag = "4")]
    week: Option<String>,
    #[prost(string, optional, tag = "5")]
    day_of_week: Option<String>,
    #[prost(string, optional, tag = "6")]
    hour: Option<String>,
    #[prost(string, optional, tag = "7")]
    minute: Option<String>,
    #[prost(string, optional, tag = "8")]
    second: Option<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StoredCalendar {
    #[prost(int32, tag = "1")]
    years: i32,
    #[prost(int32, tag = "2")]
    months: i32,
    #[prost(int32, tag = "3")]
    weeks: i32,
    #[prost(int32, tag = "4")]
    days: i32,
    #[prost(string, tag = "5")]
    at: String,
    #[prost(string, tag = "6")]
    start_date: String,
    #[prost(string, tag = "7")]
    end_date: String,
    #[prost(string, tag = "8")]
    timezone: String,
    #[prost(uint32, tag = "9")]
    gap: u32,
}

impl From<&TriggerSpec> for StoredTrigger {
    fn from(spec: &TriggerSpec) -> Self {
        let kind = match &spec.kind {
            TriggerKind::Date(date) => Kind::Date(StoredDate { at_ms: date.at.as_millis() }),
            TriggerKind::Interval(interval) => Kind::Interval(interval.into()),
            TriggerKind::Cron(cron) => Kind::Cron(cron.into()),
            TriggerKind::Calendar(calendar) => Kind::Calendar(calendar.into()),
            TriggerKind::All(children) => Kind::All(children.as_slice().into()),
            TriggerKind::Any(children) => Kind::Any(children.as_slice().into()),
        };
        Self {
            kind: Some(kind),
            start_ms: spec.start_time.map(Timestamp::as_millis),
            end_ms: spec.end_time.map(Timestamp::as_millis),
        }
    }
}

impl TryFrom<StoredTrigger> for TriggerSpec {
    type Error = Malformed;

    fn try_from(stored: StoredTrigger) -> Result<Self, Malformed> {
        let kind = match stored.kind.ok_or(Malformed::Missing("trigger.kind"))? {
            Kind::Date(date) => {
                TriggerKind::Date(DateSpec { at: Timestamp::from_millis(date.at_ms) })
            }
            Kind::Interval(interval) => TriggerKind::Interval(interval.into()),
            Kind::Cron(cron) => TriggerKind::Cron(cron.try_into()?),
            Kind::Calendar(calendar) => TriggerKind::Calendar(calendar.try_into()?),
            Kind::All(children) => TriggerKind::All(children.try_into()?),
            Kind::Any(children) => TriggerKind::Any(children.try_into()?),
        };
        let start_time = stored.start_ms.map(Timestamp::from_millis);
        Ok(Self { kind, start_time, end_time: stored.end_ms.map(Timestamp::from_millis) })
    }
}

impl From<&[TriggerSpec]> for StoredTriggers {
    fn from(children: &[TriggerSpec]) -> Self {
        Self { triggers: children.iter().map(StoredTrigger::from).collect() }
    }
}

impl TryFrom<StoredTriggers> for Vec<TriggerSpec> {
    type Error = Malformed;

    fn try_from(stored: StoredTriggers) -> Result<Self, Malformed> {
        stored.triggers.into_iter().map(TriggerSpec::try_from).collect()
    }
}

impl From<&IntervalSpec> for StoredInterval {
    fn from(interval: &IntervalSpec) -> Self {
        Self {
            every: Some(interval.every.into()),
            anchor_ms: interval.anchor.map(Timestamp::as_millis),
            fire_immediately: interval.fire_immediately,
        }
    }
}

impl From<StoredInterval> for IntervalSpec {
    fn from(stored: StoredInterval) -> Self {
        Self {
            every: stored.every.map(Duration::from).unwrap_or_default(),
            anchor: stored.anchor_ms.map(Timestamp::from_millis),
            fire_immediately: stored.fire_immediately,
        }
    }
}

impl From<&CronSpec> for StoredCron {
    fn from(cron: &CronSpec) -> Self {
        let form = match &cron.form {
            CronForm::Expression(text) => StoredForm::Expression(text.clone()),
            CronForm::Fields(fields) => StoredForm::Fields(fields.clone().into()),
        };
        Self {
            form: Some(form),
            timezone: cron.timezone.clone(),
            dialect: cron.dialect.number(),
            gap: cron.gap.number(),
            fold: cron.fold.number(),
        }
    }
}

impl TryFrom<StoredCron> for CronSpec {
    type Error = Malformed;

    fn try_from(stored: StoredCron) -> Result<Self, Malformed> {
        let form = match stored.form.ok_or(Malformed::Missing("trigger.cron.form"))? {
            StoredForm::Expression(text) => CronForm::Expression(text),
            StoredForm::Fields(fields) => CronForm::Fields(fields.into()),
        };
        Ok(Self {
            form,
            timezone: stored.timezone,
            dialect: Numbered::from_number(stored.dialect)?,
            gap: Numbered::from_number(stored.gap)?,
            fold: Numbered::from_number(stored.fold)?,
        })
    }
}

impl From<CronFields> for StoredFields {
    fn from(fields: CronFields) -> Self {
        let CronFields { year, month, day, week, day_of_week, hour, minute, second } = fields;
        Self { year, month, day, week, day_of_week, hour, minute, second }
    }
}

impl From<StoredFields> for CronFields {
    fn from(stored: StoredFields) -> Self {
        let StoredFields { year, month, day, week, day_of_week, hour, minute, second } = stored;
        Self { year, month, day, week, day_of_week, hour, minute, second }
    }
}

impl From<&CalendarSpec> for StoredCalendar {
    fn from(calendar: &CalendarSpec) -> Self {
        Self {
            years: calendar.years,
            months: calendar.months,
            weeks: calendar.weeks,
            days: calendar.days,
            at: calendar.at.clone(),
            start_date: calendar.start_date.clone(),
            end_date: calendar.end_date.clone(),
            timezone: calendar.timezone.clone(),
            gap: calendar.gap.number(),
        }
    }
}

impl TryFrom<StoredCalendar> for CalendarSpec {
    type Error = Malformed;

    fn try_from(stored: StoredCalendar) -> Result<Self, Malformed> {
        Ok(Self {
            years: stored.years,
            months: stored.months,
            weeks: stored.weeks,
            days: stored.days,
            at: stored.at,
            start_date: stored.start_date,
            end_date: stored.end_date,
            timezone: stored.timezone,
            gap: Numbered::from_number(stored.gap)?,
        })
    }
}

//! What a client gave: plain data, field by field as on the wire, unchecked.
//!
//! Nothing here is validated. [`TriggerSpec::compile`] is the only door from a spec to a
//! [`Trigger`](super::Trigger), so a spec that was stored by an older version is checked again by
//! the rules of the one that reads it.

use std::time::Duration;

use crate::Timestamp;

/// A trigger as given: a rule and the bounds that it is cut to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerSpec {
    /// The rule.
    pub kind: TriggerKind,
    /// The earliest instant that may be a fire time, inclusive. Not an anchor.
    pub start_time: Option<Timestamp>,
    /// The latest instant that may be a fire time, inclusive.
    pub end_time: Option<Timestamp>,
}

impl From<TriggerKind> for TriggerSpec {
    /// The rule without bounds.
    fn from(kind: TriggerKind) -> Self {
        Self { kind, start_time: None, end_time: None }
    }
}

/// The rule of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerKind {
    /// One instant.
    Date(DateSpec),
    /// Elapsed time, again and again.
    Interval(IntervalSpec),
    /// Readings of a clock on the wall of a time zone.
    Cron(CronSpec),
    /// Every so many years, months, weeks or days, at one time of the day.
    Calendar(CalendarSpec),
    /// The instants that every child yields.
    All(Vec<TriggerSpec>),
    /// The instants that at least one child yields, each once.
    Any(Vec<TriggerSpec>),
}

/// One instant. A job created with a past one is due at once, under its misfire rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateSpec {
    /// The instant.
    pub at: Timestamp,
}

/// The instants anchor + k·every.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalSpec {
    /// The distance: whole milliseconds, at least 1.
    pub every: Duration,
    /// The instant of k = 0, itself the first fire time. Without one it is the job's creation,
    /// and k starts at 1, or at 0 with `fire_immediately`.
    pub anchor: Option<Timestamp>,
    /// Whether k starts at 0 where no anchor is given; the job then is due as it is created.
    pub fire_immediately: bool,
}

/// Readings of a clock on the wall of a time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronSpec {
    /// Which readings.
    pub form: CronForm,
    /// An IANA name; empty is UTC.
    pub timezone: String,
    /// How an expression is read; without meaning for [`CronForm::Fields`].
    pub dialect: Dialect,
    /// What becomes of a fixed time that the zone's clock leaves out.
    pub gap: Gap,
    /// What becomes of a fixed time that the zone's clock shows twice.
    pub fold: Fold,
}

/// The two ways to write down the readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CronForm {
    /// Five to seven fields in one text, at most 256 bytes.
    Expression(String),
    /// Named fields, as APScheduler has them; all of them must match.
    Fields(CronFields),
}

/// Named fields. One that is left out is `*` when it is more significant than the least
/// significant one given (and always for `week` and `day_of_week`), and at its minimum otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CronFields {
    /// 1970 to 2099.
    pub year: Option<String>,
    /// 1 to 12 or names.
    pub month: Option<String>,
    /// 1 to 31, `last`, `last fri`, `1st mon` to `5th sun`.
    pub day: Option<String>,
    /// The ISO week, 1 to 53.
    pub week: Option<String>,
    /// 0 (Monday) to 6 (Sunday) or names.
    pub day_of_week: Option<String>,
    /// 0 to 23.
    pub hour: Option<String>,
    /// 0 to 59.
    pub minute: Option<String>,
    /// 0 to 59.
    pub second: Option<String>,
}

/// Every so many years, months, weeks or days. Occurrence k is the start date plus k times the
/// years and months, left out when that day does not exist, plus k times the weeks and days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarSpec {
    /// Years from one occurrence to the next, at least 0.
    pub years: i32,
    /// Months from one occurrence to the next, at least 0.
    pub months: i32,
    /// Weeks from one occurrence to the next, at least 0.
    pub weeks: i32,
    /// Days from one occurrence to the next, at least 0.
    pub days: i32,
    /// The time of the day, `HH:MM:SS`; empty is midnight.
    pub at: String,
    /// The day of occurrence 0, `YYYY-MM-DD`.
    pub start_date: String,
    /// The last day that may have an occurrence, inclusive, `YYYY-MM-DD`; empty for none.
    pub end_date: String,
    /// An IANA name; empty is UTC.
    pub timezone: String,
    /// What becomes of an occurrence that the zone's clock leaves out.
    pub gap: Gap,
}

/// How a cron expression is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// crontab(5): Sunday is 0 or 7, either of two restricted day fields suffices.
    #[default]
    Unix,
    /// Quartz: Sunday is 1, exactly one day field is `?`.
    Quartz,
}

/// What becomes of a fixed local time that falls into a gap, which a clock set forward leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Gap {
    /// It fires at the first instant after the gap.
    #[default]
    Next,
    /// It does not fire.
    Skip,
}

/// What becomes of a fixed local time in a fold, which a clock set back shows twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fold {
    /// It fires in the first pass.
    #[default]
    First,
    /// It fires in both.
    Both,
    /// It fires in the second pass.
    Last,
}

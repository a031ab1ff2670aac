//! Triggers: the rules that yield fire times.
//!
//! Two forms. A [`TriggerSpec`] is what a client gave, plain data that mirrors the wire and is
//! stored. [`TriggerSpec::compile`] checks it whole and yields a [`Trigger`], which answers
//! `next_after` and `last_at_or_before` as pure functions: no state, so a restart changes nothing.

mod branch;
mod calendar;
mod compile;
mod compiled;
mod cron;
mod error;
pub mod explain;
mod interval;
mod spec;
mod timezone;
mod tzdb;
mod walk;
#[cfg(test)]
mod worst;

pub use compile::MAX_TRIGGERS;
pub use compiled::{FireCount, Trigger};
pub use error::TriggerError;
pub use spec::{
    CalendarSpec, CronFields, CronForm, CronSpec, DateSpec, Dialect, Fold, Gap, IntervalSpec,
    TriggerKind, TriggerSpec,
};
pub use tzdb::tzdb_version;

use crate::{JobUid, Timestamp};

/// What compiling needs to know of the job that the trigger belongs to.
#[derive(Clone, Copy, Debug)]
pub struct JobContext {
    /// The seed of `H` in cron fields. All zero where there is no job.
    pub uid: JobUid,
    /// The job's creation (in a preview: `after`): the anchor of an interval that names none.
    pub created: Timestamp,
}

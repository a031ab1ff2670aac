//! A trigger that was checked and answers questions.

use super::{JobContext, TriggerError, TriggerSpec};
use crate::Timestamp;

/// A compiled trigger: a pure set of instants.
#[derive(Clone, Debug)]
pub struct Trigger {}

/// How many fire times lie in a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FireCount {
    /// The number; a lower bound unless `exact`.
    pub count: u64,
    /// False when the counting stopped at its limit.
    pub exact: bool,
}

impl TriggerSpec {
    /// Checks the spec whole and makes it ready to answer.
    ///
    /// # Errors
    /// The first field that is wrong, with what it held and what is allowed.
    pub fn compile(&self, _context: &JobContext) -> Result<Trigger, TriggerError> {
        Err(TriggerError::new("", "", "this build compiles no triggers yet"))
    }
}

impl Trigger {
    /// The smallest fire time strictly after `t`.
    #[must_use]
    pub fn next_after(&self, _t: Timestamp) -> Option<Timestamp> {
        None
    }

    /// The largest fire time not after `t`.
    #[must_use]
    pub fn last_at_or_before(&self, _t: Timestamp) -> Option<Timestamp> {
        None
    }

    /// How many fire times lie in (`after`, `until`]: exact wherever arithmetic allows, and at
    /// least up to `limit` where the instants have to be walked.
    #[must_use]
    pub fn count_between(&self, _after: Timestamp, _until: Timestamp, _limit: u64) -> FireCount {
        FireCount { count: 0, exact: true }
    }

    /// The fire time that is due as the job is created though it is not after the creation: a
    /// past `date`, or the anchor of an interval with `fire_immediately`. `None` for the other
    /// kinds, and where the bounds exclude it.
    #[must_use]
    pub fn due_at_creation(&self) -> Option<Timestamp> {
        None
    }

    /// The zone in which the fire times are shown: that of a cron or calendar trigger, else UTC.
    #[must_use]
    pub fn timezone(&self) -> &str {
        "UTC"
    }
}

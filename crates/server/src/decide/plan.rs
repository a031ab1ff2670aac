//! A definition with what follows from it: its compiled trigger and its settled policy.

use bellwether_domain::trigger::{Trigger, TriggerError, TriggerKind};
use bellwether_domain::{
    Definition, FirePoint, Job, JobDefaults, JobState, Policy, Schedule, Timestamp,
};

use super::Moment;
use crate::error::ApiError;

/// A definition, ready to answer when its job fires.
pub(super) struct Plan<'a> {
    pub(super) definition: &'a Definition,
    pub(super) policy: Policy,
    pub(super) trigger: Trigger,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        definition: &'a Definition,
        defaults: &JobDefaults,
    ) -> Result<Self, TriggerError> {
        let policy = definition.effective_policy(defaults);
        Ok(Self { definition, policy, trigger: definition.compile()? })
    }

    pub(super) fn schedule(&self) -> Schedule<'_> {
        Schedule { trigger: &self.trigger, uid: self.definition.uid, jitter: self.policy.jitter }
    }

    /// Whether as many scheduled runs were created as there may be.
    pub(super) fn is_used_up(&self, fires: u32) -> bool {
        self.policy.max_fires.is_some_and(|most| fires >= most)
    }

    /// The point that the job gets at `now`, where `last` is the latest fire time that is claimed.
    /// `None`: its trigger is exhausted, which only a `date` may be when it is given to a job.
    pub(super) fn first_point(
        &self,
        now: Timestamp,
        last: Option<Timestamp>,
    ) -> Result<Option<FirePoint>, ApiError> {
        let point = self.schedule().upcoming(now, last);
        let is_date = matches!(self.definition.spec.trigger.kind, TriggerKind::Date(_));
        if point.is_none() && !is_date {
            return Err(never_fires(now));
        }
        Ok(point)
    }
}

pub(super) fn never_fires(now: Timestamp) -> ApiError {
    let message =
        format!("has no fire time after {now}, the store's time; the job would never run");
    ApiError::invalid("job.trigger", message)
}

/// The error of a trigger that was valid at the door and is not for this job.
pub(super) fn uncompilable(error: &TriggerError) -> ApiError {
    ApiError::invalid(format!("job.trigger.{}", error.field), error.message.clone())
}

/// The next `count` fire times of a job, before jitter; fewer when there are no more, none while
/// it is paused or finished.
pub(crate) fn fire_times(job: &Job, defaults: &JobDefaults, count: usize) -> Vec<Timestamp> {
    let (Some(next), JobState::Active) = (job.status.next_fire, &job.status.state) else {
        return Vec::new();
    };
    let Ok(plan) = Plan::new(&job.definition, defaults) else { return vec![next] };
    let left = plan.policy.max_fires.map_or(count, |most| {
        let left = most.saturating_sub(job.status.fires);
        count.min(usize::try_from(left).unwrap_or(usize::MAX))
    });
    std::iter::successors(Some(next), |at| plan.trigger.next_after(*at)).take(left).collect()
}

/// Whether the point may lie before the store's time when it is written.
pub(super) fn may_be_past(moment: &Moment<'_>, point: FirePoint) -> bool {
    moment.hurried || point.fire_time <= moment.now
}

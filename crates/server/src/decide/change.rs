//! A job whose definition is changed: by an update, or by a create that replaces.
//!
//! In place: uid, creation (the anchor of an interval that names none), last fire time, history
//! and active runs stay. The next point moves only with what it is computed from, so that eight
//! processes which each register the same jobs as they start do no harm.

use bellwether_domain::{Definition, FirePoint, Job, JobSpec, JobState, JobStatus};
use bellwether_proto::convert::SecretInput;
use bellwether_store::{Change, ChangeJob, Dropped, Lane, NextPoint, ReadyKey, Relist};

use super::dropped::dropped;
use super::limits::check_interval;
use super::plan::{Plan, may_be_past, uncompilable};
use super::secret::{check_receiver, keep_secret};
use super::{Changed, Moment};
use crate::error::ApiError;

/// Gives `job` the definition `spec`. `None`: it has it already.
pub(crate) fn change(
    moment: &Moment<'_>,
    job: &Job,
    mut spec: JobSpec,
    secret: SecretInput,
) -> Result<Option<Changed>, ApiError> {
    keep_secret(&mut spec.target, secret, &job.definition.spec.target)?;
    if spec == job.definition.spec {
        return Ok(None);
    }
    if spec.target != job.definition.spec.target {
        check_receiver(&spec.target, moment)?;
    }
    let definition = Definition { spec, ..job.definition.clone() };
    let plan = Plan::new(&definition, moment.defaults).map_err(|error| uncompilable(&error))?;
    if definition.spec.trigger != job.definition.spec.trigger {
        check_interval(moment, &plan)?;
    }
    let Course { next, dropped } = course(moment, job, &plan)?;
    let status = status(moment, &job.status, next, dropped.as_ref());
    let change = ChangeJob {
        key: definition.key.clone(),
        expected: job.status.etag,
        expected_last: job.status.last_fire,
        expected_next: job.status.next_fire,
        etag: moment.fresh.etag,
        change: Change::Define(Box::new(definition.clone())),
        next,
        dropped,
        relist: relist(moment, job, &definition),
        reply: None,
    };
    Ok(Some(Changed { change, job: Job { definition, status } }))
}

/// Where the runs of `job` that wait go once it is defined so.
fn relist(moment: &Moment<'_>, job: &Job, definition: &Definition) -> Option<Relist> {
    let list = |definition: &Definition| ReadyKey {
        lane: Lane::of(&definition.key.namespace, &definition.spec.target),
        priority: definition
            .spec
            .policy
            .resolve(moment.defaults.of(&definition.key.namespace))
            .priority,
    };
    let (from, to) = (list(&job.definition), list(definition));
    (from != to).then_some(Relist { from, to })
}

/// Where a job goes on.
struct Course {
    next: NextPoint,
    dropped: Option<Dropped>,
}

impl Course {
    const UNCHANGED: Self = Self { next: NextPoint::Keep, dropped: None };
}

fn course(moment: &Moment<'_>, job: &Job, plan: &Plan<'_>) -> Result<Course, ApiError> {
    let same_trigger = plan.definition.spec.trigger == job.definition.spec.trigger;
    match &job.status.state {
        JobState::Active => of_active(moment, job, plan, same_trigger),
        JobState::Paused { .. } if same_trigger => Ok(Course::UNCHANGED),
        // It gets its point when it is resumed, but a trigger that never fires is refused now.
        JobState::Paused { .. } => {
            plan.first_point(moment.now, job.status.last_fire).map(|_| Course::UNCHANGED)
        }
        JobState::Finished => of_finished(moment, job, plan, same_trigger),
    }
}

fn of_active(
    moment: &Moment<'_>,
    job: &Job,
    plan: &Plan<'_>,
    same_trigger: bool,
) -> Result<Course, ApiError> {
    if plan.is_used_up(job.status.fires) {
        let dropped = dropped(moment, job, "max_fires reached");
        return Ok(Course { next: NextPoint::Exhausted, dropped });
    }
    if let (true, Some(next)) = (same_trigger, job.status.next_fire) {
        if plan.policy.jitter == job.effective_policy(moment.defaults).jitter {
            return Ok(Course::UNCHANGED);
        }
        // The same fire time, due at another instant; one that has come stays due.
        let next = at(moment, plan.schedule().point(next));
        return Ok(Course { next, dropped: None });
    }
    let dropped = dropped(moment, job, "trigger changed");
    let last = job.status.last_fire.max(last_of(dropped.as_ref()));
    let next = match plan.first_point(moment.now, last)? {
        Some(point) => at(moment, point),
        None => NextPoint::Exhausted,
    };
    Ok(Course { next, dropped })
}

/// A finished job goes on when its new definition has a fire time for it: one that was not
/// claimed before, so that a finished date stays finished.
fn of_finished(
    moment: &Moment<'_>,
    job: &Job,
    plan: &Plan<'_>,
    same_trigger: bool,
) -> Result<Course, ApiError> {
    if plan.is_used_up(job.status.fires) {
        return Ok(Course::UNCHANGED);
    }
    let last = job.status.last_fire;
    let point = match same_trigger {
        true => plan.schedule().upcoming(moment.now, last),
        false => plan.first_point(moment.now, last)?,
    };
    let next = point.map_or(NextPoint::Keep, |point| at(moment, point));
    Ok(Course { next, dropped: None })
}

fn at(moment: &Moment<'_>, point: FirePoint) -> NextPoint {
    NextPoint::At { point, due_at_once: may_be_past(moment, point) }
}

fn last_of(dropped: Option<&Dropped>) -> Option<bellwether_domain::Timestamp> {
    dropped.map(|dropped| dropped.draft.covers.last)
}

fn status(
    moment: &Moment<'_>,
    before: &JobStatus,
    next: NextPoint,
    dropped: Option<&Dropped>,
) -> JobStatus {
    let (state, next_fire) = match next {
        NextPoint::Keep | NextPoint::Unset => (before.state.clone(), before.next_fire),
        NextPoint::At { point, .. } => (JobState::Active, Some(point.fire_time)),
        NextPoint::Exhausted => (JobState::Finished, None),
    };
    JobStatus {
        etag: moment.fresh.etag,
        state,
        last_fire: before.last_fire.max(last_of(dropped)),
        next_fire,
        fires: before.fires,
        catching_up: before.catching_up && next == NextPoint::Keep,
        paused_since: before.paused_since,
        failures: before.failures,
        updated: moment.now,
    }
}

#[cfg(test)]
mod tests;

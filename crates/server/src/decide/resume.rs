//! A job that is resumed.

use bellwether_domain::{Job, JobState, JobStatus};
use bellwether_store::{Change, ChangeJob, NextPoint};

use super::plan::{Plan, may_be_past, uncompilable};
use super::{Changed, Moment};
use crate::error::ApiError;

/// Resumes `job` with the first fire time after now; the pause itself is not made up for. `None`:
/// it is not paused.
pub(crate) fn resume(moment: &Moment<'_>, job: &Job) -> Result<Option<Changed>, ApiError> {
    let Job { definition, status } = job;
    match status.state {
        JobState::Paused { .. } => {}
        JobState::Active => return Ok(None),
        JobState::Finished => {
            return Err(ApiError::Finished { key: definition.key.clone() });
        }
    }
    let plan = Plan::new(definition, moment.defaults).map_err(|error| uncompilable(&error))?;
    let point = match plan.is_used_up(status.fires) {
        true => None,
        false => plan.schedule().upcoming(moment.now, status.last_fire),
    };
    let next = match point {
        Some(point) => NextPoint::At { point, due_at_once: may_be_past(moment, point) },
        None => NextPoint::Exhausted,
    };
    let change = ChangeJob {
        key: definition.key.clone(),
        expected: status.etag,
        expected_last: status.last_fire,
        expected_next: status.next_fire,
        etag: moment.fresh.etag,
        change: Change::Resume,
        next,
        dropped: None,
        reply: None,
    };
    let status = JobStatus {
        etag: moment.fresh.etag,
        state: if point.is_some() { JobState::Active } else { JobState::Finished },
        next_fire: point.map(|point| point.fire_time),
        catching_up: false,
        updated: moment.now,
        ..status.clone()
    };
    Ok(Some(Changed { change, job: Job { definition: definition.clone(), status } }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn next_of(job: &Job, now: i64) -> NextPoint {
        resume(&moment(now), job).expect("valid").expect("a change").change.next
    }

    #[test]
    fn it_goes_on_strictly_after_now() {
        let paused = paused(job(every(10), 100_000), "");
        let resumed = resume(&moment(150_000), &paused).expect("valid").expect("a change");
        assert!(matches!(resumed.change.next, NextPoint::At { due_at_once: false, .. }));
        assert_eq!(resumed.job.status.next_fire, Some(ms(160_000)));
        assert_eq!(resumed.job.status.state, JobState::Active);
    }

    #[test]
    fn it_goes_on_after_the_last_claimed_fire_time_where_that_is_later() {
        // The store's clock was set back during the pause.
        let mut paused = paused(job(every(10), 100_000), "");
        paused.status.last_fire = Some(ms(200_000));
        let NextPoint::At { point, .. } = next_of(&paused, 150_000) else { panic!("a point") };
        assert_eq!(point.fire_time, ms(210_000));
    }

    #[test]
    fn a_date_that_passed_during_the_pause_is_due_at_once() {
        let NextPoint::At { point, due_at_once } = next_of(&paused(job(date(120), 0), ""), 150_000)
        else {
            panic!("a point")
        };
        assert_eq!((point.fire_time, due_at_once), (ms(120_000), true));
    }

    #[test]
    fn a_job_without_fire_times_left_is_finished() {
        let over = paused(job(until(every(10), 120), 100_000), "");
        assert_eq!(next_of(&over, 150_000), NextPoint::Exhausted);
        let mut used_up = paused(job(every(10), 100_000), "");
        used_up.definition.spec.policy.max_fires = Some(3);
        used_up.status.fires = 3;
        assert_eq!(next_of(&used_up, 150_000), NextPoint::Exhausted);
    }

    #[test]
    fn an_active_job_stays_as_it_is_and_a_finished_one_cannot_be_resumed() {
        assert!(resume(&moment(1), &job(every(10), 0)).expect("valid").is_none());
        let error = resume(&moment(1), &finished(job(date(1), 0), 1_000)).err();
        assert!(matches!(error, Some(ApiError::Finished { .. })), "{error:?}");
    }
}

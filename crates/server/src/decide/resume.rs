//! A job that is resumed.

use bellwether_domain::{Job, JobState, JobStatus, Timestamp};
use bellwether_store::{Change, ChangeJob, NextPoint};

use super::plan::{Plan, may_be_past, uncompilable};
use super::{Changed, Moment};
use crate::error::ApiError;

/// Resumes `job`: with the first fire time after now, or to catch up, with the first of the pause,
/// so that those of the pause are due and the job's coalesce and misfire rules say what becomes of
/// them. `None`: it is not paused.
pub(crate) fn resume(
    moment: &Moment<'_>,
    job: &Job,
    catch_up: bool,
) -> Result<Option<Changed>, ApiError> {
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
        false if catch_up => plan.schedule().upcoming(begin_of_pause(status), status.last_fire),
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
        relist: None,
        reply: None,
    };
    let status = JobStatus {
        etag: moment.fresh.etag,
        state: if point.is_some() { JobState::Active } else { JobState::Finished },
        next_fire: point.map(|point| point.fire_time),
        catching_up: false,
        paused_since: None,
        failures: 0,
        updated: moment.now,
        ..status.clone()
    };
    Ok(Some(Changed { change, job: Job { definition: definition.clone(), status } }))
}

/// From when on fire times belong to the pause. Those before it were claimed or recorded.
fn begin_of_pause(status: &JobStatus) -> Timestamp {
    status.paused_since.unwrap_or(status.updated)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn next_of(job: &Job, now: i64) -> NextPoint {
        resume(&moment(now), job, false).expect("valid").expect("a change").change.next
    }

    #[test]
    fn it_goes_on_strictly_after_now() {
        let paused = paused(job(every(10), 100_000), "");
        let resumed = resume(&moment(150_000), &paused, false).expect("valid").expect("a change");
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
    fn a_catch_up_makes_the_fire_times_of_the_pause_due() {
        // Claimed up to 90 s, resumed without a catch-up at 130 s, and paused anew at 135 s.
        let mut paused = paused(job(every(10), 0), "");
        paused.status.last_fire = Some(ms(90_000));
        paused.status.paused_since = Some(ms(135_000));
        let resumed = resume(&moment(171_000), &paused, true).expect("valid").expect("a change");
        let NextPoint::At { point, due_at_once } = resumed.change.next else { panic!("a point") };
        assert_eq!((point.fire_time, due_at_once), (ms(140_000), true), "not the first pause's");
        assert_eq!(resumed.job.status.next_fire, Some(ms(140_000)));
        assert_eq!(resumed.job.status.paused_since, None);

        // What the pause itself recorded is over.
        paused.status.last_fire = Some(ms(140_000));
        let resumed = resume(&moment(171_000), &paused, true).expect("valid").expect("a change");
        assert_eq!(resumed.job.status.next_fire, Some(ms(150_000)));
    }

    #[test]
    fn a_pause_without_fire_times_leaves_nothing_to_catch_up_with() {
        let mut paused = paused(job(every(10), 0), "");
        paused.status.paused_since = Some(ms(131_000));
        let resumed = resume(&moment(139_000), &paused, true).expect("valid").expect("a change");
        let next = resumed.change.next;
        assert!(matches!(next, NextPoint::At { due_at_once: false, .. }), "{next:?}");
        assert_eq!(resumed.job.status.next_fire, Some(ms(140_000)));
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
        assert!(resume(&moment(1), &job(every(10), 0), true).expect("valid").is_none());
        let error = resume(&moment(1), &finished(job(date(1), 0), 1_000), true).err();
        assert!(matches!(error, Some(ApiError::Finished { .. })), "{error:?}");
    }
}

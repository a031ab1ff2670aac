//! A job that is paused.

use bellwether_domain::{Job, JobState, JobStatus};
use bellwether_store::{Change, ChangeJob, NextPoint, reason};

use super::dropped::dropped;
use super::{Changed, Moment};
use crate::error::ApiError;

/// Pauses `job`, or gives its pause another reason. `None`: it is paused so already.
pub(crate) fn pause(
    moment: &Moment<'_>,
    job: &Job,
    why: &str,
) -> Result<Option<Changed>, ApiError> {
    let state = JobState::Paused { reason: why.to_owned() };
    if job.status.state == JobState::Finished {
        return Err(ApiError::Finished { key: job.definition.key.clone() });
    }
    if job.status.state == state {
        return Ok(None);
    }
    let dropped = dropped(moment, job, reason::PAUSED);
    let since = job.status.paused_since.unwrap_or(moment.now);
    let status = JobStatus {
        etag: moment.fresh.etag,
        state,
        last_fire: job.status.last_fire.max(dropped.as_ref().map(|d| d.draft.covers.last)),
        next_fire: None,
        fires: job.status.fires,
        catching_up: false,
        paused_since: Some(since),
        failures: job.status.failures,
        updated: moment.now,
    };
    let change = ChangeJob {
        key: job.definition.key.clone(),
        expected: job.status.etag,
        expected_last: job.status.last_fire,
        expected_next: job.status.next_fire,
        etag: moment.fresh.etag,
        change: Change::Pause { reason: why.to_owned(), since: moment.now },
        next: NextPoint::Unset,
        dropped,
        relist: None,
        reply: None,
    };
    Ok(Some(Changed { change, job: Job { definition: job.definition.clone(), status } }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_pause_before_anything_is_due_drops_nothing() {
        let job = job(every(10), 100_000);
        let paused = pause(&moment(105_000), &job, "night").expect("valid").expect("a change");
        assert_eq!(paused.change.next, NextPoint::Unset);
        assert_eq!(paused.change.dropped, None);
        assert_eq!(paused.job.status.next_fire, None);
        assert_eq!(paused.job.status.state, JobState::Paused { reason: "night".to_owned() });
    }

    #[test]
    fn what_was_due_and_unclaimed_becomes_one_record() {
        let job = job(every(10), 100_000);
        let paused = pause(&moment(141_000), &job, "night").expect("valid").expect("a change");
        let dropped = paused.change.dropped.expect("four fire times");
        let covers = dropped.draft.covers;
        assert_eq!((covers.first, covers.last, covers.others), (ms(110_000), ms(140_000), 3));
        assert_eq!(dropped.draft.fire_time, ms(140_000));
        assert_eq!(dropped.reason, "paused");
        assert_eq!(paused.job.status.last_fire, Some(ms(140_000)));
    }

    #[test]
    fn a_fire_time_that_waits_for_its_jitter_has_come() {
        let mut job = job(every(10), 100_000);
        job.definition.spec.policy.jitter = Some(std::time::Duration::from_secs(9));
        let paused = pause(&moment(110_000), &job, "").expect("valid").expect("a change");
        let dropped = paused.change.dropped.expect("the one at 110 s");
        assert_eq!(dropped.draft.fire_time, ms(110_000));
        assert!(dropped.draft.start_after > ms(110_000), "{:?}", dropped.draft);
    }

    #[test]
    fn pausing_again_changes_the_reason_only() {
        let paused = paused(job(every(10), 100_000), "night");
        let moment = moment(150_000);
        assert!(pause(&moment, &paused, "night").expect("valid").is_none());
        let again = pause(&moment, &paused, "day").expect("valid").expect("a change");
        assert_eq!(again.change.dropped, None);
        assert_eq!(again.job.status.state, JobState::Paused { reason: "day".to_owned() });
    }

    #[test]
    fn a_finished_job_cannot_be_paused() {
        let error = pause(&moment(0), &finished(job(date(1), 0), 1_000), "").err();
        assert!(matches!(error, Some(ApiError::Finished { .. })), "{error:?}");
    }
}

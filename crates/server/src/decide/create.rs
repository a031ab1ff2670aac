//! A job that is created.

use bellwether_domain::{Definition, Job, JobState, JobStatus};
use bellwether_proto::convert::JobInput;
use bellwether_store::InsertJob;

use super::limits::check_interval;
use super::plan::{Plan, may_be_past, never_fires, uncompilable};
use super::secret::check_receiver;
use super::{Created, Moment};
use crate::error::ApiError;

/// Creates the job that `input` describes.
pub(crate) fn create(moment: &Moment<'_>, input: &JobInput) -> Result<Created, ApiError> {
    let now = moment.now;
    check_receiver(&input.spec.target, moment)?;
    let definition = Definition {
        key: input.key.clone(),
        uid: moment.fresh.uid(now),
        created: now,
        spec: input.spec.clone(),
    };
    let plan = Plan::new(&definition, moment.defaults).map_err(|error| uncompilable(&error))?;
    check_interval(moment, &plan)?;
    // A date that its own bounds exclude has no point either.
    let next = plan.first_point(now, None)?.ok_or_else(|| never_fires(now))?;
    let status = JobStatus {
        etag: moment.fresh.etag,
        state: JobState::Active,
        last_fire: None,
        next_fire: Some(next.fire_time),
        fires: 0,
        catching_up: false,
        paused_since: None,
        failures: 0,
        updated: now,
    };
    let insert = InsertJob {
        definition: definition.clone(),
        etag: moment.fresh.etag,
        next,
        due_at_once: may_be_past(moment, next),
        reply: None,
    };
    Ok(Created { insert, job: Job { definition, status } })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn the_next_fire_time_is_strictly_after_now() {
        let created = create(&moment(100_000), &input(every(10))).expect("valid");
        let insert = created.insert;
        assert_eq!(insert.definition.created, ms(100_000));
        assert_eq!(insert.next.fire_time, ms(110_000));
        assert!(!insert.due_at_once);
        assert_eq!(created.job.status.next_fire, Some(ms(110_000)));
        assert_eq!(created.job.status.etag, insert.etag);
        assert_eq!(created.job.status.state, JobState::Active);
    }

    #[test]
    fn a_past_date_and_an_immediate_interval_are_due_at_once() {
        for (trigger, fire_time) in [(date(40), 40_000), (immediately(10), 100_000)] {
            let insert = create(&moment(100_000), &input(trigger)).expect("valid").insert;
            assert_eq!(insert.next.fire_time, ms(fire_time));
            assert!(insert.due_at_once);
        }
    }

    #[test]
    fn a_trigger_that_never_fires_again_is_refused() {
        let ended = |trigger| until(trigger, 100);
        for trigger in [ended(every(10)), ended(cron("* * * * *")), cron("0 0 30 2 *")] {
            let error = create(&moment(100_000), &input(trigger)).err().expect("never fires");
            let error = error.to_string();
            assert!(error.starts_with("job.trigger: has no fire time after 1970-01-01T00:01:40"));
        }
        let error = create(&moment(100_000), &input(until(date(40), 30))).err();
        assert!(error.is_some(), "a date beyond its own end");
    }

    #[test]
    fn in_a_hurry_the_point_may_be_past_when_it_is_written() {
        let moment = Moment { hurried: true, ..moment(100_000) };
        let insert = create(&moment, &input(every(10))).expect("valid").insert;
        assert_eq!(insert.next.fire_time, ms(110_000));
        assert!(insert.due_at_once);
    }

    #[test]
    fn a_literal_address_that_is_not_allowed_is_refused_with_the_flag_that_allows_it() {
        let input = with_target(input(every(10)), http("http://10.1.2.3/hook"));
        let error = create(&moment(0), &input).err().expect("a private address").to_string();
        assert!(error.starts_with("job.target.http.url: 10.1.2.3 is a private address"), "{error}");
        assert!(error.contains("--allow-target-network"), "{error}");
    }
}

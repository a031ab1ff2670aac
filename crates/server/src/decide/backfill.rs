//! A backfill that is asked for.

use bellwether_domain::backfill::Backfill;
use bellwether_domain::{BackfillId, Job, Overlap, Timestamp};
use bellwether_store::StartBackfill;

use super::Moment;
use super::plan::{Plan, uncompilable};
use crate::error::ApiError;

/// The most fire times that a range may have.
const MOST_FIRE_TIMES: u64 = 1_000_000;

/// How far fire times are counted where they cannot be computed.
const COUNT_LIMIT: u64 = 10_000;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// The range, both ends included.
    pub(crate) start: Timestamp,
    /// Its end.
    pub(crate) end: Timestamp,
    /// What happens at the job's limit.
    pub(crate) overlap: Overlap,
    /// Runs a second.
    pub(crate) runs_per_second: f64,
}

/// Begins a backfill of `job`: whatever its state, since it changes nothing of its schedule.
pub(crate) fn backfill(
    moment: &Moment<'_>,
    job: &Job,
    asked: &Asked,
) -> Result<StartBackfill, ApiError> {
    let Job { definition, status } = job;
    if asked.end > moment.now {
        let (end, now) = (asked.end, moment.now);
        let message =
            format!("{end} lies after {now}, the store's time; a backfill is of the past");
        return Err(ApiError::invalid("end_time", message));
    }
    let plan = Plan::new(definition, moment.defaults).map_err(|error| uncompilable(&error))?;
    let before = Timestamp::from_millis(asked.start.as_millis().saturating_sub(1));
    let count = plan.trigger.count_between(before, asked.end, COUNT_LIMIT).count;
    if count > MOST_FIRE_TIMES {
        let message = format!(
            "the range has {count} fire times; at most {MOST_FIRE_TIMES} are allowed, so ask for \
             parts of it"
        );
        return Err(ApiError::invalid("end_time", message));
    }
    let backfill = Backfill {
        id: BackfillId(moment.fresh.request(moment.now).0),
        job: definition.key.clone(),
        uid: definition.uid,
        start: asked.start,
        end: asked.end,
        overlap: asked.overlap,
        runs_per_second: asked.runs_per_second,
        fire_times: u32::try_from(count).unwrap_or(u32::MAX),
        created: moment.now,
    };
    let partition = definition.key.partition(moment.partitions);
    Ok(StartBackfill { backfill, partition, expected: status.etag, reply: None })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn asked(start: i64, end: i64) -> Asked {
        let (start, end) = (ms(start), ms(end));
        Asked { start, end, overlap: Overlap::Skip, runs_per_second: 10.0 }
    }

    #[test]
    fn a_range_of_the_past_is_counted_both_ends_included() {
        let job = job(every(10), 0);
        let cases = [(10_000, 100_000, 10), (10_001, 100_000, 9), (1, 9_999, 0)];
        for (start, end, count) in cases {
            let start = backfill(&moment(100_000), &job, &asked(start, end)).expect("valid");
            assert_eq!(start.backfill.fire_times, count);
            assert_eq!((start.expected, start.backfill.created), (job.status.etag, ms(100_000)));
        }
    }

    #[test]
    fn the_future_and_too_long_ranges_are_refused() {
        let error = backfill(&moment(5_000), &job(every(10), 0), &asked(0, 5_001)).err();
        let error = error.expect("the future").to_string();
        assert!(error.starts_with("end_time: 1970-01-01T00:00:05.001Z lies after"), "{error}");
        let year = 366 * 86_400_000;
        let error = backfill(&moment(year), &job(every(1), 0), &asked(0, year)).err();
        let error = error.expect("too many").to_string();
        assert!(error.starts_with("end_time: the range has 31622400 fire times"), "{error}");
    }
}

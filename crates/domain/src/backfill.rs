//! Backfills: runs for the fire times of a past range, beside the schedule.
//!
//! A backfill is stored with its job's partition, and its leader takes it forward in small steps:
//! the next few fire times, at the rate that was asked for by the store's time. What a step decides
//! is a function of what is stored, and each run's id follows from its fire time, so that a step
//! that is made twice, by whichever leader, creates nothing twice.

use std::time::Duration;

use crate::trigger::Trigger;
use crate::{BackfillId, JobKey, JobUid, Overlap, Timestamp};

/// The most runs that one step makes.
pub const MOST_PER_STEP: u32 = 100;

/// How many steps a second make the runs of a backfill that is fast enough to need several runs in
/// each.
const STEPS_PER_SECOND: f64 = 10.0;

/// The highest rate, in runs a second.
pub const HIGHEST_RATE: f64 = 1_000.0;

/// How long a backfill that found no place waits at first and at most, doubling each time: so that
/// one that waits for a run of an hour does not ask a hundred times a second.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// For how long what became of a backfill is kept once it has ended.
pub const KEPT: Duration = Duration::from_secs(3_600);

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Backfill {
    /// Its name.
    pub id: BackfillId,
    /// The job.
    pub job: JobKey,
    /// The incarnation: with it the backfill ends.
    pub uid: JobUid,
    /// The range, both ends included.
    pub start: Timestamp,
    /// The end of the range.
    pub end: Timestamp,
    /// What a fire time does that comes up while the job is at its limit of running attempts: it is
    /// skipped, or it waits for its place. It replaces none, since that would disturb the schedule.
    pub overlap: Overlap,
    /// Runs a second, above 0 and at most [`HIGHEST_RATE`].
    pub runs_per_second: f64,
    /// How many fire times the range had when it was asked for.
    pub fire_times: u32,
    /// When it was asked for.
    pub created: Timestamp,
}

/// How far a backfill has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The latest fire time that was taken.
    pub cursor: Option<Timestamp>,
    /// Runs that were made.
    pub runs: u32,
    /// Fire times that were skipped.
    pub skipped: u32,
    /// How often in a row it found no place at all.
    pub waits: u32,
    /// When the last fire time was taken.
    pub ended: Option<Timestamp>,
}

/// What a leader does next for a backfill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The fire times to take, in order.
    pub fires: Vec<Timestamp>,
    /// None follow these.
    pub last: bool,
    /// When the next step is due if all of them are taken.
    pub next: Timestamp,
    /// When this step is to be tried again if not all of them find a place.
    pub again: Timestamp,
}

/// What is to be done at `now`, the store's time, for a backfill whose job has this trigger.
#[must_use]
pub fn step(now: Timestamp, backfill: &Backfill, progress: &Progress, trigger: &Trigger) -> Step {
    let before = Timestamp::from_millis(backfill.start.as_millis().saturating_sub(1));
    let after = progress.cursor.unwrap_or(before);
    let in_range = |at: &Timestamp| *at <= backfill.end;
    let next_after = |at| trigger.next_after(at).filter(in_range);
    let most = runs_per_step(backfill.runs_per_second);
    let fires: Vec<Timestamp> =
        std::iter::successors(next_after(after), |at| next_after(*at)).take(most).collect();
    let last = fires.last().is_none_or(|last| next_after(*last).is_none());
    let (shortest, longest) = WAITS;
    let wait = shortest.saturating_mul(1 << progress.waits.min(8)).min(longest);
    Step {
        next: now.saturating_add(span_of(fires.len(), backfill.runs_per_second)),
        again: now.saturating_add(wait),
        fires,
        last,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 1 to 100")]
fn runs_per_step(rate: f64) -> usize {
    (rate / STEPS_PER_SECOND).round().clamp(1.0, f64::from(MOST_PER_STEP)) as usize
}

/// How long so many runs take at `rate`, rounded up: a rate is never exceeded.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most 100 runs; a span beyond u64 saturates"
)]
fn span_of(runs: usize, rate: f64) -> Duration {
    Duration::from_millis((runs as f64 * 1_000.0 / rate).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trigger::{IntervalSpec, JobContext, TriggerKind, TriggerSpec};

    fn ms(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    /// Every ten seconds from 1970 on.
    fn trigger() -> Trigger {
        let every = Duration::from_secs(10);
        let interval = IntervalSpec { every, anchor: Some(ms(0)), fire_immediately: false };
        let spec: TriggerSpec = TriggerKind::Interval(interval).into();
        let context = JobContext { uid: JobUid(<_>::default()), created: ms(0) };
        spec.compile(&context).expect("a trigger")
    }

    fn backfill(start: i64, end: i64, runs_per_second: f64) -> Backfill {
        Backfill {
            id: BackfillId(<_>::default()),
            job: "default/j".parse().expect("a key"),
            uid: JobUid(<_>::default()),
            start: ms(start),
            end: ms(end),
            overlap: Overlap::Skip,
            runs_per_second,
            fire_times: 0,
            created: ms(0),
        }
    }

    #[test]
    fn a_range_is_taken_step_by_step_both_ends_included() {
        let backfill = backfill(10_000, 50_000, 20.0);
        let mut progress = Progress::default();
        let mut taken = Vec::new();
        loop {
            let step = step(ms(1_000_000), &backfill, &progress, &trigger());
            assert!(step.fires.len() <= 2, "{step:?}");
            taken.extend(step.fires.iter().map(|at| at.as_millis()));
            progress.cursor = step.fires.last().copied();
            if step.last {
                break;
            }
            assert_eq!(step.next, ms(1_000_100));
        }
        assert_eq!(taken, [10_000, 20_000, 30_000, 40_000, 50_000]);
    }

    #[test]
    fn the_rate_is_kept_and_never_exceeded() {
        let cases = [
            (0.1, 1, 10_000),
            (3.0, 1, 334),
            (10.0, 1, 100),
            (14.0, 1, 72),
            (16.0, 2, 125),
            (1_000.0, 100, 100),
        ];
        for (rate, runs, span) in cases {
            let backfill = backfill(0, 100_000_000, rate);
            let step = step(ms(0), &backfill, &Progress::default(), &trigger());
            assert_eq!((step.fires.len(), step.next), (runs, ms(span)), "{rate} a second");
        }
    }

    #[test]
    fn one_that_finds_no_place_asks_less_and_less_often() {
        let backfill = backfill(0, 100_000, 10.0);
        for (waits, after) in [(0, 50), (1, 100), (3, 400), (5, 1_000), (u32::MAX, 1_000)] {
            let progress = Progress { waits, ..Progress::default() };
            let step = step(ms(0), &backfill, &progress, &trigger());
            assert_eq!(step.again, ms(after), "after {waits} waits");
        }
    }

    #[test]
    fn a_range_without_fire_times_ends_at_once() {
        let empty = step(ms(0), &backfill(1, 9_999, 10.0), &Progress::default(), &trigger());
        assert_eq!((empty.fires.len(), empty.last), (0, true));
    }
}

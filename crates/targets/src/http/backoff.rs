//! The waits between tries of a connection that is refused.
//!
//! They bridge the moment in which an endpoint restarts. The jitter keeps runs that were refused
//! together from coming back together; it is drawn from the run's id, which is a hash already, so
//! that it needs no source of randomness.

use std::time::Duration;

use bellwether_domain::RunId;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

pub(super) struct Backoff {
    step: Duration,
    limit: Duration,
    spread: u64,
}

impl Backoff {
    /// Waits that end `limit` after the first try.
    pub(super) fn new(run: &RunId, limit: Duration) -> Self {
        let (high, low) = run.uuid.as_u64_pair();
        Self { step: FIRST, limit, spread: high ^ low }
    }

    /// The next wait, `elapsed` after the first try; none when the limit is reached. The last one
    /// ends at the limit, so that the whole of it is used.
    pub(super) fn next(&mut self, elapsed: Duration) -> Option<Duration> {
        let left = self.limit.checked_sub(elapsed).filter(|left| !left.is_zero())?;
        // Between half of the step and the whole, by the lowest sixteen bits, a fresh set each
        // time.
        let part = f64::from(self.spread as u16) / f64::from(u16::MAX);
        self.spread = self.spread.rotate_right(16);
        let wait = self.step.mul_f64(0.5 + part / 2.0);
        self.step = (self.step * 2).min(LONGEST);
        Some(wait.min(left))
    }
}

#[cfg(test)]
mod tests {
    use bellwether_domain::{JobUid, Partition, Timestamp};

    use super::*;

    fn run(n: i64) -> RunId {
        let uid = JobUid("0198f4a0-0000-7000-8000-000000000001".parse().expect("a UUID"));
        RunId::scheduled(Partition(0), uid, Timestamp::from_millis(n))
    }

    /// Every wait of a run whose tries themselves take no time.
    fn waits(n: i64, limit: Duration) -> Vec<Duration> {
        let mut backoff = Backoff::new(&run(n), limit);
        let mut elapsed = Duration::ZERO;
        std::iter::from_fn(|| {
            let wait = backoff.next(elapsed)?;
            elapsed += wait;
            Some(wait)
        })
        .collect()
    }

    #[test]
    fn waits_grow_to_their_cap_and_end_at_the_limit() {
        let limit = Duration::from_secs(30);
        for n in 0..100 {
            let waits = waits(n, limit);
            assert_eq!(waits.iter().sum::<Duration>(), limit);
            let (_, inner) = waits.split_last().expect("30 s leave room for a wait");
            let mut step = FIRST;
            for wait in inner {
                assert!(*wait >= step / 2 && *wait <= step, "{wait:?} at a step of {step:?}");
                step = (step * 2).min(LONGEST);
            }
        }
    }

    #[test]
    fn runs_wait_for_different_times() {
        let firsts: std::collections::HashSet<_> =
            (0..100).map(|n| waits(n, Duration::from_secs(30))[0]).collect();
        assert!(firsts.len() > 90, "{} of 100 differ", firsts.len());
    }

    #[test]
    fn no_limit_no_wait() {
        assert!(waits(1, Duration::ZERO).is_empty());
    }
}

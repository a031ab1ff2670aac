//! When a call is asked again, and how long before.

use std::time::Duration;

/// When a call that was answered UNAVAILABLE is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a call is asked at most, at least once. Default 5.
    pub max_attempts: u32,
    /// The wait before the second time. Default 100 ms.
    pub initial_backoff: Duration,
    /// The longest wait of the client's own; a cluster may ask for a longer one. Default 2 s.
    pub max_backoff: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            initial_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
        }
    }
}

impl RetryPolicy {
    /// Every call is asked once.
    #[must_use]
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// The wait after `failed` failures; `None` when the call is given up. `spread` in 0..1 places
    /// the wait in its jittered part, so that clients which failed together do not return together.
    ///
    /// Without a word from the cluster the wait doubles and up to half of it is taken off. With
    /// one it is a lower bound, so jitter only adds to it.
    pub(crate) fn wait(
        &self,
        failed: u32,
        asked: Option<Duration>,
        spread: f64,
    ) -> Option<Duration> {
        if failed >= self.max_attempts {
            return None;
        }
        if let Some(asked) = asked {
            return Some(asked + self.initial_backoff.mul_f64(spread));
        }
        let doublings = failed.saturating_sub(1).min(31);
        let grown = self.initial_backoff.saturating_mul(1 << doublings).min(self.max_backoff);
        Some(grown.mul_f64(1.0 - 0.5 * spread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        max_attempts: 4,
        initial_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_millis(250),
    };

    fn millis(failed: u32, asked: Option<u64>, spread: f64) -> Option<u128> {
        let asked = asked.map(Duration::from_millis);
        POLICY.wait(failed, asked, spread).map(|wait| wait.as_millis())
    }

    #[test]
    fn waits_double_to_their_cap_and_end() {
        assert_eq!(
            [1, 2, 3, 4].map(|n| millis(n, None, 0.0)),
            [Some(100), Some(200), Some(250), None]
        );
        assert_eq!(millis(1, None, 1.0), Some(50));
        assert_eq!(RetryPolicy::never().wait(1, Some(Duration::ZERO), 0.0), None);
    }

    #[test]
    fn what_the_cluster_asks_for_is_the_least() {
        assert_eq!(millis(1, Some(1_500), 0.0), Some(1_500));
        assert_eq!(millis(1, Some(1_500), 0.5), Some(1_550));
    }

    #[test]
    fn many_failures_do_not_overflow() {
        let patient = RetryPolicy { max_attempts: u32::MAX, ..POLICY };
        assert_eq!(patient.wait(4_000_000, None, 0.0), Some(POLICY.max_backoff));
    }
}

//! How long a task waits before it asks the store again.

use std::time::Duration;

/// A backoff that doubles from 20 ms to 1 s, with jitter so that nodes do not ask in step.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next wait.
    pub(crate) fn next(&mut self) -> Duration {
        let base = 20_u64 << self.failures.min(6);
        self.failures = self.failures.saturating_add(1);
        Duration::from_millis(base.min(1_000)).mul_f64(rand::random_range(0.5..1.0))
    }

    /// Starts over.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

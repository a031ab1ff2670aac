//! The clock by which a node judges how long ago it did something.
//!
//! It runs on while the machine sleeps (`CLOCK_BOOTTIME`), unlike the clock behind
//! [`std::time::Instant`]: a virtual machine that was suspended for a minute must find its lease
//! and its session expired when it wakes. It says nothing about the time of day.

use std::time::Duration;

/// An instant of the boot clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BootInstant(Duration);

impl BootInstant {
    /// The present instant.
    #[must_use]
    pub(crate) fn now() -> Self {
        let at = rustix::time::clock_gettime(CLOCK);
        let seconds = u64::try_from(at.tv_sec).unwrap_or(0);
        let nanos = u32::try_from(at.tv_nsec).unwrap_or(0);
        Self(Duration::new(seconds, nanos))
    }

    /// How long ago `earlier` was; zero when it is not earlier.
    #[must_use]
    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant `by` later.
    #[must_use]
    pub(crate) fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }

    /// Whole milliseconds since the machine started.
    pub(crate) fn as_millis(self) -> i64 {
        i64::try_from(self.0.as_millis()).unwrap_or(i64::MAX)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

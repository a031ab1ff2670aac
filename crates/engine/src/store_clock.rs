//! What time it is at the store, as far as a node can tell between two answers.
//!
//! Only for waking up at the right moment. Whether a fire time is due is decided by the store's
//! own time, which comes with each answer, so an error here makes a node late or look once too
//! often, never early.

use bellwether_domain::Timestamp;
use parking_lot::Mutex;
use std::time::Duration;

use crate::boot_clock::BootInstant;

/// An estimate of the store's time, from the latest answer.
#[derive(Debug, Default)]
pub(crate) struct StoreClock {
    latest: Mutex<Option<(Timestamp, BootInstant)>>,
}

impl StoreClock {
    /// Notes that the store said `now` in an answer that arrived just now.
    pub(crate) fn observe(&self, now: Timestamp) {
        *self.latest.lock() = Some((now, BootInstant::now()));
    }

    /// How long until the store's time is `at`; zero when it has come, or when nothing is known.
    pub(crate) fn until(&self, at: Timestamp) -> Duration {
        let Some((now, seen)) = *self.latest.lock() else { return Duration::ZERO };
        at.since(now).saturating_sub(BootInstant::now().since(seen))
    }
}

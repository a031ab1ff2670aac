//! The clock of the machine: the embedded store's time, as a Redis server's `TIME` is the other's.

use std::time::{SystemTime, UNIX_EPOCH};

use bellwether_domain::{Clock, Timestamp};

/// The machine's wall clock. Only a store may own one: everything else asks the store.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the embedded store's time is the machine's; this is its one door to it"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::UNIX_EPOCH.saturating_add(since)
    }
}

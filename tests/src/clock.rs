//! The harness's clock.
//!
//! A scenario runs on one machine, so this clock and the `TIME` of its Redis are one: what it reads
//! can be compared with what the store recorded. Redis keeps milliseconds of the instant at which
//! a script began, so an effect of the script is never earlier by this clock.

use bellwether_domain::{Clock, Timestamp};
use bellwether_store::clock::SystemClock;

/// The present instant.
#[must_use]
pub fn now() -> Timestamp {
    SystemClock.now()
}

//! What time it is at the store, as far as a node can tell between two answers.
//!
//! For two things only: to wake up at the right moment, and to notice that the store's clock
//! jumped. Whether a fire time is due is decided by the store's own time, which comes with each
//! answer, so an error here makes a node late or look once too often, never early.
//!
//! An answer's `now` was read somewhere between sending the call and seeing the answer, so the
//! offset of the store's clock from the node's boot clock lies in an interval. A process that was
//! stopped for a minute between the two sees a wide interval, not a jump: only an interval that
//! lies wholly outside the known one proves that the clock jumped.

use std::time::Duration;

use bellwether_domain::Timestamp;
use parking_lot::Mutex;

use crate::boot_clock::BootInstant;
use crate::internal_event::{StoreClockConfirmed, StoreClockJumped};

/// A jump smaller than this is the clock being disciplined.
const TOLERANCE_MS: i64 = 1_000;

/// The store's clock as this node sees it.
#[derive(Debug)]
pub(crate) struct StoreClock {
    /// How long the clock has to go on steadily after a jump before claims are made again.
    confirmation: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    offset: Option<Offset>,
    jumped_at: Option<BootInstant>,
}

/// Bounds of the store's time less the boot clock, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offset {
    least: i64,
    most: i64,
}

impl Offset {
    fn of(sent: BootInstant, received: BootInstant, now: Timestamp) -> Self {
        let now = now.as_millis();
        Self { least: now - received.as_millis(), most: now - sent.as_millis() }
    }

    /// How far `later` lies outside of this, in ms; negative when the clock went back.
    fn jump_to(self, later: Self) -> i64 {
        if later.least > self.most + TOLERANCE_MS {
            later.least - self.most
        } else if later.most < self.least - TOLERANCE_MS {
            later.most - self.least
        } else {
            0
        }
    }
}

impl StoreClock {
    /// A clock of which nothing is known.
    pub(crate) fn new(confirmation: Duration) -> Self {
        Self { confirmation, state: Mutex::default() }
    }

    /// Notes that a call sent at `sent` was answered just now, with the store's time `now`.
    pub(crate) fn observe(&self, sent: BootInstant, now: Timestamp) {
        self.note(sent, BootInstant::now(), now);
    }

    fn note(&self, sent: BootInstant, received: BootInstant, now: Timestamp) {
        let seen = Offset::of(sent, received, now);
        let mut state = self.state.lock();
        let jump = state.offset.map_or(0, |known| known.jump_to(seen));
        if jump != 0 {
            state.jumped_at = Some(received);
            StoreClockJumped { by_ms: jump }.emit();
        }
        let wide = seen.most - seen.least > TOLERANCE_MS;
        if state.offset.is_none() || jump != 0 || !wide {
            state.offset = Some(seen);
        }
    }

    /// Whether claims may be made: the clock has gone on steadily since its latest jump.
    pub(crate) fn is_steady(&self) -> bool {
        self.is_steady_at(BootInstant::now())
    }

    fn is_steady_at(&self, now: BootInstant) -> bool {
        let mut state = self.state.lock();
        let Some(jumped_at) = state.jumped_at else { return true };
        let steady = now.since(jumped_at) >= self.confirmation;
        if steady {
            state.jumped_at = None;
            StoreClockConfirmed.emit();
        }
        steady
    }

    /// How long until the store's time is `at`; zero when it has come, or when nothing is known.
    pub(crate) fn until(&self, at: Timestamp) -> Duration {
        let Some(offset) = self.state.lock().offset else { return Duration::ZERO };
        let now = BootInstant::now().as_millis().saturating_add(offset.least);
        Duration::from_millis(u64::try_from(at.as_millis().saturating_sub(now)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLD: Duration = Duration::from_secs(3);

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn later(start: BootInstant, ms: u64) -> BootInstant {
        start.after(Duration::from_millis(ms))
    }

    #[test]
    fn a_jump_either_way_holds_claims_until_the_clock_was_steady_for_a_while() {
        for jump in [1_500, 3_600_000, -1_500, -3_600_000] {
            let start = BootInstant::now();
            let clock = StoreClock::new(HOLD);
            clock.note(start, later(start, 1), at(1_800_000_000_000));
            assert!(clock.is_steady_at(later(start, 1)));
            clock.note(later(start, 100), later(start, 101), at(1_800_000_000_100 + jump));
            assert!(!clock.is_steady_at(later(start, 101)), "a jump by {jump} ms");
            clock.note(later(start, 200), later(start, 201), at(1_800_000_000_200 + jump));
            assert!(!clock.is_steady_at(later(start, 3_000)));
            assert!(clock.is_steady_at(later(start, 3_102)));
        }
    }

    #[test]
    fn a_clock_that_jumps_back_holds_again() {
        let start = BootInstant::now();
        let clock = StoreClock::new(HOLD);
        clock.note(start, later(start, 1), at(1_800_000_000_000));
        clock.note(later(start, 100), later(start, 101), at(1_800_000_060_000));
        clock.note(later(start, 2_000), later(start, 2_001), at(1_800_000_002_000));
        assert!(!clock.is_steady_at(later(start, 4_000)));
        assert!(clock.is_steady_at(later(start, 5_002)));
    }

    #[test]
    fn neither_drift_nor_a_stopped_process_is_a_jump() {
        let start = BootInstant::now();
        let clock = StoreClock::new(HOLD);
        clock.note(start, later(start, 1), at(1_800_000_000_000));
        clock.note(later(start, 100), later(start, 101), at(1_800_000_000_900));
        let (sent, received) = (later(start, 200), later(start, 60_200));
        clock.note(sent, received, at(1_800_000_001_000));
        assert!(clock.is_steady_at(received));
    }
}

//! When a search may stop: a meeting that repeats is looked for in one period.
//!
//! The calendar, and from 2100 on every zone, repeats after 400 years. Calendar triggers that step
//! by months or by days repeat too, and so does a beat; often the common period is no more than
//! those 400 years, a fraction of the eight thousand that a search for a meeting that never comes
//! would walk. Cron needs no such thing: it ends with the year 2099.

use std::sync::Arc;

use super::super::beat::{Beat, gcd};
use super::super::civil::DAY;
use super::super::days::Days;
use super::super::zone::{CYCLE, CYCLE_START};
use super::super::zoned::Zoned;

/// From `start` on, what happens at an instant happens again `length` seconds later, as long as
/// all triggers go on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Period {
    pub(super) start: i64,
    pub(super) length: i64,
}

/// The longest period worth knowing, in cycles of 400 years: time ends with the year 9999.
const MAX_CYCLES: i64 = 15;

impl Period {
    /// The common period of the triggers; `None` where it is too long to be of use.
    pub(super) fn of(zoned: &[Arc<Zoned>], beat: Option<Beat>) -> Option<Self> {
        let (mut start, mut cycles) = (CYCLE_START, 1);
        for zoned in zoned {
            let Days::Calendar(days) = &zoned.readings.days else { return None };
            // Two days on, no clock shows a day before the first any more.
            start = start.max((i64::from(days.reach().0) + 2) * DAY);
            cycles = common(cycles, days.cycles()?)?;
        }
        if let Some(beat) = beat {
            start = start.max(beat.anchor);
            cycles = common(cycles, beat.every / gcd(beat.every, CYCLE))?;
        }
        Some(Self { start, length: cycles * CYCLE })
    }
}

/// The least common multiple, unless it is too long.
fn common(one: i64, other: i64) -> Option<i64> {
    let multiple = (one / gcd(one, other)).checked_mul(other)?;
    (multiple <= MAX_CYCLES).then_some(multiple)
}

//! Readings mapped to instants through a time zone.
//!
//! A zone is a sequence of stretches of one offset; in each, a window of instants whose readings
//! count, and perhaps one extra instant at its start:
//!
//! - elapsed: the window is the whole stretch. Nothing is added, nothing dropped.
//! - fixed, at a gap: with [`Gap::Next`] the first instant after the gap fires if a reading that
//!   was left out matches.
//! - fixed, at a fold: the window leaves out the second pass ([`Fold::First`]), the first
//!   ([`Fold::Last`]) or nothing.
//!
//! Whether a trigger is elapsed or fixed is decided for each change of the clocks by itself. That
//! makes a set of instants of which any part can be looked at alone: no walk has to look back to
//! see whether it has already fired, which is where iterators that mix the walk with the zone go
//! wrong.

use std::sync::Arc;

use super::civil::DAY;
use super::readings::Readings;
use super::zone::{Stretch, Zone};
use crate::trigger::{Fold, Gap};

/// Clocks are moved by 24 hours at most and the offsets of a zone lie within 26 hours, so a
/// reading and its instant, or two readings, never part by as much as this.
const SLACK: i64 = 2 * DAY;

/// A cron or calendar trigger: readings, a zone, and the rules for changes of its clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::trigger) struct Zoned {
    /// When it fires, by the clock.
    pub(in crate::trigger) readings: Readings,
    /// Whose clock.
    pub(in crate::trigger) zone: Arc<Zone>,
    /// At which changes it goes by elapsed time.
    pub(in crate::trigger) elapsed: Elapsed,
    /// What a fixed time does in a gap.
    pub(in crate::trigger) gap: Gap,
    /// What a fixed time does in a fold.
    pub(in crate::trigger) fold: Fold,
}

/// At which changes of the clocks a trigger goes by elapsed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) enum Elapsed {
    /// At every one.
    Always,
    /// At those that leave out or repeat one of these hours (bits 0 to 23).
    Hours(u32),
}

/// The part of a stretch in which readings count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The first instant.
    pub(super) start: i64,
    /// The instant after the last one; the window may be empty.
    pub(super) end: i64,
    /// What to add to an instant for its reading.
    pub(super) offset: i64,
}

impl Zoned {
    /// The first fire time in `from..=until`, in seconds.
    pub(in crate::trigger) fn next(&self, from: i64, until: i64) -> Option<i64> {
        let (from, until) = self.clamp(from, until)?;
        let mut index = self.zone.index(from);
        let mut passed = i64::MIN;
        loop {
            let stretch = self.zone.stretch(index);
            if stretch.start > until {
                return None;
            }
            if stretch.start >= from && self.fires_after_gap(&stretch) {
                return Some(stretch.start);
            }
            let window = self.window(&stretch);
            let start = window.start.max(from);
            let reading = self.readings.next(passed.max(start + window.offset), i64::MAX);
            let found = reading.map(|reading| reading - window.offset);
            if let Some(found) = found
                && found < window.end
            {
                return Some(found).filter(|found| *found <= until);
            }
            index += 1;
            if window.end - start > SLACK {
                // No reading lies between here and the one found, so neither does a fire time.
                let found = found.filter(|found| *found <= until + SLACK)?;
                passed = found + window.offset;
                index = index.max(self.zone.index(found - SLACK));
            }
        }
    }

    /// The last fire time in `from..=until`, in seconds.
    pub(in crate::trigger) fn previous(&self, from: i64, until: i64) -> Option<i64> {
        let (from, until) = self.clamp(from, until)?;
        let mut index = self.zone.index(until);
        let mut passed = i64::MAX;
        loop {
            let stretch = self.zone.stretch(index);
            if stretch.end <= from {
                return None;
            }
            let window = self.window(&stretch);
            let end = window.end.min(until + 1);
            let reading = self.readings.previous(i64::MIN, passed.min(end + window.offset));
            let found = reading.map(|reading| reading - window.offset);
            if let Some(found) = found
                && found >= window.start
            {
                return Some(found).filter(|found| *found >= from);
            }
            if stretch.start <= until && self.fires_after_gap(&stretch) {
                return Some(stretch.start).filter(|found| *found >= from);
            }
            index = index.checked_sub(1)?;
            if end - window.start > SLACK {
                let found = found.filter(|found| *found >= from - SLACK)?;
                passed = found + window.offset + 1;
                index = index.min(self.zone.index(found + SLACK));
            }
        }
    }

    /// Whether `at` is a fire time, in seconds.
    pub(in crate::trigger) fn contains(&self, at: i64) -> bool {
        let index = self.zone.index(at);
        let stretch = self.zone.stretch(index);
        self.contains_reading(at) || at == stretch.start && self.fires_after_gap(&stretch)
    }

    /// Whether `at` is a fire time by its own reading, not for one that was left out before it.
    pub(super) fn contains_reading(&self, at: i64) -> bool {
        let index = self.zone.index(at);
        let Window { start, end, offset } = self.window(&self.zone.stretch(index));
        start <= at && at < end && self.readings.contains(at + offset)
    }

    /// How many fire times lie in `from..=until`.
    pub(in crate::trigger) fn count(&self, from: i64, until: i64) -> u64 {
        let Some((from, until)) = self.clamp(from, until) else { return 0 };
        let mut count = 0;
        let mut index = self.zone.index(from);
        loop {
            let stretch = self.zone.stretch(index);
            if stretch.start > until {
                return count;
            }
            let Window { start, end, offset } = self.window(&stretch);
            let (start, end) = (start.max(from), end.min(until + 1));
            count += self.readings.count(start + offset, end + offset);
            let extra = stretch.start >= from
                && self.fires_after_gap(&stretch)
                && !self.readings.contains(stretch.start + offset);
            count += u64::from(extra);
            index += 1;
        }
    }

    /// The shortest time between two fire times from `from` on, in seconds, while the clocks are
    /// not changed.
    pub(in crate::trigger) fn spacing(&self, from: i64) -> Option<i64> {
        let stretch = self.zone.stretch(self.zone.index(from));
        self.readings.spacing(from + stretch.offset)
    }

    /// The part of `from..=until` in which fire times may lie at all.
    pub(super) fn clamp(&self, from: i64, until: i64) -> Option<(i64, i64)> {
        let (first, last) = self.readings.days.reach();
        let from = from.max(i64::from(first) * DAY - SLACK);
        let until = until.min(i64::from(last) * DAY + SLACK);
        (from <= until).then_some((from, until))
    }

    /// The window of a stretch.
    pub(super) fn window(&self, stretch: &Stretch) -> Window {
        let Stretch { mut start, mut end, offset, before, after } = *stretch;
        match self.fold {
            _ if self.elapsed == Elapsed::Always => {}
            Fold::Both => {}
            Fold::First => {
                if before > offset && self.is_fixed(start + offset, start + before) {
                    start += before - offset;
                }
            }
            Fold::Last => {
                if offset > after && self.is_fixed(end + after, end + offset) {
                    end -= offset - after;
                }
            }
        }
        Window { start, end, offset }
    }

    /// Whether the first instant of a stretch fires for a reading that was left out before it.
    pub(super) fn fires_after_gap(&self, stretch: &Stretch) -> bool {
        let (missing, shown) = (stretch.start + stretch.before, stretch.start + stretch.offset);
        missing < shown
            && self.gap == Gap::Next
            && self.is_fixed(missing, shown)
            && self.readings.next(missing, shown).is_some()
    }

    /// Whether the trigger is fixed at a change that leaves out or repeats the readings
    /// `from..until`.
    pub(in crate::trigger) fn is_fixed(&self, from: i64, until: i64) -> bool {
        match self.elapsed {
            Elapsed::Always => false,
            Elapsed::Hours(hours) => hours & hours_touched(from, until) == 0,
        }
    }
}

/// The hours of the day, as bits, of which `from..until` has a part.
fn hours_touched(from: i64, until: i64) -> u32 {
    let first = from.div_euclid(3600);
    let last = (until - 1).div_euclid(3600).min(first + 23);
    (first..=last).fold(0, |hours, hour| hours | 1 << hour.rem_euclid(24))
}

//! Which times of a part of a day a beat hits.
//!
//! What a faster beat hits on a day depends on its phase at midnight alone, so a phase that was
//! tried on a whole day in vain, or counted, is not tried again.

use super::super::beat::Beat;
use super::super::civil::DAY;
use super::super::days::Way;
use super::super::readings::join;
use super::super::steps;
use super::parts::{Part, UNKNOWN};

impl Part {
    /// The first or last common time in `from..to` of `day`. The beat is in readings of the first
    /// clock.
    pub(super) fn find(
        &mut self,
        way: Way,
        beat: Option<Beat>,
        day: i32,
        from: u32,
        to: u32,
    ) -> Option<u32> {
        if from >= to {
            return None;
        }
        let Some(beat) = beat.filter(|_| self.on.is_none()) else {
            return match way {
                Way::Forward => self.times.next(from, to),
                Way::Back => self.times.previous(from, to),
            };
        };
        let whole = (from, to) == (self.from, self.to);
        let midnight = join(day, 0);
        let slot = if whole { self.slot(beat, midnight) } else { None };
        if slot.is_some_and(|slot| self.hits[slot] == 0) {
            return None;
        }
        let beat = Beat { anchor: beat.anchor - midnight, ..beat };
        let found = match way {
            Way::Forward => self.first_hit(beat, from, to),
            Way::Back => self.last_hit(beat, from, to),
        };
        if let (Some(slot), None) = (slot, found) {
            self.hits[slot] = 0;
        }
        found
    }

    /// How many common times `from..to` of `day` has. Those that had to be tried one by one are
    /// added to `tried`.
    pub(super) fn count(
        &mut self,
        beat: Option<Beat>,
        day: i32,
        from: u32,
        to: u32,
        tried: &mut u64,
    ) -> u32 {
        if from >= to {
            return 0;
        }
        let whole = (from, to) == (self.from, self.to);
        let Some(beat) = beat.filter(|_| self.on.is_none()) else {
            return if whole { self.len } else { self.times.count(from, to) };
        };
        let midnight = join(day, 0);
        let slot = if whole { self.slot(beat, midnight) } else { None };
        if let Some(hits) = slot.map(|slot| self.hits[slot]).filter(|hits| *hits != UNKNOWN) {
            return hits;
        }
        let beat = Beat { anchor: beat.anchor - midnight, ..beat };
        let (mut count, mut next) = (0, self.first_hit(beat, from, to));
        while let Some(second) = next {
            count += 1;
            next = self.first_hit(beat, second + 1, to);
        }
        *tried += u64::from(self.len.min((DAY / beat.every) as u32 + 1));
        if let Some(slot) = slot {
            self.hits[slot] = count;
        }
        count
    }

    /// Where the hits of the day that begins at `midnight` are kept: by the phase of the beat.
    /// `None` before the beat's first instant, and where a day has too few beats to be worth it.
    fn slot(&mut self, beat: Beat, midnight: i64) -> Option<usize> {
        if beat.anchor > midnight || beat.every > DAY / 8 {
            return None;
        }
        if self.hits.is_empty() {
            self.hits = vec![UNKNOWN; beat.every as usize];
        }
        Some((midnight - beat.anchor).rem_euclid(beat.every) as usize)
    }

    /// The first hit in `from..to`, in seconds from midnight like the beat: by trying beats or
    /// times, whichever are fewer.
    pub(super) fn first_hit(&self, beat: Beat, from: u32, to: u32) -> Option<u32> {
        if self.few_times(beat) {
            let mut next = self.times.next(from, to);
            while let Some(second) = next {
                steps::take(4);
                if beat.contains(i64::from(second)) {
                    return next;
                }
                next = self.times.next(second + 1, to);
            }
            return None;
        }
        let mut at = beat.next(i64::from(from))?;
        while at < i64::from(to) {
            steps::take(4);
            if self.times.contains(at as u32) {
                return Some(at as u32);
            }
            at += beat.every;
        }
        None
    }

    /// The last hit in `from..to`.
    fn last_hit(&self, beat: Beat, from: u32, to: u32) -> Option<u32> {
        if self.few_times(beat) {
            let mut next = self.times.previous(from, to);
            while let Some(second) = next {
                steps::take(4);
                if beat.contains(i64::from(second)) {
                    return next;
                }
                next = self.times.previous(from, second);
            }
            return None;
        }
        let mut at = beat.previous(i64::from(to) - 1)?;
        while at >= i64::from(from) {
            steps::take(4);
            if self.times.contains(at as u32) {
                return Some(at as u32);
            }
            at -= beat.every;
        }
        None
    }

    fn few_times(&self, beat: Beat) -> bool {
        i64::from(self.len) * beat.every < i64::from(self.to - self.from)
    }
}

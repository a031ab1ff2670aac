//! The instants that several triggers have in common.
//!
//! Asking each trigger in turn for its next fire time, until all agree, is right and may take for
//! ever: the odd seconds and the even ones disagree four thousand million times before 2099. So the
//! search goes by structure. Between two changes of anybody's clocks, what the triggers have in
//! common is a set of times, the same every day ([`parts`]), on a set of days, found by joining
//! words of a month. If there are no such times the whole stretch is passed over at once.
//!
//! Elapsed time joins in by one of three ways, whichever leaves the least to try: on a single time
//! of the day it selects evenly spaced days, which is one more set of days; a beat slower than a day
//! is walked beat by beat; a faster one hits the times of a day in a pattern that depends on its
//! phase alone, so each phase is tried once.

mod parts;
mod times;

use std::sync::Arc;

use super::beat::Beat;
use super::civil::{DAY, Month};
use super::days::{Way, low_bits};
use super::readings::{join, split};
use super::zoned::{Window, Zoned};
pub(in crate::trigger) use parts::MAX_LEAVES;
use parts::{Part, PerLeaf, UNKNOWN};
use times::Minutes;

/// What cron and calendar triggers, and perhaps an interval, have in common. In seconds.
#[derive(Clone, Debug)]
pub(in crate::trigger) struct Meet {
    leaves: Vec<Leaf>,
    beat: Option<Beat>,
}

/// One of the triggers that meet.
#[derive(Clone, Debug)]
struct Leaf {
    zoned: Arc<Zoned>,
    minutes: Minutes,
}

impl Meet {
    /// The meeting of one to [`MAX_LEAVES`] triggers with a beat.
    pub(in crate::trigger) fn new(mut zoned: Vec<Arc<Zoned>>, beat: Option<Beat>) -> Self {
        // The first one's day is what is divided, so the one with the fewest times leads.
        zoned.sort_by_key(|zoned| zoned.readings.time.len());
        let leaf = |zoned: Arc<Zoned>| {
            let minutes = Minutes::of(&zoned.readings.time);
            Leaf { zoned, minutes }
        };
        Self { leaves: zoned.into_iter().map(leaf).collect(), beat }
    }

    /// The first instant in `from..=until` at which all fire.
    pub(in crate::trigger) fn next(&self, from: i64, until: i64) -> Option<i64> {
        let (from, until) = self.clamp(from, until)?;
        let mut search = Search::new(self);
        let mut stretch = search.stretch_at(from);
        loop {
            if stretch.gap && stretch.start >= from && self.contains(stretch.start) {
                return Some(stretch.start);
            }
            let (start, end) = (stretch.open.max(from), stretch.close.min(until + 1));
            if start < end
                && let Some(found) = search.in_stretch(Way::Forward, &stretch, start, end)
            {
                return Some(found);
            }
            if stretch.end > until {
                return None;
            }
            stretch = search.stretch_at(stretch.end);
        }
    }

    /// The last instant in `from..=until` at which all fire.
    pub(in crate::trigger) fn previous(&self, from: i64, until: i64) -> Option<i64> {
        let (from, until) = self.clamp(from, until)?;
        let mut search = Search::new(self);
        let mut stretch = search.stretch_at(until);
        loop {
            let (start, end) = (stretch.open.max(from), stretch.close.min(until + 1));
            if start < end
                && let Some(found) = search.in_stretch(Way::Back, &stretch, start, end)
            {
                return Some(found);
            }
            if stretch.start < from {
                return None;
            }
            if stretch.gap && self.contains(stretch.start) {
                return Some(stretch.start);
            }
            stretch = search.stretch_at(stretch.start - 1);
        }
    }

    /// How many instants in `from..=until` all fire at.
    pub(in crate::trigger) fn count(&self, from: i64, until: i64) -> u64 {
        let Some((from, until)) = self.clamp(from, until) else { return 0 };
        let mut search = Search::new(self);
        let mut stretch = search.stretch_at(from);
        let mut count = 0;
        loop {
            let (start, end) = (stretch.open.max(from), stretch.close.min(until + 1));
            if start < end {
                count += search.count_in_stretch(&stretch, start, end);
            }
            let extra = stretch.gap
                && stretch.start >= from
                && self.contains(stretch.start)
                && !self.leaves.iter().all(|leaf| leaf.zoned.contains_reading(stretch.start));
            count += u64::from(extra);
            if stretch.end > until {
                return count;
            }
            stretch = search.stretch_at(stretch.end);
        }
    }

    /// Whether all fire at `at`.
    pub(in crate::trigger) fn contains(&self, at: i64) -> bool {
        self.beat.is_none_or(|beat| beat.contains(at))
            && self.leaves.iter().all(|leaf| leaf.zoned.contains(at))
    }

    fn clamp(&self, from: i64, until: i64) -> Option<(i64, i64)> {
        let from = self.beat.map_or(Some(from), |beat| beat.next(from))?;
        self.leaves
            .iter()
            .try_fold((from, until), |(from, until), leaf| leaf.zoned.clamp(from, until))
    }
}

/// The instants around one of them during which nobody's clock is moved.
struct Stretch {
    /// The first instant.
    start: i64,
    /// The instant after the last one.
    end: i64,
    /// The first instant at which readings count for all.
    open: i64,
    /// The instant after the last one at which they do; the window may be empty.
    close: i64,
    /// Whether somebody fires at the start for a reading that was left out.
    gap: bool,
    /// What each clock is ahead of UTC.
    offsets: PerLeaf<i64>,
}

/// One search: the parts of the day that it has worked out so far, by the offsets.
struct Search<'a> {
    meet: &'a Meet,
    known: Vec<(PerLeaf<i64>, Vec<Part>)>,
}

/// How many combinations of offsets a search remembers. Clocks go back and forth between few.
const REMEMBERED: usize = 6;

impl<'a> Search<'a> {
    fn new(meet: &'a Meet) -> Self {
        Self { meet, known: Vec::new() }
    }

    fn stretch_at(&self, at: i64) -> Stretch {
        let mut all = Stretch {
            start: i64::MIN,
            end: i64::MAX,
            open: i64::MIN,
            close: i64::MAX,
            gap: false,
            offsets: [0; MAX_LEAVES],
        };
        let mut begins = [i64::MIN; MAX_LEAVES];
        for (i, Leaf { zoned, .. }) in self.meet.leaves.iter().enumerate() {
            let index = zoned.zone.index(at);
            let stretch = zoned.zone.stretch(index);
            let Window { start, end, offset } = zoned.window(index, stretch);
            all.start = all.start.max(stretch.start);
            all.end = all.end.min(stretch.end);
            all.open = all.open.max(start);
            all.close = all.close.min(end);
            all.offsets[i] = offset;
            if zoned.fires_after_gap(index, stretch) {
                begins[i] = stretch.start;
            }
        }
        all.gap = begins[..self.meet.leaves.len()].contains(&all.start);
        all
    }

    /// The parts of the day under the offsets of a stretch, as an index into what is known.
    fn parts(&mut self, stretch: &Stretch) -> usize {
        if let Some(at) = self.known.iter().position(|(offsets, _)| *offsets == stretch.offsets) {
            return at;
        }
        if self.known.len() == REMEMBERED {
            self.known.remove(0);
        }
        let parts = parts::parts(&self.meet.leaves, &stretch.offsets, self.meet.beat);
        self.known.push((stretch.offsets, parts));
        self.known.len() - 1
    }

    /// The first or last common instant in `start..end`, which lies in the window of `stretch`.
    fn in_stretch(&mut self, way: Way, stretch: &Stretch, start: i64, end: i64) -> Option<i64> {
        let at = self.parts(stretch);
        let parts = &mut self.known[at].1;
        if parts.is_empty() {
            return None;
        }
        let offset = stretch.offsets[0];
        if let Some(beat) = self.meet.beat
            && slow(beat, parts)
        {
            let mut next = match way {
                Way::Forward => beat.next(start),
                Way::Back => beat.previous(end - 1),
            };
            while let Some(found) = next.filter(|at| (start..end).contains(at)) {
                if self.meet.fits(parts, found + offset) {
                    return Some(found);
                }
                next =
                    Some(if way == Way::Forward { found + beat.every } else { found - beat.every });
            }
            return None;
        }
        let span = Span::new(start + offset, end + offset);
        let beat = self.meet.beat.map(|beat| Beat { anchor: beat.anchor + offset, ..beat });
        self.meet.each_day(way, parts, span, |part, day| {
            let (from, to) = span.of_day(day, part);
            part.find(way, beat, day, from, to).map(|second| join(day, second) - offset)
        })
    }

    /// How many common instants `start..end` has, which lies in the window of `stretch`.
    fn count_in_stretch(&mut self, stretch: &Stretch, start: i64, end: i64) -> u64 {
        let at = self.parts(stretch);
        let parts = &mut self.known[at].1;
        if parts.is_empty() {
            return 0;
        }
        let offset = stretch.offsets[0];
        let mut count = 0;
        if let Some(beat) = self.meet.beat
            && slow(beat, parts)
        {
            let mut next = beat.next(start);
            while let Some(found) = next.filter(|at| *at < end) {
                count += u64::from(self.meet.fits(parts, found + offset));
                next = Some(found + beat.every);
            }
            return count;
        }
        let span = Span::new(start + offset, end + offset);
        let beat = self.meet.beat.map(|beat| Beat { anchor: beat.anchor + offset, ..beat });
        self.meet.each_day(Way::Forward, parts, span, |part, day| {
            let (from, to) = span.of_day(day, part);
            count += u64::from(part.count(beat, day, from, to));
            None
        });
        count
    }
}

/// Whether the beats are so few that each of them is best looked at.
fn slow(beat: Beat, parts: &[Part]) -> bool {
    beat.every >= DAY && parts.iter().any(|part| part.on.is_none())
}

/// A stretch of readings of the first clock.
#[derive(Clone, Copy)]
struct Span {
    first: (i32, u32),
    last: (i32, u32),
}

impl Span {
    fn new(start: i64, end: i64) -> Self {
        Self { first: split(start), last: split(end - 1) }
    }

    /// What of `part` lies in the span on `day`.
    fn of_day(&self, day: i32, part: &Part) -> (u32, u32) {
        let from = if day == self.first.0 { part.from.max(self.first.1) } else { part.from };
        let to = if day == self.last.0 { part.to.min(self.last.1 + 1) } else { part.to };
        (from, to)
    }
}

impl Meet {
    /// Whether the reading `at` of the first clock is common to all leaves.
    fn fits(&self, parts: &[Part], at: i64) -> bool {
        let (day, second) = split(at);
        parts.iter().any(|part| {
            (part.from..part.to).contains(&second)
                && part.times.contains(second)
                && self
                    .leaves
                    .iter()
                    .zip(part.ahead)
                    .all(|(leaf, ahead)| leaf.zoned.readings.days.has(day + ahead))
        })
    }

    /// Visits the parts of the days of `span` on which all leaves match, in order, until `visit`
    /// finds something.
    fn each_day(
        &self,
        way: Way,
        parts: &mut [Part],
        span: Span,
        mut visit: impl FnMut(&mut Part, i32) -> Option<i64>,
    ) -> Option<i64> {
        let lead = &self.leaves[0].zoned.readings.days;
        let (begin, finish) = match way {
            Way::Forward => (span.first.0, span.last.0),
            Way::Back => (span.last.0, span.first.0),
        };
        let mut masks = [0; MAX_LEAVES];
        let mut next = lead.seek(Month::of(begin).0, way);
        while let Some(month) = next {
            let first = month.first_day();
            let last = first + month.len() as i32 - 1;
            let passed = match way {
                Way::Forward => first > finish,
                Way::Back => last < finish,
            };
            if passed {
                return None;
            }
            let mine = lead.mask(month, first) & inside(span, first, last);
            let mut some = 0;
            for (mask, part) in masks.iter_mut().zip(parts.iter()) {
                *mask = self.days_of(part, month, first, mine);
                some |= *mask;
            }
            while some != 0 {
                let bit = match way {
                    Way::Forward => some.trailing_zeros(),
                    Way::Back => 31 - some.leading_zeros(),
                };
                some &= !(1 << bit);
                let day = first + bit as i32;
                let found = match way {
                    Way::Forward => find_in(parts.iter_mut(), masks.iter(), bit, day, &mut visit),
                    Way::Back => {
                        let masks = masks[..parts.len()].iter().rev();
                        find_in(parts.iter_mut().rev(), masks, bit, day, &mut visit)
                    }
                };
                if found.is_some() {
                    return found;
                }
            }
            next =
                lead.seek(if way == Way::Forward { month.next() } else { month.previous() }, way);
        }
        None
    }

    /// The days of `month`, among those of `mine`, on which all leaves match in `part`.
    fn days_of(&self, part: &Part, month: Month, first: i32, mine: u32) -> u32 {
        let mut mask = mine;
        if let Some(spaced) = part.on {
            mask &= spaced.window(first);
        }
        for (leaf, ahead) in self.leaves.iter().zip(part.ahead).skip(1) {
            if mask == 0 {
                return 0;
            }
            let days = &leaf.zoned.readings.days;
            mask &= match ahead {
                0 => days.mask(month, first),
                _ => days.window(first + ahead, month.len()),
            };
        }
        mask
    }
}

fn find_in<'p>(
    parts: impl Iterator<Item = &'p mut Part>,
    masks: impl Iterator<Item = &'p u32>,
    bit: u32,
    day: i32,
    visit: &mut impl FnMut(&mut Part, i32) -> Option<i64>,
) -> Option<i64> {
    parts
        .zip(masks)
        .filter(|(_, mask)| **mask >> bit & 1 == 1)
        .find_map(|(part, _)| visit(part, day))
}

/// The days of the month `first..=last` that lie in `span`.
fn inside(span: Span, first: i32, last: i32) -> u32 {
    let low = (span.first.0 - first).max(0) as u32;
    let high = (span.last.0.min(last) - first + 1).max(0) as u32;
    low_bits(high) & !low_bits(low)
}

impl Part {
    /// The first or last common time in `from..to` of `day`. The beat is in readings of the first
    /// clock.
    fn find(&mut self, way: Way, beat: Option<Beat>, day: i32, from: u32, to: u32) -> Option<u32> {
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

    /// How many common times `from..to` of `day` has.
    fn count(&mut self, beat: Option<Beat>, day: i32, from: u32, to: u32) -> u32 {
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
    fn first_hit(&self, beat: Beat, from: u32, to: u32) -> Option<u32> {
        if self.few_times(beat) {
            let mut next = self.times.next(from, to);
            while let Some(second) = next {
                if beat.contains(i64::from(second)) {
                    return next;
                }
                next = self.times.next(second + 1, to);
            }
            return None;
        }
        let mut at = beat.next(i64::from(from))?;
        while at < i64::from(to) {
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
                if beat.contains(i64::from(second)) {
                    return next;
                }
                next = self.times.previous(from, second);
            }
            return None;
        }
        let mut at = beat.previous(i64::from(to) - 1)?;
        while at >= i64::from(from) {
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

//! The search from one change of the clocks to the next.

use super::super::beat::Beat;
use super::super::civil::DAY;
use super::super::days::Way;
use super::super::readings::join;
use super::super::zone::Stretch as ZoneStretch;
use super::super::zoned::Window;
use super::days::Span;
use super::parts::{self, MAX_LEAVES, Part, PerLeaf};
use super::{Meet, Period};

/// A search: where it is, and the parts of the day that it has worked out, by the offsets.
///
/// One that is kept from answer to answer works out each but once.
#[derive(Clone, Debug)]
pub(in crate::trigger) struct Search<'a> {
    meet: &'a Meet,
    /// For each leaf the stretch of its zone, and its number.
    at: PerLeaf<(usize, ZoneStretch)>,
    known: Vec<(PerLeaf<i64>, Vec<Part>)>,
    /// How many instants a count has tried one by one.
    tried: u64,
}

/// How many combinations of offsets a search remembers. Clocks go back and forth between few.
const REMEMBERED: usize = 6;

/// How many instants a count may try one by one without a look at its limit.
const TRIES: u64 = 200_000;

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

impl<'a> Search<'a> {
    /// A search that has found nothing out yet.
    pub(in crate::trigger) fn new(meet: &'a Meet) -> Self {
        let nowhere = ZoneStretch { start: 0, end: 0, offset: 0, before: 0, after: 0 };
        Self { meet, at: [(0, nowhere); MAX_LEAVES], known: Vec::new(), tried: 0 }
    }

    /// The first instant in `from..=until` at which all fire.
    pub(in crate::trigger) fn next(&mut self, from: i64, until: i64) -> Option<i64> {
        let (from, until) = self.meet.clamp(from, until)?;
        let until = match self.meet.period {
            // What does not happen within a period does not happen.
            Some(Period { start, length }) => until.min(from.max(start) + length),
            None => until,
        };
        self.go_to(from);
        loop {
            let stretch = self.stretch();
            if stretch.gap && stretch.start >= from && self.meet.contains(stretch.start) {
                return Some(stretch.start);
            }
            let (start, end) = (stretch.open.max(from), stretch.close.min(until + 1));
            if start < end
                && let Some(found) = self.in_stretch(Way::Forward, &stretch, start, end)
            {
                return Some(found);
            }
            if stretch.end > until {
                return None;
            }
            self.go_to(stretch.end);
        }
    }

    /// The last instant in `from..=until` at which all fire.
    pub(in crate::trigger) fn previous(&mut self, from: i64, until: i64) -> Option<i64> {
        let (from, until) = self.meet.clamp(from, until)?;
        if let Some(Period { start, length }) = self.meet.period
            && until - length > start.max(from)
        {
            return self
                .previous_in(until - length, until)
                .or_else(|| self.previous_in(from, start.max(from)));
        }
        self.previous_in(from, until)
    }

    fn previous_in(&mut self, from: i64, until: i64) -> Option<i64> {
        self.go_to(until);
        loop {
            let stretch = self.stretch();
            let (start, end) = (stretch.open.max(from), stretch.close.min(until + 1));
            if start < end
                && let Some(found) = self.in_stretch(Way::Back, &stretch, start, end)
            {
                return Some(found);
            }
            if stretch.start < from {
                return None;
            }
            if stretch.gap && self.meet.contains(stretch.start) {
                return Some(stretch.start);
            }
            self.go_to(stretch.start - 1);
        }
    }

    /// How many instants in `from..=until` all fire at, and whether that is all of them: it stops
    /// above `limit` where they must be tried one by one.
    pub(in crate::trigger) fn count(&mut self, from: i64, until: i64, limit: u64) -> (u64, bool) {
        let Some((from, until)) = self.meet.clamp(from, until) else { return (0, true) };
        let Some(Period { start, length }) =
            self.meet.period.filter(|period| until - period.length > period.start.max(from))
        else {
            return self.count_in(from, until, limit);
        };
        let begin = from.max(start);
        let periods = (until - begin + 1) / length;
        let rest = begin + periods * length;
        let (before, all) = self.count_in(from, begin - 1, limit);
        let (during, all_during) = self.count_in(begin, begin + length - 1, limit);
        let (after, all_after) = self.count_in(rest, until, limit);
        (before + during * periods as u64 + after, all && all_during && all_after)
    }

    fn count_in(&mut self, from: i64, until: i64, limit: u64) -> (u64, bool) {
        if from > until {
            return (0, true);
        }
        self.go_to(from);
        let mut count = 0;
        loop {
            let stretch = self.stretch();
            let gap = stretch.gap
                && stretch.start >= from
                && self.meet.contains(stretch.start)
                && !self.meet.contains_reading(stretch.start);
            count += u64::from(gap);
            let (start, end) = (stretch.open.max(from), stretch.close.min(until + 1));
            if start < end && !self.count_in_stretch(&stretch, start, end, &mut count, limit) {
                return (count, false);
            }
            if stretch.end > until {
                return (count, true);
            }
            self.go_to(stretch.end);
        }
    }

    /// Looks at the stretches that `at` lies in.
    fn go_to(&mut self, at: i64) {
        for ((index, stretch), leaf) in self.at.iter_mut().zip(&self.meet.leaves) {
            if (stretch.start..stretch.end).contains(&at) {
                continue;
            }
            let zone = &leaf.zoned.zone;
            *index = match at {
                _ if stretch.start == stretch.end => zone.index(at),
                _ if at == stretch.end => *index + 1,
                _ if at == stretch.start - 1 => *index - 1,
                _ => zone.index(at),
            };
            *stretch = zone.stretch(*index);
        }
    }

    /// What all leaves make of where the search is.
    fn stretch(&self) -> Stretch {
        let mut all = Stretch {
            start: i64::MIN,
            end: i64::MAX,
            open: i64::MIN,
            close: i64::MAX,
            gap: false,
            offsets: [0; MAX_LEAVES],
        };
        let leaves = || self.at.iter().zip(&self.meet.leaves);
        for (((_, stretch), leaf), known) in leaves().zip(&mut all.offsets) {
            let Window { start, end, offset } = leaf.zoned.window(stretch);
            all.start = all.start.max(stretch.start);
            all.end = all.end.min(stretch.end);
            all.open = all.open.max(start);
            all.close = all.close.min(end);
            *known = offset;
        }
        let begins = |stretch: &ZoneStretch| stretch.start == all.start;
        all.gap = leaves()
            .any(|((_, stretch), leaf)| begins(stretch) && leaf.zoned.fires_after_gap(stretch));
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
            let fits = |at: &i64| self.meet.fits(parts, at + offset);
            return match way {
                Way::Forward => beats(beat, start, end).find(fits),
                Way::Back => beats(beat, start, end).rev().find(fits),
            };
        }
        let span = Span::new(start + offset, end + offset);
        let beat = self.meet.beat.map(|beat| Beat { anchor: beat.anchor + offset, ..beat });
        self.meet.each_day(way, parts, span, |part, day| {
            let (from, to) = span.of_day(day, part);
            part.find(way, beat, day, from, to).map(|second| join(day, second) - offset)
        })
    }

    /// Adds to `count` the common instants in `start..end`, which lies in the window of `stretch`;
    /// false when it stopped above `limit`.
    fn count_in_stretch(
        &mut self,
        stretch: &Stretch,
        start: i64,
        end: i64,
        count: &mut u64,
        limit: u64,
    ) -> bool {
        let at = self.parts(stretch);
        let parts = &mut self.known[at].1;
        if parts.is_empty() {
            return true;
        }
        let offset = stretch.offsets[0];
        if let Some(beat) = self.meet.beat
            && slow(beat, parts)
        {
            let fits = |at: &i64| self.meet.fits(parts, at + offset);
            *count += beats(beat, start, end).filter(fits).count() as u64;
            return true;
        }
        let span = Span::new(start + offset, end + offset);
        let beat = self.meet.beat.map(|beat| Beat { anchor: beat.anchor + offset, ..beat });
        let tried = &mut self.tried;
        let stopped = self.meet.each_day(Way::Forward, parts, span, |part, day| {
            let (from, to) = span.of_day(day, part);
            *count += u64::from(part.count(beat, day, from, to, tried));
            (*tried > TRIES && *count > limit).then_some(0)
        });
        stopped.is_none()
    }
}

/// Whether the beats are so few that each of them is best looked at.
fn slow(beat: Beat, parts: &[Part]) -> bool {
    beat.every >= DAY && parts.iter().any(|part| part.on.is_none())
}

/// The beats in `start..end`.
fn beats(beat: Beat, start: i64, end: i64) -> impl DoubleEndedIterator<Item = i64> {
    let first = beat.next(start).unwrap_or(end);
    let count = if first < end { (end - 1 - first) / beat.every + 1 } else { 0 };
    (0..count).map(move |k| first + k * beat.every)
}

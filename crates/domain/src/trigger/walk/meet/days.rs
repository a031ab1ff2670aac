//! The search over days: which of them all triggers match, a month at a time.

use super::super::civil::Month;
use super::super::days::{Way, low_bits};
use super::super::readings::split;
use super::Meet;
use super::parts::{MAX_LEAVES, Part};

/// A stretch of readings of the first clock.
#[derive(Clone, Copy)]
pub(super) struct Span {
    first: (i32, u32),
    last: (i32, u32),
}

impl Span {
    pub(super) fn new(start: i64, end: i64) -> Self {
        Self { first: split(start), last: split(end - 1) }
    }

    /// What of `part` lies in the span on `day`.
    pub(super) fn of_day(&self, day: i32, part: &Part) -> (u32, u32) {
        let from = if day == self.first.0 { part.from.max(self.first.1) } else { part.from };
        let to = if day == self.last.0 { part.to.min(self.last.1 + 1) } else { part.to };
        (from, to)
    }
}

impl Meet {
    /// Whether the reading `at` of the first clock is common to all leaves.
    pub(super) fn fits(&self, parts: &[Part], at: i64) -> bool {
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
    pub(super) fn each_day(
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
        let mut expected = (Month(i32::MIN), 0);
        while let Some(month) = next {
            let first = if month == expected.0 { expected.1 } else { month.first_day() };
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
            let neighbour = match way {
                Way::Forward => month.next(),
                Way::Back => month.previous(),
            };
            expected = match way {
                Way::Forward => (neighbour, last + 1),
                Way::Back => (neighbour, first - neighbour.len() as i32),
            };
            next = lead.seek(neighbour, way);
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

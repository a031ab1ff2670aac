//! What several clocks have in common while none of them is moved.
//!
//! As long as all offsets stand, each clock is the first one's, moved by a constant. Each day of
//! the first clock then falls into parts, at most one more than there are other clocks: within a
//! part every other clock shows one certain day (the same, or one or two before or after), and the
//! times that they all select are the same on every day. The search over days is left with days
//! alone.

use super::super::beat::{Beat, gcd};
use super::super::calendar_days::evenly;
use super::super::civil::DAY;
use super::super::steps;
use super::Leaf;
use super::times::Times;

/// The most cron and calendar triggers that one search bears.
pub(in crate::trigger) const MAX_LEAVES: usize = 8;

/// A number for each of the leaves.
pub(super) type PerLeaf<T> = [T; MAX_LEAVES];

/// A part of the first clock's day.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Its first second.
    pub(super) from: u32,
    /// The second after its last one.
    pub(super) to: u32,
    /// How many days ahead each clock is.
    pub(super) ahead: PerLeaf<i32>,
    /// The times at which all leaves match.
    pub(super) times: Times,
    /// How many of them there are.
    pub(super) len: u32,
    /// On which days the beat falls on the one time there is.
    pub(super) on: Option<Spaced>,
    /// For each phase of the beat, how many times of a whole day it hits: [`UNKNOWN`] at first.
    pub(super) hits: Vec<u32>,
}

/// A phase of the beat that nobody has looked at.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// Evenly spaced days: those that lie a multiple of `every` from `day`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spaced {
    every: i32,
    day: i32,
}

/// Further apart than any two days.
const MAX_APART: i64 = 8_000_000;

impl Spaced {
    /// The days whose reading `time` is an instant of `beat`, which is in readings.
    fn on(beat: Beat, time: u32) -> Option<Self> {
        let days = Beat { anchor: beat.anchor - i64::from(time), ..beat }
            .meet(&Beat { anchor: 0, every: DAY })?;
        let every = (days.every / DAY).min(MAX_APART) as i32;
        Some(Self { every, day: i32::try_from(days.anchor / DAY).ok()? })
    }

    /// Which of the 31 days from `first` on are among them.
    pub(super) fn window(self, first: i32) -> u32 {
        if self.every == 1 {
            return u32::MAX >> 1;
        }
        evenly((self.day - first).rem_euclid(self.every), self.every, 31)
    }
}

/// What it may cost to join one set of times to one part, in nanoseconds.
const PARTS: u64 = 60;

/// The parts of a day under `offsets`, in order; those without a time in common are left out.
pub(super) fn parts(leaves: &[Leaf], offsets: &PerLeaf<i64>, beat: Option<Beat>) -> Vec<Part> {
    steps::take(PARTS * (leaves.len() * leaves.len()) as u64);
    let mut bounds: Vec<u32> = vec![0, DAY as u32];
    for offset in &offsets[1..leaves.len()] {
        bounds.push((offsets[0] - offset).rem_euclid(DAY) as u32);
    }
    bounds.sort_unstable();
    bounds.dedup();
    bounds.windows(2).filter_map(|ends| part(leaves, offsets, beat, ends[0], ends[1])).collect()
}

fn part(
    leaves: &[Leaf],
    offsets: &PerLeaf<i64>,
    beat: Option<Beat>,
    from: u32,
    to: u32,
) -> Option<Part> {
    let mut ahead = [0; MAX_LEAVES];
    let mut sets = Vec::with_capacity(leaves.len());
    for ((leaf, offset), ahead) in leaves.iter().zip(offsets).zip(&mut ahead) {
        let apart = offset - offsets[0];
        *ahead = (i64::from(from) + apart).div_euclid(DAY) as i32;
        sets.push((&leaf.zoned.readings.time, &leaf.minutes, apart - i64::from(*ahead) * DAY));
    }
    let times = Times::in_common(from, to, &sets)?;
    let len = times.count(from, to);
    let on = match (beat, times.next(from, to)) {
        (Some(beat), Some(time)) if len == 1 => {
            Some(Spaced::on(Beat { anchor: beat.anchor + offsets[0], ..beat }, time)?)
        }
        _ => None,
    };
    let part = Part { from, to, ahead, times, len, on, hits: Vec::new() };
    let beat = beat.map(|beat| Beat { anchor: beat.anchor + offsets[0], ..beat });
    beat.is_none_or(|beat| part.is_met_by(beat)).then_some(part)
}

impl Part {
    /// Whether the beat, in readings, can hit a time of the part on any day whatever: each day
    /// shifts it by a multiple of what its period and the day have in common.
    fn is_met_by(&self, beat: Beat) -> bool {
        let every = gcd(beat.every, DAY);
        let remainders = Beat { anchor: beat.anchor.rem_euclid(every), every };
        every == 1 || self.first_hit(remainders, self.from, self.to).is_some()
    }
}

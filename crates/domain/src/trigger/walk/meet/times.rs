//! Times of the day that several clocks have in common, as one of them shows them.

use super::super::civil::DAY;
use super::super::time_of_day::TimeOfDay;

/// The minutes of a day, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Minutes([u64; 23]);

/// Minutes in a day.
const MINUTES: i32 = 1440;

impl Minutes {
    /// The minutes in which `time` has readings.
    pub(super) fn of(time: &TimeOfDay) -> Self {
        let mut bits = [0; 23];
        for minute in (0..MINUTES as u32).filter(|minute| has_minute(time, *minute as i32)) {
            bits[minute as usize / 64] |= 1 << (minute % 64);
        }
        Self(bits)
    }

    /// The minutes `from..to`.
    fn range(from: u32, to: u32) -> Self {
        let mut bits = [0; 23];
        for (at, word) in (0..).zip(&mut bits) {
            let (low, high) = (from.saturating_sub(at * 64), to.saturating_sub(at * 64));
            *word = ones(high) & !ones(low);
        }
        Self(bits)
    }

    /// Keeps minute m only where `other` has m + `ahead`, a minute that may lie outside the day.
    fn keep(&mut self, other: &Self, ahead: i32) {
        let (words, bits) = (ahead.div_euclid(64), ahead.rem_euclid(64) as u32);
        let word =
            |at: i32| usize::try_from(at).ok().and_then(|at| other.0.get(at)).copied().unwrap_or(0);
        for (at, mine) in (0..).zip(&mut self.0) {
            let low = word(at + words) >> bits;
            let high = if bits == 0 { 0 } else { word(at + words + 1) << (64 - bits) };
            *mine &= low | high;
        }
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn has(&self, minute: u32) -> bool {
        self.0[minute as usize / 64] >> (minute % 64) & 1 == 1
    }

    /// How many of the minutes `from..to` are in the set.
    fn count(&self, from: u32, to: u32) -> u32 {
        let words = Self::range(from, to).0.into_iter().zip(self.0);
        words.map(|(word, mine)| (word & mine).count_ones()).sum()
    }

    /// The first minute at or after `minute`.
    fn next(&self, minute: u32) -> Option<u32> {
        let mut at = minute as usize / 64;
        let mut rest = self.0.get(at)? & !ones(minute % 64);
        while rest == 0 {
            at += 1;
            rest = *self.0.get(at)?;
        }
        Some(at as u32 * 64 + rest.trailing_zeros())
    }

    /// The last minute before `minute`, which is at most the day's end.
    fn previous(&self, minute: u32) -> Option<u32> {
        let mut at = minute as usize / 64;
        let mut rest = self.0[at] & ones(minute % 64);
        while rest == 0 {
            at = at.checked_sub(1)?;
            rest = self.0[at];
        }
        Some(at as u32 * 64 + 63 - rest.leading_zeros())
    }
}

/// A set of times of the day.
///
/// Clocks that differ by whole minutes share their seconds, so the set is a product. Those of
/// local mean time (the last to leave it was Monrovia, in 1972) need a list; both answer alike.
#[derive(Clone, Debug)]
pub(super) enum Times {
    /// Each of the minutes with each of the seconds.
    Grid(Minutes, u64),
    /// Minutes, by the second that they start at, each with seconds of its own; ascending.
    List(Vec<(u32, u64)>),
}

impl Times {
    /// The times in `from..to` at which every one of `leaves` matches: each is a set of times, its
    /// minutes, and by how many seconds its clock is ahead on its own day.
    pub(super) fn in_common(
        from: u32,
        to: u32,
        leaves: &[(&TimeOfDay, &Minutes, i64)],
    ) -> Option<Self> {
        if leaves.iter().any(|(_, _, ahead)| ahead % 60 != 0) {
            return Self::list(from, to, leaves);
        }
        let seconds = leaves.iter().fold(u64::MAX, |all, (time, ..)| all & time.seconds);
        if seconds == 0 {
            return None;
        }
        let mut common = Minutes::range(from / 60, to / 60);
        for (_, minutes, ahead) in leaves {
            common.keep(minutes, (ahead / 60) as i32);
        }
        (!common.is_empty()).then_some(Self::Grid(common, seconds))
    }

    fn list(from: u32, to: u32, leaves: &[(&TimeOfDay, &Minutes, i64)]) -> Option<Self> {
        let mut list = Vec::new();
        for start in (from / 60 * 60..to).step_by(60) {
            let inside = ones(to - start) & !ones(from.saturating_sub(start));
            let seconds = leaves.iter().fold(inside, |all, (time, _, ahead)| {
                if all == 0 { 0 } else { all & seconds_from(time, i64::from(start) + ahead) }
            });
            if seconds != 0 {
                list.push((start, seconds));
            }
        }
        (!list.is_empty()).then_some(Self::List(list))
    }

    /// Whether the time `second` is in the set.
    pub(super) fn contains(&self, second: u32) -> bool {
        match self {
            Self::Grid(minutes, seconds) => {
                seconds >> (second % 60) & 1 == 1 && minutes.has(second / 60)
            }
            Self::List(list) => {
                let at = list.partition_point(|(start, _)| start + 60 <= second);
                list.get(at).is_some_and(|(start, seconds)| {
                    *start <= second && seconds >> (second - start) & 1 == 1
                })
            }
        }
    }

    /// The first time in `from..to`.
    pub(super) fn next(&self, from: u32, to: u32) -> Option<u32> {
        let mut start = from / 60 * 60;
        loop {
            let seconds;
            (start, seconds) = self.minute_at_or_after(start)?;
            if start >= to {
                return None;
            }
            let rest = seconds & !ones(from.saturating_sub(start));
            if rest != 0 {
                return Some(start + rest.trailing_zeros()).filter(|second| *second < to);
            }
            start += 60;
        }
    }

    /// The last time in `from..to`.
    pub(super) fn previous(&self, from: u32, to: u32) -> Option<u32> {
        let mut end = to.next_multiple_of(60);
        loop {
            let (start, seconds) = self.minute_before(end)?;
            if start + 60 <= from {
                return None;
            }
            let rest = seconds & ones(to.saturating_sub(start));
            if rest != 0 {
                let second = start + 63 - rest.leading_zeros();
                return Some(second).filter(|second| *second >= from);
            }
            end = start;
        }
    }

    /// How many times lie in `from..to`.
    pub(super) fn count(&self, from: u32, to: u32) -> u32 {
        if let Self::Grid(minutes, seconds) = self
            && from.is_multiple_of(60)
            && to.is_multiple_of(60)
        {
            return minutes.count(from / 60, to / 60) * seconds.count_ones();
        }
        let (mut count, mut start) = (0, from / 60 * 60);
        while let Some((minute, seconds)) = self.minute_at_or_after(start)
            && minute < to
        {
            let inside = ones(to - minute) & !ones(from.saturating_sub(minute));
            count += (seconds & inside).count_ones();
            start = minute + 60;
        }
        count
    }

    /// The first minute that starts at or after the second `start`, with its seconds.
    fn minute_at_or_after(&self, start: u32) -> Option<(u32, u64)> {
        match self {
            Self::Grid(minutes, seconds) => {
                minutes.next(start / 60).map(|minute| (minute * 60, *seconds))
            }
            Self::List(list) => list.get(list.partition_point(|(at, _)| *at < start)).copied(),
        }
    }

    /// The last minute that starts before the second `end`, with its seconds.
    fn minute_before(&self, end: u32) -> Option<(u32, u64)> {
        match self {
            Self::Grid(minutes, seconds) => {
                minutes.previous(end / 60).map(|minute| (minute * 60, *seconds))
            }
            Self::List(list) => {
                let at = list.partition_point(|(start, _)| *start < end);
                list.get(at.checked_sub(1)?).copied()
            }
        }
    }
}

/// The readings of `time` in the 60 seconds from `start`, which may lie outside the day.
fn seconds_from(time: &TimeOfDay, start: i64) -> u64 {
    let (minute, into) = (start.div_euclid(60) as i32, start.rem_euclid(60) as u32);
    let word = |minute| if has_minute(time, minute) { time.seconds } else { 0 };
    let high = if into == 0 { 0 } else { word(minute + 1) << (60 - into) };
    (word(minute) >> into | high) & ones(60)
}

fn has_minute(time: &TimeOfDay, minute: i32) -> bool {
    (0..MINUTES).contains(&minute)
        && time.hours >> (minute / 60) & 1 == 1
        && time.minutes >> (minute % 60) & 1 == 1
}

/// A word whose lowest `len` bits are set; all of them from 64 on.
fn ones(len: u32) -> u64 {
    if len >= 64 { u64::MAX } else { (1 << len) - 1 }
}

const _: () = assert!(MINUTES as i64 * 60 == DAY);

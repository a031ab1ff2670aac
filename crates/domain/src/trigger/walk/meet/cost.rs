//! What a search may cost.

use super::super::civil::DAY;
use super::super::cost::{of_month, passed};
use super::{Meet, Period};

impl Meet {
    /// What an answer about `from..=until` may cost, in nanoseconds.
    pub(in crate::trigger) fn cost(&self, from: i64, until: i64) -> u64 {
        let Some((from, until)) = self.clamp(from, until) else { return 0 };
        let until = match self.period {
            Some(Period { start, length }) => until.min(from.max(start) + length),
            None => until,
        };
        let leaves = self.leaves.len() as u64;
        let mut changes = 0;
        let (mut months, mut of_each) = (0, 0);
        for (at, leaf) in self.leaves.iter().enumerate() {
            let days = &leaf.zoned.readings.days;
            let (mine, all) = passed(&leaf.zoned, from, until);
            // Two triggers of one zone stop at the same changes.
            if !self.leaves[..at].iter().any(|other| other.zoned.zone == leaf.zoned.zone) {
                changes += mine;
            }
            // Others than the first are asked on the day before or after, in two months, as well.
            of_each += if at == 0 { of_month(days) } else { 2 * of_month(days) };
            months = all;
        }
        // A stretch is looked at by all, and it shares months with its neighbours.
        let walked = changes * (30 + 40 * leaves) + (months + changes) * (8 + of_each);
        walked + self.cost_of_beat(months, changes)
    }

    /// What counting in `from..=until` may cost: what is in a day with a change is counted one by
    /// one.
    pub(in crate::trigger) fn cost_of_count(&self, from: i64, until: i64) -> u64 {
        let one_by_one = match self.beat {
            Some(beat) => {
                let times = u64::from(self.leaves[0].zoned.readings.time.len());
                let tries = times.min(DAY as u64 / (beat.every as u64).min(DAY as u64));
                let changes = self.leaves.iter().map(|leaf| passed(&leaf.zoned, from, until).0);
                if times > 1 { 2 * (changes.sum::<u64>() + 1) * tries * 4 } else { 0 }
            }
            None => 0,
        };
        self.cost(from, until) + one_by_one
    }

    /// What the beat adds: each day is looked at, each phase of it is tried once for each of the
    /// few offsets that clocks go back and forth between, and days with a change are tried apart.
    ///
    /// How much there is to try has bounds that lie in the numbers. Times of the day are a product
    /// of hours, minutes and seconds, and so many of them that all beats of a day miss them all
    /// cannot be: some thousands, found by adding up classes of remainders.
    fn cost_of_beat(&self, months: u64, changes: u64) -> u64 {
        let Some(beat) = self.beat else { return 0 };
        let times = u64::from(self.leaves[0].zoned.readings.time.len());
        if times == 1 {
            return months * 4;
        }
        let every = beat.every as u64;
        let tries = times.min(DAY as u64 / every.min(DAY as u64));
        let phases = every.min(30 * months) * tries.min(6_000) * 4;
        let with_change = 2 * changes * tries.min(600) * 4;
        months * 31 * 10 + phases * changes.clamp(1, 4) + with_change
    }
}

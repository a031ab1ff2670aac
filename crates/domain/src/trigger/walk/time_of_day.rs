//! Which readings of a day's clock match: hours times minutes times seconds.

use super::civil::DAY;

/// A set of readings that is a product: each hour with each minute with each second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) struct TimeOfDay {
    /// Bits 0 to 23.
    pub(in crate::trigger) hours: u32,
    /// Bits 0 to 59.
    pub(in crate::trigger) minutes: u64,
    /// Bits 0 to 59.
    pub(in crate::trigger) seconds: u64,
}

impl TimeOfDay {
    /// The one reading `second`, counted from midnight.
    pub(in crate::trigger) fn at(second: u32) -> Self {
        Self {
            hours: 1 << (second / 3600),
            minutes: 1 << (second / 60 % 60),
            seconds: 1 << (second % 60),
        }
    }

    /// How many readings a day has.
    pub(super) fn len(&self) -> u32 {
        self.hours.count_ones() * self.minutes.count_ones() * self.seconds.count_ones()
    }

    /// Whether clocks that are moved by `seconds` show the readings of the set at the same instants:
    /// each hour is as the next, and so are the minutes where a part of an hour is moved.
    pub(super) fn repeats_after(&self, seconds: i64) -> bool {
        const HOURS: u32 = (1 << 24) - 1;
        const MINUTES: u64 = (1 << 60) - 1;
        let by = (seconds / 60).rem_euclid(60) as u32;
        let turned = (self.minutes << by | self.minutes >> (60 - by)) & MINUTES;
        self.hours == HOURS && seconds % 60 == 0 && turned == self.minutes
    }

    /// Whether the reading `second` from midnight is in the set.
    pub(super) fn contains(&self, second: u32) -> bool {
        self.hours >> (second / 3600) & 1 == 1
            && self.minutes >> (second / 60 % 60) & 1 == 1
            && self.seconds >> (second % 60) & 1 == 1
    }

    /// The first reading at or after `from`.
    pub(super) fn next(&self, from: u32) -> Option<u32> {
        let (hour, minute, second) = (from / 3600, from / 60 % 60, from % 60);
        let first_second = self.seconds.trailing_zeros();
        if self.hours >> hour & 1 == 1 {
            if self.minutes >> minute & 1 == 1
                && let Some(second) = at_or_above(self.seconds, second)
            {
                return Some(hour * 3600 + minute * 60 + second);
            }
            if let Some(minute) = at_or_above(self.minutes, minute + 1) {
                return Some(hour * 3600 + minute * 60 + first_second);
            }
        }
        let hour = at_or_above(u64::from(self.hours), hour + 1)?;
        Some(hour * 3600 + self.minutes.trailing_zeros() * 60 + first_second)
    }

    /// The last reading at or before `until`.
    pub(super) fn previous(&self, until: u32) -> Option<u32> {
        let (hour, minute, second) = (until / 3600, until / 60 % 60, until % 60);
        let last_second = 63 - self.seconds.leading_zeros();
        if self.hours >> hour & 1 == 1 {
            if self.minutes >> minute & 1 == 1
                && let Some(second) = below(self.seconds, second + 1)
            {
                return Some(hour * 3600 + minute * 60 + second);
            }
            if let Some(minute) = below(self.minutes, minute) {
                return Some(hour * 3600 + minute * 60 + last_second);
            }
        }
        let hour = below(u64::from(self.hours), hour)?;
        Some(hour * 3600 + (63 - self.minutes.leading_zeros()) * 60 + last_second)
    }

    /// The first reading of the day.
    pub(in crate::trigger) fn first(&self) -> u32 {
        self.hours.trailing_zeros() * 3600
            + self.minutes.trailing_zeros() * 60
            + self.seconds.trailing_zeros()
    }

    /// The last reading of the day.
    pub(super) fn last(&self) -> u32 {
        (31 - self.hours.leading_zeros()) * 3600
            + (63 - self.minutes.leading_zeros()) * 60
            + (63 - self.seconds.leading_zeros())
    }

    /// The shortest time between two readings of one day, in seconds; `None` where it has but one.
    pub(super) fn spacing(&self) -> Option<u32> {
        let within_minute = distance(self.seconds);
        let seconds = span(self.seconds);
        let within_hour = distance(self.minutes).map(|minutes| minutes * 60 - seconds);
        let hour = span(self.minutes) * 60 + seconds;
        let within_day = distance(u64::from(self.hours)).map(|hours| hours * 3600 - hour);
        [within_minute, within_hour, within_day].into_iter().flatten().min()
    }

    /// How many readings come before `second`, which may be the day's end.
    pub(super) fn count_before(&self, second: u32) -> u32 {
        if i64::from(second) >= DAY {
            return self.len();
        }
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let below = |set: u64, bit: u32| (set & ((1 << bit) - 1)).count_ones();
        let per_minute = self.seconds.count_ones();
        let mut count = below(u64::from(self.hours), hour) * self.minutes.count_ones() * per_minute;
        if self.hours >> hour & 1 == 1 {
            count += below(self.minutes, minute) * per_minute;
            if self.minutes >> minute & 1 == 1 {
                count += below(self.seconds, second);
            }
        }
        count
    }
}

/// The lowest bit of `set` that is not below `bit` (at most 63).
pub(super) fn at_or_above(set: u64, bit: u32) -> Option<u32> {
    let rest = set >> bit << bit;
    (rest != 0).then(|| rest.trailing_zeros())
}

/// The highest bit of `set` below `bit` (at most 63).
pub(super) fn below(set: u64, bit: u32) -> Option<u32> {
    let rest = set & ((1 << bit) - 1);
    (rest != 0).then(|| 63 - rest.leading_zeros())
}

/// The shortest distance between two bits of `set`; `None` where it has but one.
fn distance(set: u64) -> Option<u32> {
    (1..64).find(|apart| set & (set >> apart) != 0)
}

/// How far the highest bit of `set`, which has one, lies above the lowest.
fn span(set: u64) -> u32 {
    63 - set.leading_zeros() - set.trailing_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_each_hour_repeat_after_whole_hours_and_even_ones_after_their_step() {
        let hourly = |minutes| TimeOfDay { hours: 0xff_ffff, minutes, seconds: 1 };
        let quarters = hourly(1 | 1 << 15 | 1 << 30 | 1 << 45);
        for (set, seconds, repeats) in [
            (quarters, 3600, true),
            (quarters, 1800, true),
            (quarters, 600, false),
            (quarters, 2670, false),
            (hourly(1 << 7), 3600, true),
            (hourly(1 << 7), 1800, false),
            (hourly((1 << 60) - 1), 1800, true),
            (TimeOfDay { hours: 1, ..quarters }, 3600, false),
        ] {
            assert_eq!(set.repeats_after(seconds), repeats, "{set:?} {seconds}");
        }
    }

    #[test]
    fn each_answer_agrees_with_a_list_of_the_day() {
        let sets = [
            TimeOfDay { hours: 0xff_ffff, minutes: (1 << 60) - 1, seconds: (1 << 60) - 1 },
            TimeOfDay { hours: 1 << 23, minutes: 1 << 59, seconds: 1 << 59 },
            TimeOfDay { hours: 1, minutes: 1, seconds: 1 },
            TimeOfDay { hours: 0b1001_0010, minutes: 0x0421_0000_0021, seconds: 0x0810_0003 },
            TimeOfDay::at(86_399),
            TimeOfDay::at(3_723),
        ];
        for set in sets {
            let all: Vec<u32> = (0..86_400).filter(|second| set.contains(*second)).collect();
            assert_eq!(set.len() as usize, all.len());
            let apart = all.windows(2).map(|two| two[1] - two[0]).min();
            assert_eq!(set.spacing(), apart);
            assert_eq!((set.first(), set.last()), (all[0], all[all.len() - 1]));
            for second in (0..86_400).step_by(7).chain(all.iter().copied().take(5000)) {
                let rank = all.partition_point(|reading| *reading < second);
                assert_eq!(set.next(second), all.get(rank).copied());
                assert_eq!(set.count_before(second) as usize, rank);
                let rank = all.partition_point(|reading| *reading <= second);
                assert_eq!(set.previous(second), rank.checked_sub(1).map(|i| all[i]));
            }
            assert_eq!(set.count_before(86_400) as usize, all.len());
        }
    }
}

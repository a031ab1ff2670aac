//! Which days match, asked a month at a time.
//!
//! A month's days fit one word. What a step over a month costs then does not depend on how many
//! of its days match, and the years that a cron trigger may reach are 1,560 words: a rule that
//! matches nothing is found out in microseconds, without a rule for each way to match nothing.

use super::calendar_days::CalendarDays;
use super::civil::Month;
use super::cost::of_month;
use super::cron_days::CronDays;
use super::steps;

/// The direction of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) enum Way {
    /// Towards later instants.
    Forward,
    /// Towards earlier instants.
    Back,
}

/// The days on which a trigger may fire, in its own zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::trigger) enum Days {
    /// Those that the day fields of a cron trigger match.
    Cron(CronDays),
    /// The occurrences of a calendar trigger.
    Calendar(CalendarDays),
}

impl Days {
    /// The days of `month` that match, bit 0 for the first. `first` is the month's first day.
    pub(super) fn mask(&self, month: Month, first: i32) -> u32 {
        steps::take(of_month(self));
        match self {
            Self::Cron(days) => days.mask(month, first),
            Self::Calendar(days) => days.mask(month, first),
        }
    }

    /// The nearest month, from `month` on, that may have matching days.
    pub(super) fn seek(&self, month: Month, way: Way) -> Option<Month> {
        match (self, way) {
            (Self::Cron(days), Way::Forward) => days.seek(month),
            (Self::Cron(days), Way::Back) => days.seek_back(month),
            (Self::Calendar(days), Way::Forward) => days.seek(month),
            (Self::Calendar(days), Way::Back) => days.seek_back(month),
        }
    }

    /// The earliest and the latest day that could match.
    pub(super) fn reach(&self) -> (i32, i32) {
        match self {
            Self::Cron(days) => days.reach(),
            Self::Calendar(days) => days.reach(),
        }
    }

    /// Which of the `len` (at most 31) days from `day` on match, bit 0 for `day`.
    pub(super) fn window(&self, day: i32, len: u32) -> u32 {
        let (mut month, index) = Month::of(day);
        let mut first = day - index as i32;
        let mut found = self.mask(month, first) >> index;
        let mut filled = month.len() - index;
        while filled < len {
            first += month.len() as i32;
            month = month.next();
            found |= self.mask(month, first) << filled;
            filled += month.len();
        }
        found & low_bits(len)
    }

    /// Whether `day` matches.
    pub(super) fn has(&self, day: i32) -> bool {
        let (month, index) = Month::of(day);
        self.mask(month, day - index as i32) >> index & 1 == 1
    }

    /// The first matching day from `from` to `until`, both inclusive.
    pub(super) fn next(&self, from: i32, until: i32) -> Option<i32> {
        if from > until {
            return None;
        }
        let (start, index) = Month::of(from);
        let first = from - index as i32;
        let rest = self.mask(start, first) >> index;
        if rest != 0 {
            return Some(from + rest.trailing_zeros() as i32).filter(|day| *day <= until);
        }
        let mut month = start;
        loop {
            month = self.seek(month.next(), Way::Forward)?;
            let first = month.first_day();
            if first > until {
                return None;
            }
            let mask = self.mask(month, first);
            if mask != 0 {
                return Some(first + mask.trailing_zeros() as i32).filter(|day| *day <= until);
            }
        }
    }

    /// The last matching day from `from` down to `until`, both inclusive.
    pub(super) fn previous(&self, from: i32, until: i32) -> Option<i32> {
        if from < until {
            return None;
        }
        let (start, index) = Month::of(from);
        let first = from - index as i32;
        let rest = self.mask(start, first) & low_bits(index + 1);
        if rest != 0 {
            return Some(first + highest(rest)).filter(|day| *day >= until);
        }
        let mut month = start;
        loop {
            month = self.seek(month.previous(), Way::Back)?;
            let first = month.first_day();
            if first + (month.len() as i32) <= until {
                return None;
            }
            let mask = self.mask(month, first);
            if mask != 0 {
                return Some(first + highest(mask)).filter(|day| *day >= until);
            }
        }
    }

    /// How many days match from `from` to `until`, both inclusive.
    pub(super) fn count(&self, from: i32, until: i32) -> u64 {
        if from > until {
            return 0;
        }
        if let Self::Calendar(days) = self
            && let Some(count) = days.count(from, until)
        {
            return count;
        }
        let mut count = 0;
        let mut next = self.seek(Month::of(from).0, Way::Forward);
        while let Some(month) = next {
            let first = month.first_day();
            if first > until {
                break;
            }
            let mut mask = self.mask(month, first);
            if first < from {
                mask = mask >> (from - first) << (from - first);
            }
            if first + 31 > until {
                mask &= low_bits((until - first + 1) as u32);
            }
            count += u64::from(mask.count_ones());
            next = self.seek(month.next(), Way::Forward);
        }
        count
    }
}

/// A word whose lowest `len` bits are set; all of them from 32 on.
pub(super) fn low_bits(len: u32) -> u32 {
    if len >= 32 { u32::MAX } else { (1 << len) - 1 }
}

/// The position of the highest bit of `mask`, which has one.
fn highest(mask: u32) -> i32 {
    31 - mask.leading_zeros() as i32
}

//! The days that the fields of a cron trigger match.

use super::civil::Month;

/// The first year that a cron trigger knows.
pub(in crate::trigger) const FIRST_YEAR: i32 = 1970;
/// The last one: no cron fire exists later.
pub(in crate::trigger) const LAST_YEAR: i32 = 2099;

/// A set of years from [`FIRST_YEAR`] to [`LAST_YEAR`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::trigger) struct Years([u64; 3]);

impl Years {
    /// Adds `year`, which lies in the range.
    pub(in crate::trigger) fn insert(&mut self, year: i32) {
        let at = (year - FIRST_YEAR) as usize;
        self.0[at / 64] |= 1 << (at % 64);
    }

    /// Whether `year` is in the set.
    pub(in crate::trigger) fn contains(&self, year: i32) -> bool {
        (FIRST_YEAR..=LAST_YEAR).contains(&year) && {
            let at = (year - FIRST_YEAR) as usize;
            self.0[at / 64] >> (at % 64) & 1 == 1
        }
    }
}

/// Matching days by the shape of their month.
///
/// Which days of a month match depends, but for the ISO week, on two things alone: the weekday it
/// begins with and its length. So the day fields, with all of `L`, `W` and `#` and the rule that
/// joins them, are evaluated once for each of the 28 shapes and then looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::trigger) struct CronDays {
    /// The years that match.
    pub(in crate::trigger) years: Years,
    /// The months that match, bits 1 to 12.
    pub(in crate::trigger) months: u16,
    /// The ISO weeks that match, bits 1 to 53; `None` for all.
    pub(in crate::trigger) weeks: Option<u64>,
    /// The days that match, by the weekday of the first (0 is Monday) and the length less 28.
    pub(in crate::trigger) shapes: [[u32; 4]; 7],
}

impl CronDays {
    pub(super) fn mask(&self, month: Month, first: i32) -> u32 {
        if self.months >> month.number() & 1 == 0 || !self.years.contains(month.year()) {
            return 0;
        }
        let weekday = super::civil::weekday(first);
        let mask = self.shapes[weekday as usize][month.len() as usize - 28];
        match self.weeks {
            Some(weeks) if mask != 0 => mask & days_in_weeks(weeks, month, first, weekday),
            _ => mask,
        }
    }

    pub(super) fn seek(&self, month: Month) -> Option<Month> {
        let (mut year, mut number) = (month.year(), month.number());
        if year < FIRST_YEAR {
            (year, number) = (FIRST_YEAR, 1);
        }
        while year <= LAST_YEAR {
            let rest = self.months >> number << number;
            if rest != 0 && self.years.contains(year) {
                return Some(Month::new(year, rest.trailing_zeros()));
            }
            (year, number) = (year + 1, 1);
        }
        None
    }

    pub(super) fn seek_back(&self, month: Month) -> Option<Month> {
        let (mut year, mut number) = (month.year(), month.number());
        if year > LAST_YEAR {
            (year, number) = (LAST_YEAR, 12);
        }
        while year >= FIRST_YEAR {
            let rest = self.months & ((2 << number) - 1);
            if rest != 0 && self.years.contains(year) {
                return Some(Month::new(year, 15 - rest.leading_zeros()));
            }
            (year, number) = (year - 1, 12);
        }
        None
    }

    pub(super) fn reach(&self) -> (i32, i32) {
        let last = Month::new(LAST_YEAR, 12);
        (Month::new(FIRST_YEAR, 1).first_day(), last.first_day() + last.len() as i32 - 1)
    }
}

/// The days of a month that lie in one of `weeks`.
fn days_in_weeks(weeks: u64, month: Month, first: i32, weekday: u32) -> u32 {
    let len = month.len();
    let mut found = 0;
    let mut week = super::civil::iso_week(first);
    let (mut from, mut until) = (0, 7 - weekday);
    loop {
        if weeks >> week & 1 == 1 {
            found |= super::days::low_bits(until) & !super::days::low_bits(from);
        }
        if until >= len {
            return found & super::days::low_bits(len);
        }
        // Weeks count on by one within a year; where it ends the count is asked for anew.
        week = match month.number() {
            1 | 12 => super::civil::iso_week(first + until as i32),
            _ => week + 1,
        };
        (from, until) = (until, until + 7);
    }
}

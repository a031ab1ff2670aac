//! The days of a calendar trigger: one start, steps of months and of days.

use super::civil::{Date, LAST_DAY, Month, day_of};

/// The occurrences: number k is the start moved by k·months, left out when that month has no such
/// day, and then moved by k·days.
///
/// Where that day is left out the count goes on, so occurrence k never depends on another: any
/// stretch of days is answered by arithmetic on k, however far from the start it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::trigger) struct CalendarDays {
    start: i32,
    start_month: Month,
    /// The day of the month on which the start lies, from 0.
    index: u32,
    last: i32,
    step: Step,
}

/// How far it is from one occurrence to the next. Kinds apart, because the first two are met in
/// practice and have closed forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Months(i64),
    Days(i64),
    Both { months: i64, days: i64 },
}

impl CalendarDays {
    /// Occurrences from the day `start` on, none after `last`. Not both steps may be 0.
    pub(in crate::trigger) fn new(start: i32, months: i64, days: i64, last: i32) -> Self {
        let (start_month, index) = Month::of(start);
        let step = match (months, days) {
            (months, 0) => Step::Months(months),
            (0, days) => Step::Days(days),
            (months, days) => Step::Both { months, days },
        };
        Self { start, start_month, index, last: last.min(LAST_DAY), step }
    }

    pub(super) fn reach(&self) -> (i32, i32) {
        (self.start, self.last)
    }

    /// The period of the days and the first of them, where they are evenly spaced.
    pub(super) fn even(&self) -> Option<(i64, i32)> {
        match self.step {
            Step::Days(days) => Some((days, self.start)),
            Step::Months(_) | Step::Both { .. } => None,
        }
    }

    pub(super) fn mask(&self, month: Month, first: i32) -> u32 {
        let len = month.len();
        let end = first + len as i32 - 1;
        if end < self.start || first > self.last {
            return 0;
        }
        let mask = match self.step {
            Step::Months(step) => {
                let apart = i64::from(month.0 - self.start_month.0);
                let hit = apart % step == 0 && self.index < len;
                u32::from(hit) << (self.index & 31)
            }
            Step::Days(step) => {
                let skipped = i64::from(self.start.max(first) - self.start);
                let mut bit = i64::from(self.start - first) + ceil_div(skipped, step) * step;
                let mut mask = 0;
                while bit < i64::from(len) {
                    mask |= 1 << bit;
                    bit += step;
                }
                mask
            }
            Step::Both { .. } => {
                let mut k = self.number_at_or_after(first);
                let mut mask = 0;
                while let Some((day, exists)) = self.occurrence(k)
                    && day <= end
                {
                    mask |= u32::from(exists) << (day - first);
                    k += 1;
                }
                mask
            }
        };
        if end > self.last {
            return mask & super::days::low_bits((self.last - first + 1) as u32);
        }
        mask
    }

    pub(super) fn seek(&self, month: Month) -> Option<Month> {
        let from = month.max(self.start_month);
        let found = match self.step {
            Step::Months(step) => {
                let k = ceil_div(i64::from(from.0 - self.start_month.0), step);
                month_at(i64::from(self.start_month.0) + k * step)?
            }
            Step::Days(step) if step < 28 => from,
            Step::Days(_) | Step::Both { .. } => {
                let first = from.first_day().max(self.start);
                Month::of(self.occurrence(self.number_at_or_after(first))?.0).0
            }
        };
        (found.first_day() <= self.last).then_some(found)
    }

    pub(super) fn seek_back(&self, month: Month) -> Option<Month> {
        let from = month.min(Month::of(self.last.max(self.start)).0);
        if from < self.start_month {
            return None;
        }
        Some(match self.step {
            Step::Months(step) => {
                let k = i64::from(from.0 - self.start_month.0) / step;
                month_at(i64::from(self.start_month.0) + k * step)?
            }
            Step::Days(step) if step < 28 => from,
            Step::Days(_) | Step::Both { .. } => {
                let end = from.first_day() + from.len() as i32;
                let k = self.number_at_or_after(end) - 1;
                Month::of(self.occurrence(k)?.0).0
            }
        })
    }

    /// How many occurrences lie from `from` to `until`, where a formula says it.
    pub(super) fn count(&self, from: i32, until: i32) -> Option<u64> {
        let (step, _) = self.even()?;
        let (from, until) = (from.max(self.start), until.min(self.last));
        if from > until {
            return Some(0);
        }
        let before = ceil_div(i64::from(from - self.start), step);
        let through = i64::from(until - self.start) / step + 1;
        Some((through - before) as u64)
    }

    /// The day of occurrence `k`, and whether its month has it; where not, the day is the one
    /// counted on from the month's end. `None` past the calendar's last day.
    fn occurrence(&self, k: i64) -> Option<(i32, bool)> {
        let (months, days) = match self.step {
            Step::Months(months) => (months, 0),
            Step::Days(days) => (0, days),
            Step::Both { months, days } => (months, days),
        };
        let month = month_at(i64::from(self.start_month.0) + k.checked_mul(months)?)?;
        let day = i64::from(month.first_day()) + i64::from(self.index) + k.checked_mul(days)?;
        let day = i32::try_from(day).ok().filter(|day| *day <= LAST_DAY)?;
        Some((day, self.index < month.len()))
    }

    /// The smallest k whose day is not before `day`.
    fn number_at_or_after(&self, day: i32) -> i64 {
        let apart = i64::from(day) - i64::from(self.start);
        if apart <= 0 {
            return 0;
        }
        match self.step {
            Step::Days(days) => ceil_div(apart, days),
            Step::Months(months) | Step::Both { months, .. } => {
                let days = if let Step::Both { days, .. } = self.step { days } else { 0 };
                // The mean month is 146,097/4,800 days. Real ones stray from it by less than four
                // days, a step is longer than that, so the estimate is at most one too high.
                let step = months.saturating_mul(146_097).saturating_add(days.saturating_mul(4800));
                let mut k = (apart * 4800 / step - 1).max(0);
                while self.occurrence(k).is_some_and(|(found, _)| found < day) {
                    k += 1;
                }
                k
            }
        }
    }
}

fn month_at(index: i64) -> Option<Month> {
    let last = Date::of(LAST_DAY);
    let last = Month::new(last.year, last.month);
    i32::try_from(index).ok().map(Month).filter(|month| *month <= last)
}

fn ceil_div(value: i64, by: i64) -> i64 {
    value / by + i64::from(value % by > 0)
}

/// The day of a date that may not exist.
pub(in crate::trigger) fn checked_day(year: i32, month: u32, day: u32) -> Option<i32> {
    let exists = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=Month::new(year, month).len()).contains(&day);
    exists.then(|| day_of(year, month, day))
}

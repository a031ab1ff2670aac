//! The days of a calendar trigger: one start, steps of months and of days.

use super::beat::gcd;
use super::civil::{LAST_DAY, LAST_MONTH, Month, day_of};

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
    last_month: Month,
    step: Step,
}

/// How far it is from one occurrence to the next. Kinds apart, because the first two are met in
/// practice and have closed forms. Steps beyond the end of time are cut to [`MAX_STEP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Months(i32),
    Days(i32),
    Both {
        months: i32,
        days: i32,
        /// 2³² divided by the mean number of days: an estimate of k without a division.
        inverse: i64,
    },
}

/// Longer than from the first day to the last, in days or months.
const MAX_STEP: i64 = 4_000_000;
/// The calendar's cycle: 400 years.
const CYCLE_MONTHS: i32 = 4_800;
const CYCLE_DAYS: i32 = 146_097;

impl CalendarDays {
    /// Occurrences from the day `start` on, none after `last`. Not both steps may be 0.
    pub(in crate::trigger) fn new(start: i32, months: i64, days: i64, last: i32) -> Self {
        let (start_month, index) = Month::of(start);
        let step = match (months.min(MAX_STEP) as i32, days.min(MAX_STEP) as i32) {
            (months, 0) => Step::Months(months),
            (0, days) => Step::Days(days),
            (months, days) => {
                let cycle = i64::from(CYCLE_MONTHS);
                let mean = i64::from(months) * i64::from(CYCLE_DAYS) + i64::from(days) * cycle;
                Step::Both { months, days, inverse: (cycle << 32) / mean }
            }
        };
        let last = last.min(LAST_DAY);
        Self { start, start_month, index, last, last_month: Month::of(last).0, step }
    }

    pub(super) fn reach(&self) -> (i32, i32) {
        (self.start, self.last)
    }

    /// After how many cycles of 400 years the days repeat, where they do.
    pub(super) fn cycles(&self) -> Option<i64> {
        let repeat = |step: i32, cycle: i32| {
            let (step, cycle) = (i64::from(step), i64::from(cycle));
            step / gcd(step, cycle)
        };
        match self.step {
            Step::Months(months) => Some(repeat(months, CYCLE_MONTHS)),
            Step::Days(days) => Some(repeat(days, CYCLE_DAYS)),
            Step::Both { .. } => None,
        }
    }

    /// What a month of it costs, in nanoseconds.
    pub(super) fn cost_of_month(&self) -> u64 {
        match self.step {
            Step::Months(_) => 4,
            Step::Days(_) => 8,
            Step::Both { .. } => 20,
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
                let hit = (month.0 - self.start_month.0) % step == 0 && self.index < len;
                u32::from(hit) << (self.index & 31)
            }
            Step::Days(1) if first >= self.start => u32::MAX >> (32 - len),
            Step::Days(step) => {
                let skipped = ceil_div((first - self.start).max(0), step);
                evenly(self.start - first + skipped * step, step, len)
            }
            Step::Both { months, days, .. } => {
                let mut k = self.number_at_or_after(first);
                let mut mask = 0;
                while let Some((day, exists)) = self.occurrence(k)
                    && day <= end
                {
                    mask |= u32::from(exists) << (day - first);
                    if least_step(months, days) > end - day {
                        break;
                    }
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
            Step::Months(1) => from,
            Step::Months(step) => {
                let k = ceil_div(from.0 - self.start_month.0, step);
                Month(self.start_month.0 + k * step)
            }
            _ if !self.leaps() => from,
            Step::Days(_) | Step::Both { .. } => {
                let first = from.first_day().max(self.start);
                Month::of(self.occurrence(self.number_at_or_after(first))?.0).0
            }
        };
        (found <= self.last_month).then_some(found)
    }

    pub(super) fn seek_back(&self, month: Month) -> Option<Month> {
        let from = month.min(self.last_month);
        if from < self.start_month {
            return None;
        }
        Some(match self.step {
            Step::Months(step) => {
                let k = (from.0 - self.start_month.0) / step;
                Month(self.start_month.0 + k * step)
            }
            _ if !self.leaps() => from,
            Step::Days(_) | Step::Both { .. } => {
                let end = from.first_day() + from.len() as i32;
                let k = self.number_at_or_after(end) - 1;
                Month::of(self.occurrence(k)?.0).0
            }
        })
    }

    /// Whether steps are so long that it pays to look for the next month with an occurrence.
    fn leaps(&self) -> bool {
        match self.step {
            Step::Months(step) => step > 1,
            Step::Days(step) => step > 150,
            Step::Both { months, days, .. } => months > 4 || days > 150,
        }
    }

    /// How many occurrences lie from `from` to `until`, where a formula says it.
    pub(super) fn count(&self, from: i32, until: i32) -> Option<u64> {
        let Step::Days(step) = self.step else { return None };
        let (from, until) = (from.max(self.start), until.min(self.last));
        if from > until {
            return Some(0);
        }
        let before = ceil_div(from - self.start, step);
        let through = (until - self.start) / step + 1;
        Some((through - before) as u64)
    }

    /// The day of occurrence `k`, and whether its month has it; where not, the day is the one
    /// counted on from the month's end. `None` past the calendar's last day.
    fn occurrence(&self, k: i32) -> Option<(i32, bool)> {
        let (months, days) = match self.step {
            Step::Months(months) => (months, 0),
            Step::Days(days) => (0, days),
            Step::Both { months, days, .. } => (months, days),
        };
        let month = i64::from(self.start_month.0) + i64::from(k) * i64::from(months);
        let days = i64::from(k) * i64::from(days);
        if month > i64::from(LAST_MONTH.0) || days > i64::from(LAST_DAY - self.start) {
            return None;
        }
        let month = Month(month as i32);
        let day = month.first_day() + self.index as i32 + days as i32;
        (day <= LAST_DAY).then(|| (day, self.index < month.len()))
    }

    /// The smallest k whose day is not before `day`.
    fn number_at_or_after(&self, day: i32) -> i32 {
        let apart = day - self.start;
        if apart <= 0 {
            return 0;
        }
        match self.step {
            Step::Days(days) => ceil_div(apart, days),
            Step::Months(months) => {
                let (month, index) = Month::of(day);
                let whole = month.0 - self.start_month.0 + i32::from(index > self.index);
                ceil_div(whole, months)
            }
            Step::Both { months, days, inverse } => {
                // Real months stray from the mean by a few days and a step is four weeks at least,
                // so the estimate is at most one off.
                let mut k = ((i64::from(apart) * inverse) >> 32) as i32;
                match self.occurrence(k) {
                    Some((found, _)) if found < day => k += 1,
                    Some((found, _)) if found - day < least_step(months, days) => return k,
                    _ => {}
                }
                while k > 0 && self.occurrence(k - 1).is_none_or(|(found, _)| found >= day) {
                    k -= 1;
                }
                while self.occurrence(k).is_some_and(|(found, _)| found < day) {
                    k += 1;
                }
                k
            }
        }
    }
}

/// The fewest days that an occurrence comes after the one before.
fn least_step(months: i32, days: i32) -> i32 {
    months.saturating_mul(28).saturating_add(days)
}

/// Bits `first`, `first` + `step`, … below `len`. `first` is not negative.
pub(super) fn evenly(first: i32, step: i32, len: u32) -> u32 {
    let (mut bit, mut mask) = (first, 0);
    while bit < len as i32 {
        mask |= 1 << bit;
        bit += step;
    }
    mask
}

fn ceil_div(value: i32, by: i32) -> i32 {
    value / by + i32::from(value % by > 0)
}

/// The day of a date that may not exist.
pub(in crate::trigger) fn checked_day(year: i32, month: u32, day: u32) -> Option<i32> {
    let exists = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=Month::new(year, month).len()).contains(&day);
    exists.then(|| day_of(year, month, day))
}

#[cfg(test)]
mod tests {
    use super::super::days::{Days, Way};
    use super::*;

    /// The occurrences by the rule itself: k times the months, left out where there is no such
    /// day, then k times the days.
    fn occurrences(start: i32, months: i32, days: i32, last: i32) -> Vec<i32> {
        let (month, index) = Month::of(start);
        (0..)
            .map(|k| (Month(month.0 + k * months), k * days))
            .take_while(|(month, days)| month.first_day() + days <= last)
            .filter(|(month, _)| index < month.len())
            .map(|(month, days)| month.first_day() + index as i32 + days)
            .filter(|day| *day <= last)
            .collect()
    }

    #[test]
    fn every_answer_agrees_with_a_list_of_the_occurrences() {
        let steps = [
            (1, 0),
            (2, 0),
            (12, 0),
            (48, 0),
            (1200, 0),
            (0, 1),
            (0, 7),
            (0, 29),
            (0, 45),
            (0, 151),
            (0, 1461),
            (1, 1),
            (1, 30),
            (3, 1),
            (5, 3),
            (12, 200),
            (1, 400),
        ];
        for start in [day_of(2023, 12, 31), day_of(1896, 2, 29), day_of(2000, 1, 30)] {
            for (months, days) in steps {
                let last = start + 40_000;
                let list = occurrences(start, months, days, last);
                let calendar = CalendarDays::new(start, months.into(), days.into(), last);
                let calendar = Days::Calendar(calendar);
                let step = format!("{months} months and {days} days from {:?}", Month::of(start));
                for day in (start - 70..last + 70).step_by(173) {
                    let at = list.partition_point(|other| *other < day);
                    let (next, past) = (list.get(at).copied(), list[..at].last().copied());
                    assert_eq!(calendar.next(day, last + 400), next, "{step}, {day}");
                    assert_eq!(calendar.previous(day - 1, start - 400), past, "{step}, {day}");
                    let (month, _) = Month::of(day);
                    let first = month.first_day();
                    let count = list[..at].iter().filter(|other| **other >= first).count() as u64;
                    assert_eq!(calendar.count(first, day - 1), count, "{step}, {day}");
                    let mask = list
                        .iter()
                        .filter(|other| Month::of(**other).0 == month)
                        .fold(0, |mask, day| mask | 1 << (day - first));
                    assert_eq!(calendar.mask(month, first), mask, "{step}, {month:?}");
                    for way in [Way::Forward, Way::Back] {
                        let sought = calendar.seek(month, way);
                        let months = list.iter().map(|day| Month::of(*day).0);
                        let passed_none = match way {
                            Way::Forward => {
                                months.filter(|other| *other >= month).min().is_none_or(|nearest| {
                                    sought.is_some_and(|sought| sought <= nearest)
                                })
                            }
                            Way::Back => {
                                months.filter(|other| *other <= month).max().is_none_or(|nearest| {
                                    sought.is_some_and(|sought| sought >= nearest)
                                })
                            }
                        };
                        assert!(passed_none, "{step}, {month:?} {way:?} {sought:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_largest_steps_occur_once() {
        for (months, days) in [(i64::MAX / 2, 0), (0, i64::MAX / 2), (i64::MAX / 2, i64::MAX / 2)] {
            let start = day_of(1, 1, 31);
            let calendar = CalendarDays::new(start, months, days, LAST_DAY);
            let calendar = Days::Calendar(calendar);
            assert_eq!(calendar.next(start, LAST_DAY), Some(start));
            assert_eq!(calendar.next(start + 1, LAST_DAY), None);
            assert_eq!(calendar.previous(LAST_DAY, start), Some(start));
            assert_eq!(calendar.count(start, LAST_DAY), 1);
        }
    }
}

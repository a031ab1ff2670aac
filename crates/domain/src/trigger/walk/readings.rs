//! Readings of a clock on a wall: days that match times a time of the day that matches.
//!
//! A reading is a count of seconds since 1970-01-01 00:00:00 on that clock. No zone is known
//! here; [`Zoned`](super::zoned::Zoned) maps readings to instants.

use super::civil::DAY;
use super::days::Days;
use super::time_of_day::TimeOfDay;

/// How many days are looked at for the shortest distance between two.
const DAYS_LOOKED_AT: usize = 800;

/// The readings at which a trigger may fire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::trigger) struct Readings {
    /// On which days.
    pub(in crate::trigger) days: Days,
    /// At which times of such a day.
    pub(in crate::trigger) time: TimeOfDay,
}

impl Readings {
    /// Whether `reading` matches.
    pub(super) fn contains(&self, reading: i64) -> bool {
        let (day, second) = split(reading);
        self.time.contains(second) && self.days.has(day)
    }

    /// The first match in `from..until`.
    pub(in crate::trigger) fn next(&self, from: i64, until: i64) -> Option<i64> {
        let (from, until) = self.clamp(from, until)?;
        let (today, second) = split(from);
        let rest = self.time.next(second);
        let first = if rest.is_some() { today } else { today + 1 };
        let (last, end) = split(until - 1);
        if last == today && rest.is_none_or(|second| second > end) {
            return None;
        }
        let day = self.days.next(first, last)?;
        let second = rest.filter(|_| day == today).unwrap_or_else(|| self.time.first());
        Some(join(day, second)).filter(|reading| *reading < until)
    }

    /// The last match in `from..until`.
    pub(in crate::trigger) fn previous(&self, from: i64, until: i64) -> Option<i64> {
        let (from, until) = self.clamp(from, until)?;
        let (today, second) = split(until - 1);
        let rest = self.time.previous(second);
        let last = if rest.is_some() { today } else { today - 1 };
        let day = self.days.previous(last, split(from).0)?;
        let second = rest.filter(|_| day == today).unwrap_or_else(|| self.time.last());
        Some(join(day, second)).filter(|reading| *reading >= from)
    }

    /// How many matches lie in `from..until`.
    pub(super) fn count(&self, from: i64, until: i64) -> u64 {
        let Some((from, until)) = self.clamp(from, until) else { return 0 };
        let (first_day, first) = split(from);
        let (last_day, end) = split(until);
        let before = |second| u64::from(self.time.count_before(second));
        let on = |day| u64::from(self.days.has(day));
        if first_day == last_day {
            return on(first_day) * (before(end) - before(first));
        }
        let whole = self.days.count(first_day + 1, last_day - 1) * u64::from(self.time.len());
        on(first_day) * (before(DAY as u32) - before(first)) + whole + on(last_day) * before(end)
    }

    /// The shortest time between two matches from `from` on, in seconds; `None` where there is but
    /// one. Which days match is looked at up to [`DAYS_LOOKED_AT`] of them: every pattern of a week,
    /// a month or a year shows in them.
    pub(super) fn spacing(&self, from: i64) -> Option<i64> {
        let (_, last) = self.days.reach();
        let mut day = self.days.next(split(from).0, last)?;
        let mut days: Option<i32> = None;
        for _ in 0..DAYS_LOOKED_AT {
            let Some(next) = self.days.next(day + 1, last) else { break };
            days = Some(days.map_or(next - day, |least| least.min(next - day)));
            if days == Some(1) {
                break;
            }
            day = next;
        }
        let night = i64::from(self.time.last() - self.time.first());
        let across = days.map(|days| i64::from(days) * DAY - night);
        self.time.spacing().map(i64::from).into_iter().chain(across).min()
    }

    /// The part of `from..until` that the days reach; `None` where there is none.
    fn clamp(&self, from: i64, until: i64) -> Option<(i64, i64)> {
        let (first, last) = self.days.reach();
        let from = from.max(join(first, 0));
        let until = until.min(join(last + 1, 0));
        (from < until).then_some((from, until))
    }
}

/// The day of a reading, and its seconds since midnight.
pub(super) fn split(reading: i64) -> (i32, u32) {
    (reading.div_euclid(DAY) as i32, reading.rem_euclid(DAY) as u32)
}

/// The reading `second` after midnight of `day`.
pub(super) fn join(day: i32, second: u32) -> i64 {
    i64::from(day) * DAY + i64::from(second)
}

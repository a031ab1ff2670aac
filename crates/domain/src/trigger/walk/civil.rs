//! Days of the proleptic Gregorian calendar, as numbers.
//!
//! A day is counted from 1970-01-01, a month from January of year 0. The walk over years of days
//! steps by these integers; `jiff`'s own dates answer the same questions with checks on each step
//! that a walk bounded from outside does not need. Tests hold the two against each other.

/// Seconds in a civil day without a clock change.
pub(super) const DAY: i64 = 86_400;

/// 0001-01-01, the first day that a calendar trigger may name.
#[cfg(test)]
pub(super) const FIRST_DAY: i32 = -719_162;
/// 9999-12-31, the last one.
pub(in crate::trigger) const LAST_DAY: i32 = 2_932_896;

/// The month of the last day.
pub(super) const LAST_MONTH: Month = Month::new(9999, 12);

/// A month, counted from January of year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(pub(super) i32);

impl Month {
    /// The month `month` (1 to 12) of `year`.
    pub(super) const fn new(year: i32, month: u32) -> Self {
        Self(year * 12 + month as i32 - 1)
    }

    /// The month that `day` lies in, and which day of it that is, from 0.
    pub(super) const fn of(day: i32) -> (Self, u32) {
        let date = Date::of(day);
        (Self::new(date.year, date.month), date.day - 1)
    }

    /// The year.
    pub(super) const fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// 1 to 12.
    pub(super) const fn number(self) -> u32 {
        self.0.rem_euclid(12) as u32 + 1
    }

    /// Its first day.
    pub(super) const fn first_day(self) -> i32 {
        day_of(self.year(), self.number(), 1)
    }

    /// How many days it has.
    pub(super) const fn len(self) -> u32 {
        match self.number() {
            2 if leap(self.year()) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// The month after this one.
    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The month before this one.
    pub(super) const fn previous(self) -> Self {
        Self(self.0 - 1)
    }
}

/// A day by its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    /// The calendar year.
    pub(super) year: i32,
    /// 1 to 12.
    pub(super) month: u32,
    /// 1 to 31.
    pub(super) day: u32,
}

impl Date {
    /// The names of `day`. The calendar's cycle of 400 years is walked from 1 March, so that the
    /// leap day ends a year.
    pub(super) const fn of(day: i32) -> Self {
        let shifted = day + 719_468;
        let era = shifted.div_euclid(146_097);
        let in_era = shifted.rem_euclid(146_097);
        let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * in_year + 2) / 153;
        let day = in_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + (month <= 2) as i32;
        Self { year, month: month as u32, day: day as u32 }
    }
}

/// The number of the day `day` of `month` in `year`.
pub(super) const fn day_of(year: i32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let in_year = (153 * from_march as i32 + 2) / 5 + day as i32 - 1;
    let in_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + in_year;
    era * 146_097 + in_era - 719_468
}

/// The weekday of `day`: 0 is Monday.
pub(super) const fn weekday(day: i32) -> u32 {
    (day + 3).rem_euclid(7) as u32
}

/// The number of the ISO week that `day` lies in: that of its Thursday within its year.
pub(super) const fn iso_week(day: i32) -> u32 {
    let thursday = day - weekday(day) as i32 + 3;
    let first = day_of(Date::of(thursday).year, 1, 1);
    ((thursday - first) / 7 + 1) as u32
}

const fn leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_ten_millennia_agrees_with_jiff() {
        let mut date = jiff::civil::date(1, 1, 1);
        for day in FIRST_DAY..=LAST_DAY {
            let ours = Date::of(day);
            let theirs = (i32::from(date.year()), date.month() as u32, date.day() as u32);
            assert_eq!((ours.year, ours.month, ours.day), theirs);
            assert_eq!(day_of(ours.year, ours.month, ours.day), day);
            assert_eq!(weekday(day), date.weekday().to_monday_zero_offset() as u32);
            assert_eq!(iso_week(day), date.iso_week_date().week() as u32, "{date}");
            let (month, index) = Month::of(day);
            assert_eq!(month.len(), date.days_in_month() as u32);
            assert_eq!(month.first_day() + index as i32, day);
            if day < LAST_DAY {
                date = date.tomorrow().expect("not the last day");
            }
        }
        assert_eq!(date, jiff::civil::Date::MAX);
    }
}

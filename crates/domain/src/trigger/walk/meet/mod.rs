//! The instants that several triggers have in common.
//!
//! Asking each trigger in turn for its next fire time, until all agree, is right and may take for
//! ever: the odd seconds and the even ones disagree four thousand million times before 2099. So the
//! search goes by structure. Between two changes of anybody's clocks, what the triggers have in
//! common is a set of times, the same every day ([`parts`]), on a set of days, found by joining
//! words of a month. If there are no such times the whole stretch is passed over at once.
//!
//! Elapsed time joins in by one of three ways, whichever leaves the least to try: on a single time
//! of the day it selects evenly spaced days, which is one more set of days; a beat slower than a day
//! is walked beat by beat; a faster one hits the times of a day in a pattern that depends on its
//! phase alone, so each phase is tried once.

mod cost;
mod days;
mod hits;
mod parts;
mod period;
mod search;
mod times;

use std::sync::Arc;

use super::beat::Beat;
use super::zoned::Zoned;
pub(in crate::trigger) use parts::MAX_LEAVES;
use period::Period;
pub(in crate::trigger) use search::Search;
use times::Minutes;

/// What cron and calendar triggers, and perhaps an interval, have in common. In seconds.
#[derive(Clone, Debug)]
pub(in crate::trigger) struct Meet {
    leaves: Vec<Leaf>,
    beat: Option<Beat>,
    period: Option<Period>,
}

/// One of the triggers that meet.
#[derive(Clone, Debug)]
struct Leaf {
    zoned: Arc<Zoned>,
    minutes: Minutes,
}

impl Meet {
    /// The meeting of one to [`MAX_LEAVES`] triggers with a beat.
    pub(in crate::trigger) fn new(mut zoned: Vec<Arc<Zoned>>, beat: Option<Beat>) -> Self {
        // The first one's day is what is divided, so the one with the fewest times leads.
        zoned.sort_by_key(|zoned| zoned.readings.time.len());
        let leaf = |zoned: Arc<Zoned>| {
            let minutes = Minutes::of(&zoned.readings.time);
            Leaf { zoned, minutes }
        };
        let period = Period::of(&zoned, beat);
        Self { leaves: zoned.into_iter().map(leaf).collect(), beat, period }
    }

    /// Whether all fire at `at`.
    pub(in crate::trigger) fn contains(&self, at: i64) -> bool {
        self.beat.is_none_or(|beat| beat.contains(at))
            && self.leaves.iter().all(|leaf| leaf.zoned.contains(at))
    }

    /// Whether all fire at `at` by their own readings, none for one that was left out before it.
    fn contains_reading(&self, at: i64) -> bool {
        self.beat.is_none_or(|beat| beat.contains(at))
            && self.leaves.iter().all(|leaf| leaf.zoned.contains_reading(at))
    }

    /// The part of `from..=until` in which they may fire at all.
    fn clamp(&self, from: i64, until: i64) -> Option<(i64, i64)> {
        let from = self.beat.map_or(Some(from), |beat| beat.next(from))?;
        self.leaves
            .iter()
            .try_fold((from, until), |(from, until), leaf| leaf.zoned.clamp(from, until))
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar_days::CalendarDays;
    use super::super::civil::{LAST_DAY, day_of};
    use super::super::days::Days;
    use super::super::readings::Readings;
    use super::super::time_of_day::TimeOfDay;
    use super::super::zone::{CYCLE, CYCLE_START, Zone};
    use super::super::zoned::Elapsed;
    use super::*;
    use crate::trigger::{Fold, Gap};

    fn calendar(start: i32, months: i64, days: i64, hour: u32, zone: &str) -> Arc<Zoned> {
        Arc::new(Zoned {
            readings: Readings {
                days: Days::Calendar(CalendarDays::new(start, months, days, LAST_DAY)),
                time: TimeOfDay::at(hour * 3600 + 1800),
            },
            zone: Zone::get(zone).expect("a zone"),
            elapsed: Elapsed::Hours(0),
            gap: Gap::Next,
            fold: Fold::First,
        })
    }

    #[test]
    fn what_a_period_lets_a_search_leave_out_is_not_there() {
        let zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];
        let (start, end) = (CYCLE_START - 10 * 86_400, CYCLE_START + 19 * CYCLE);
        let (mut with_period, mut met) = (0, 0);
        for case in 0_i32..120 {
            let zone = |by: i32| zones[((case + by) / 3 % 4) as usize];
            let days = |by: i32| i64::from((case * 7 + by * 5) % 11);
            let one = calendar(day_of(2000, 1, 1 + case as u32 % 31), 0, days(0) + 1, 2, zone(0));
            let other = match case % 3 {
                0 => {
                    calendar(day_of(2023, 3, 29 + case as u32 % 3), days(1) % 3 + 1, 0, 2, zone(1))
                }
                1 => calendar(day_of(2150, 1, 3), 0, days(2) + 2, 3, zone(0)),
                _ => calendar(day_of(1999, 12, 30), 0, days(3) + 1, 20, zone(5)),
            };
            let every = [7, 59, 86_400, 604_800, 3_600][case as usize % 5];
            let beat = (case % 4 == 0).then_some(Beat { anchor: CYCLE_START + 1800, every });
            let short = Meet::new(vec![one, other], beat);
            let long = Meet { period: None, ..short.clone() };
            with_period += u32::from(short.period.is_some());
            for at in (0..19)
                .step_by(3)
                .map(|cycle| start + cycle * CYCLE + i64::from(case) * 86_400 * 97)
            {
                let found = Search::new(&long).next(at, end);
                met += u32::from(found.is_some());
                assert_eq!(Search::new(&short).next(at, end), found, "case {case}, {at}");
                let found = Search::new(&long).previous(start, at);
                assert_eq!(Search::new(&short).previous(start, at), found, "case {case}, {at}");
                if case % 16 == 0 {
                    let count = Search::new(&long).count(start, at, u64::MAX);
                    assert_eq!(Search::new(&short).count(start, at, u64::MAX), count, "{case}");
                }
            }
        }
        assert!(with_period > 30 && met > 200, "{with_period} {met}");
    }
}

//! What changes of a zone's clocks do to the fire times of one trigger.

use super::zone::Stretch;
use super::zoned::Zoned;
use crate::trigger::{Fold, Gap};

/// A change of the clocks that leaves out or repeats readings of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) struct Change {
    /// The first instant after it, in seconds.
    pub(in crate::trigger) at: i64,
    /// What the clocks show at that instant.
    pub(in crate::trigger) shown: i64,
    /// The readings `from..until` are left out, or repeated.
    pub(in crate::trigger) from: i64,
    /// See `from`.
    pub(in crate::trigger) until: i64,
    /// What the trigger does.
    pub(in crate::trigger) effect: Effect,
}

/// What a trigger does at a change of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) enum Effect {
    /// What was left out fires at the first instant after it.
    Moved,
    /// What was left out does not fire.
    Dropped,
    /// What is repeated fires in the first pass.
    First,
    /// What is repeated fires in the second pass.
    Last,
    /// What is repeated fires in both.
    Both,
}

impl Effect {
    /// Whether readings were left out, not repeated.
    pub(in crate::trigger) fn is_gap(self) -> bool {
        matches!(self, Self::Moved | Self::Dropped)
    }
}

impl Zoned {
    /// The changes after `after` and not after `until`, in order, that leave out or repeat readings
    /// at which this trigger would fire. Left out is also what nobody would notice: every quarter
    /// of an hour is every quarter of an hour, whatever the clocks show.
    pub(in crate::trigger) fn changes(
        &self,
        after: i64,
        until: i64,
    ) -> impl Iterator<Item = Change> {
        let bounds = self.clamp(after + 1, until);
        let first = bounds.map_or(0, |(from, _)| self.zone.index(from - 1) + 1);
        (first..)
            .map(|index| self.zone.stretch(index))
            .take_while(move |stretch| bounds.is_some_and(|(_, until)| stretch.start <= until))
            .filter_map(|stretch| self.change(&stretch))
    }

    /// The change that a stretch begins with.
    fn change(&self, stretch: &Stretch) -> Option<Change> {
        let (old, new) = (stretch.start + stretch.before, stretch.start + stretch.offset);
        let (from, until) = (old.min(new), old.max(new));
        self.readings.next(from, until)?;
        let fixed = self.is_fixed(from, until);
        if !fixed && self.readings.time.repeats_after(until - from) {
            return None;
        }
        let effect = match (old < new, fixed) {
            (true, true) if self.gap == Gap::Next => Effect::Moved,
            (true, _) => Effect::Dropped,
            (false, false) => Effect::Both,
            (false, true) => match self.fold {
                Fold::First => Effect::First,
                Fold::Last => Effect::Last,
                Fold::Both => Effect::Both,
            },
        };
        Some(Change { at: stretch.start, shown: new, from, until, effect })
    }
}

#[cfg(test)]
mod tests {
    use super::super::days::Days;
    use super::super::readings::Readings;
    use super::super::time_of_day::TimeOfDay;
    use super::super::zone::Zone;
    use super::super::zoned::Elapsed;
    use super::*;
    use crate::trigger::walk::calendar_days::CalendarDays;
    use crate::trigger::walk::civil::{LAST_DAY, day_of};

    fn daily(zone: &str, time: TimeOfDay, elapsed: Elapsed, gap: Gap, fold: Fold) -> Zoned {
        let days = Days::Calendar(CalendarDays::new(day_of(1990, 1, 1), 0, 1, LAST_DAY));
        let zone = Zone::get(zone).expect("a zone");
        Zoned { readings: Readings { days, time }, zone, elapsed, gap, fold }
    }

    /// The instants at which clocks that are `offset` ahead show the readings of `change`.
    fn pass(zoned: &Zoned, change: &Change, offset: i64) -> Vec<i64> {
        (change.from..change.until)
            .filter(|reading| zoned.readings.contains(*reading))
            .map(|reading| reading - offset)
            .collect()
    }

    #[test]
    fn what_is_said_of_a_change_is_what_fires() {
        let zones = ["America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Pyongyang"];
        let night = TimeOfDay { hours: 0b1111, minutes: 1 | 1 << 15 | 1 << 50, seconds: 1 };
        let noon = TimeOfDay { hours: 1 << 12, ..night };
        let until = i64::from(day_of(2030, 1, 1)) * 86_400;
        let mut seen = std::collections::BTreeMap::new();
        for zone in zones {
            for (gap, fold) in
                [(Gap::Next, Fold::First), (Gap::Skip, Fold::Last), (Gap::Next, Fold::Both)]
            {
                for elapsed in [Elapsed::Always, Elapsed::Hours(0), Elapsed::Hours(0b100)] {
                    for time in [night, noon, TimeOfDay { hours: 1 << 23, ..night }] {
                        let zoned = daily(zone, time, elapsed, gap, fold);
                        for change in zoned.changes(0, until) {
                            let (new, old) =
                                (change.shown - change.at, offset_before(&zoned, &change));
                            let fires =
                                |pass: Vec<i64>| pass.into_iter().all(|at| zoned.contains(at));
                            let rests = |pass: Vec<i64>| {
                                pass.into_iter().all(|at| !zoned.contains_reading(at))
                            };
                            let (first, second) =
                                (pass(&zoned, &change, old), pass(&zoned, &change, new));
                            assert!(!first.is_empty(), "{zone} {change:?}");
                            let right = match change.effect {
                                Effect::Moved => zoned.contains(change.at),
                                Effect::Dropped => {
                                    let own = zoned.readings.contains(change.shown);
                                    zoned.contains(change.at) == own
                                }
                                Effect::First => fires(first) && rests(second),
                                Effect::Last => rests(first) && fires(second),
                                Effect::Both => fires(first) && fires(second),
                            };
                            assert!(right, "{zone} {change:?} {zoned:?}");
                            *seen.entry(format!("{:?}", change.effect)).or_insert(0) += 1;
                        }
                    }
                }
            }
        }
        assert!(seen.len() == 5 && seen.values().all(|count| *count > 10), "{seen:?}");
    }

    fn offset_before(zoned: &Zoned, change: &Change) -> i64 {
        zoned.zone.stretch(zoned.zone.index(change.at)).before
    }

    #[test]
    fn a_change_that_leaves_every_hour_alike_is_not_mentioned() {
        let quarters =
            TimeOfDay { hours: 0xff_ffff, minutes: 1 | 1 << 15 | 1 << 30 | 1 << 45, seconds: 1 };
        let changes = |zone: &str, time| {
            let zoned = daily(zone, time, Elapsed::Always, Gap::Next, Fold::First);
            zoned.changes(1_700_000_000, 1_800_000_000).count()
        };
        assert_eq!(changes("America/New_York", quarters), 0);
        assert_eq!(changes("Australia/Lord_Howe", quarters), 0);
        assert!(changes("America/New_York", TimeOfDay { hours: 0xf, ..quarters }) > 0);
        assert!(changes("Australia/Lord_Howe", TimeOfDay { minutes: 1 << 15, ..quarters }) > 0);
    }
}

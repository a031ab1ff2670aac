//! What the clocks of a time zone did and will do, as stretches of one offset.
//!
//! `jiff` reads the zones; its answers to single questions cost more than a whole step of the walk
//! here, and it is asked for a zone's changes only once in the life of a process. From 2100 on a
//! zone follows a rule that repeats with the calendar every 400 years, so the changes of one such
//! cycle stand for all later ones and are listed only when a walk gets there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::civil::{DAY, day_of};
use super::steps;

/// Where the cycle begins: after the last instant that reads as a year of cron.
pub(super) const CYCLE_START: i64 = day_of(2100, 1, 4) as i64 * DAY;
/// 400 years of the Gregorian calendar.
pub(super) const CYCLE: i64 = 146_097 * DAY;
/// A bucket is 2 to this power seconds long, half a year: a zone changes its clocks about once in
/// each, so that a look into a bucket replaces a search among some hundred changes.
const BUCKET: u32 = 24;
/// Before every instant that is asked about.
const BEGINNING: i64 = i64::MIN / 4;
/// After every instant that is asked about.
const END: i64 = i64::MAX / 4;

/// A time zone.
#[derive(Debug)]
pub(in crate::trigger) struct Zone {
    name: String,
    tz: TimeZone,
    near: Vec<Change>,
    /// For each bucket of instants from 1970 to the cycle, the stretch that it begins in.
    buckets: Vec<usize>,
    far: OnceLock<Vec<Change>>,
}

/// From `at` on, a zone's clocks show UTC plus `offset`, in seconds.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: i64,
    offset: i64,
}

/// A stretch `start..end` of instants at which a zone's clocks show UTC plus `offset`, in seconds.
#[derive(Clone, Copy, Debug)]
pub(in crate::trigger) struct Stretch {
    pub(in crate::trigger) start: i64,
    pub(in crate::trigger) end: i64,
    pub(in crate::trigger) offset: i64,
    /// The offset before it; its own where there is none.
    pub(in crate::trigger) before: i64,
    /// The offset after it; its own where there is none.
    pub(in crate::trigger) after: i64,
}

impl Zone {
    /// The zone that the bundled database has under `name`, in any case; `None` for other names.
    pub(in crate::trigger) fn get(name: &str) -> Option<Arc<Self>> {
        // One copy of each zone serves the whole process; there are some six hundred.
        static ZONES: Mutex<BTreeMap<String, Arc<Zone>>> = Mutex::new(BTreeMap::new());
        let tz = TimeZoneDatabase::bundled().get(name).ok().filter(|tz| !tz.is_unknown())?;
        let name = tz.iana_name()?.to_owned();
        let mut zones = ZONES.lock().unwrap_or_else(PoisonError::into_inner);
        let zone = zones.entry(name.clone()).or_insert_with(|| Arc::new(Self::read(name, tz)));
        Some(Arc::clone(zone))
    }

    fn read(name: String, tz: TimeZone) -> Self {
        let first = tz.to_offset(jiff::Timestamp::MIN).seconds();
        let mut near = vec![Change { at: BEGINNING, offset: i64::from(first) }];
        extend(&mut near, &tz, jiff::Timestamp::MIN, CYCLE_START);
        let stretch_at = |at| near.partition_point(|change: &Change| change.at <= at) - 1;
        let buckets = (0..=CYCLE_START >> BUCKET).map(|number| stretch_at(number << BUCKET));
        Self { name, tz, buckets: buckets.collect(), near, far: OnceLock::new() }
    }

    /// The name as the database spells it.
    pub(in crate::trigger) fn name(&self) -> &str {
        &self.name
    }

    /// The stretch that `at` lies in, by its number.
    pub(super) fn index(&self, at: i64) -> usize {
        if (0..CYCLE_START).contains(&at) {
            let mut index = self.buckets[(at >> BUCKET) as usize];
            while self.near.get(index + 1).is_some_and(|next| next.at <= at) {
                index += 1;
            }
            return index;
        }
        if at < 0 || self.far().is_empty() {
            return self.near.partition_point(|change| change.at <= at) - 1;
        }
        let far = self.far();
        let cycle = (at - CYCLE_START) / CYCLE;
        let within = at - cycle * CYCLE;
        let passed = far.partition_point(|change| change.at <= within);
        self.near.len() + cycle as usize * far.len() + passed - 1
    }

    /// The stretch of a number; an empty one at the end of time for a number beyond the last.
    pub(super) fn stretch(&self, index: usize) -> Stretch {
        steps::take(30);
        let end_of_time = Change { at: END, offset: 0 };
        let Change { at: start, offset } = self.change(index).unwrap_or(end_of_time);
        let next = self.change(index + 1).unwrap_or(Change { at: END, offset });
        let before = index.checked_sub(1).and_then(|index| self.change(index));
        let before = before.map_or(offset, |change| change.offset);
        Stretch { start, end: next.at, offset, before, after: next.offset }
    }

    fn change(&self, index: usize) -> Option<Change> {
        if let Some(change) = self.near.get(index) {
            return Some(*change);
        }
        let far = self.far();
        // Narrow numbers, because a division of wide ones takes several times as long.
        let (index, len) = ((index - self.near.len()) as u32, far.len() as u32);
        let change = far.get(index.checked_rem(len)? as usize)?;
        Some(Change { at: change.at + i64::from(index / len) * CYCLE, ..*change })
    }

    fn far(&self) -> &[Change] {
        self.far.get_or_init(|| {
            let mut far = self.near[self.near.len() - 1..].to_vec();
            let start = jiff::Timestamp::from_second(CYCLE_START - 1);
            extend(&mut far, &self.tz, start.unwrap_or_default(), CYCLE_START + CYCLE);
            far.split_off(1)
        })
    }
}

/// Appends the zone's changes of offset after `from` and before `until`. A change of the name or
/// the daylight flag alone moves no clock and is left out.
fn extend(changes: &mut Vec<Change>, tz: &TimeZone, from: jiff::Timestamp, until: i64) {
    for transition in tz.following(from) {
        let at = transition.timestamp().as_second();
        if at >= until {
            return;
        }
        let offset = i64::from(transition.offset().seconds());
        if changes.last().is_none_or(|last| last.offset != offset) {
            changes.push(Change { at, offset });
        }
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_shows_what_jiff_says_at_and_around_each_change_to_the_year_9999() {
        let database = TimeZoneDatabase::bundled();
        let mut zones = 0;
        for name in database.available() {
            let tz = database.get(name.as_str()).expect("an available zone");
            let Some(zone) = Zone::get(name.as_str()) else {
                assert!(tz.is_unknown(), "{name} is missing");
                continue;
            };
            zones += 1;
            let agree = |at: i64| {
                let stretch = zone.stretch(zone.index(at));
                assert!(stretch.start <= at && at < stretch.end, "{name} {at}");
                let instant = jiff::Timestamp::from_second(at).expect("in range");
                assert_eq!(
                    stretch.offset,
                    i64::from(tz.to_offset(instant).seconds()),
                    "{name} {at}"
                );
            };
            for transition in tz.following(jiff::Timestamp::MIN).take_while(|change| {
                change.timestamp().as_second() < day_of(2110, 1, 1) as i64 * DAY
            }) {
                let at = transition.timestamp().as_second();
                (-1..=1).for_each(|by| agree(at + by));
            }
            for at in (-62_000_000_000..253_370_000_000).step_by(997_000_003) {
                agree(at);
            }
            let late = jiff::Timestamp::from_second(day_of(9990, 1, 1) as i64 * DAY);
            for transition in tz.following(late.expect("in range")).take(8) {
                let at = transition.timestamp().as_second();
                (-1..=1).for_each(|by| agree(at + by));
            }
        }
        assert!(zones > 500, "only {zones} zones");
    }

    #[test]
    fn a_name_is_found_in_any_case_and_other_texts_are_not() {
        assert_eq!(Zone::get("europe/BERLIN").expect("a zone").name(), "Europe/Berlin");
        for name in ["", "Mars/Olympus", "+02:00", "Etc/Unknown", "../etc/passwd", "Europe/"] {
            assert!(Zone::get(name).is_none(), "{name}");
        }
    }
}

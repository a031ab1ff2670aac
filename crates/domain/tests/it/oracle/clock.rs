//! Readings of a clock and the instants at which it shows them, asked of `jiff`.

use bellwether_domain::Timestamp;
use bellwether_domain::trigger::{Fold, Gap};
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

/// What a trigger does at one change of the clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Policy {
    /// It fires at each real instant whose reading matches.
    Elapsed,
    /// It moves or drops a missing reading and picks among the passes of a repeated one.
    Fixed { gap: Gap, fold: Fold },
}

/// A change of the clocks: the readings `from..until` are missing, or are shown twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transition {
    pub(crate) from: DateTime,
    pub(crate) until: DateTime,
}

/// A zone of the bundled database; UTC for the empty name.
pub(crate) fn zone(name: &str) -> TimeZone {
    let name = if name.is_empty() { "UTC" } else { name };
    TimeZoneDatabase::bundled().get(name).expect("a zone")
}

/// The date in UTC.
pub(crate) fn date_of(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(to_jiff(at)).date()
}

pub(crate) fn to_jiff(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.as_millis()).expect("in range")
}

fn to_ours(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millisecond())
}

/// The instants at which a trigger fires for the matching reading `reading`; `policy` says what it
/// does at a change of the clocks.
pub(crate) fn instants(
    zone: &TimeZone,
    reading: DateTime,
    policy: impl Fn(Transition) -> Policy,
) -> Vec<Timestamp> {
    let at = |offset: Offset| offset.to_timestamp(reading).expect("in range");
    match zone.to_ambiguous_timestamp(reading).offset() {
        AmbiguousOffset::Unambiguous { offset } => vec![to_ours(at(offset))],
        AmbiguousOffset::Gap { before, after } => {
            // Read with the old offset, the missing reading lies after the change.
            let change = last_change(zone, at(before));
            let (from, until) = (before.to_datetime(change), after.to_datetime(change));
            match policy(Transition { from, until }) {
                Policy::Fixed { gap: Gap::Next, .. } => vec![to_ours(change)],
                Policy::Fixed { gap: Gap::Skip, .. } | Policy::Elapsed => vec![],
            }
        }
        AmbiguousOffset::Fold { before, after } => {
            // Read with the new offset, the repeated reading lies after the change.
            let change = last_change(zone, at(after));
            let (from, until) = (after.to_datetime(change), before.to_datetime(change));
            let (first, second) = (to_ours(at(before)), to_ours(at(after)));
            match policy(Transition { from, until }) {
                Policy::Fixed { fold: Fold::First, .. } => vec![first],
                Policy::Fixed { fold: Fold::Last, .. } => vec![second],
                Policy::Fixed { fold: Fold::Both, .. } | Policy::Elapsed => vec![first, second],
            }
        }
    }
}

/// The last change of the zone's clocks at or before `at`.
fn last_change(zone: &TimeZone, at: jiff::Timestamp) -> jiff::Timestamp {
    let after = at.checked_add(SignedDuration::from_secs(1)).expect("in range");
    zone.preceding(after)
        .find(|change| {
            let before = change.timestamp() - SignedDuration::from_secs(1);
            zone.to_offset(before) != change.offset()
        })
        .expect("a change")
        .timestamp()
}

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

//! The numbers that stand for the variants of enums in stored records.

use bellwether_domain::trigger::{Dialect, Fold, Gap};
use bellwether_domain::{
    Coalesce, EndState, LiveState, OnLost, Overlap, Priority, RunCause, RunState,
};

use super::Malformed;

/// An enum whose variants are stored as numbers.
pub(super) trait Numbered: Sized + Copy + PartialEq + 'static {
    /// The field's name in messages.
    const NAME: &'static str;
    /// Every variant with its number.
    const TABLE: &'static [(u32, Self)];

    /// The number of this variant.
    fn number(self) -> u32 {
        let row = Self::TABLE.iter().find(|(_, variant)| *variant == self);
        row.map_or(u32::MAX, |(number, _)| *number)
    }

    /// The variant of `number`.
    fn from_number(number: u32) -> Result<Self, Malformed> {
        let row = Self::TABLE.iter().find(|(known, _)| *known == number);
        row.map(|(_, variant)| *variant).ok_or(Malformed::Number { field: Self::NAME, number })
    }
}

/// States the numbers of an enum's variants. The `match` makes a variant without a number a compile
/// error, so that [`Numbered::number`] always finds its row.
macro_rules! numbered {
    ($type:ident, $name:literal, $($number:literal = $variant:ident),+) => {
        impl Numbered for $type {
            const NAME: &'static str = $name;
            const TABLE: &'static [(u32, Self)] = &[$(($number, $type::$variant)),+];
        }

        const _: fn($type) = |value| match value { $($type::$variant => ()),+ };
    };
}

numbered!(Coalesce, "coalesce", 0 = Latest, 1 = Earliest, 2 = All);
numbered!(Overlap, "overlap", 0 = Skip, 1 = Queue, 2 = Replace);
numbered!(OnLost, "on_lost", 0 = Retry, 1 = Fail);
numbered!(Priority, "priority", 0 = Normal, 1 = High, 2 = Low);
numbered!(Dialect, "dialect", 0 = Unix, 1 = Quartz);
numbered!(Gap, "gap", 0 = Next, 1 = Skip);
numbered!(Fold, "fold", 0 = First, 1 = Both, 2 = Last);
numbered!(RunCause, "cause", 0 = Schedule, 1 = Manual, 2 = Backfill);

/// The number that stands for a run's state in its header, in every store and every script.
#[must_use]
pub fn run_state_number(state: RunState) -> u8 {
    match state {
        RunState::Live(LiveState::Pending) => 1,
        RunState::Live(LiveState::Running) => 2,
        RunState::Ended(EndState::Succeeded) => 3,
        RunState::Ended(EndState::Failed) => 4,
        RunState::Ended(EndState::Cancelled) => 5,
        RunState::Ended(EndState::TimedOut) => 6,
        RunState::Ended(EndState::Lost) => 7,
        RunState::Ended(EndState::Missed) => 8,
        RunState::Ended(EndState::Skipped) => 9,
    }
}

/// The state that `number` stands for; `None` for one that this version does not know.
#[must_use]
pub fn run_state_from_number(number: u8) -> Option<RunState> {
    const ENDED: [EndState; 7] = [
        EndState::Succeeded,
        EndState::Failed,
        EndState::Cancelled,
        EndState::TimedOut,
        EndState::Lost,
        EndState::Missed,
        EndState::Skipped,
    ];
    [RunState::PENDING, RunState::RUNNING]
        .into_iter()
        .chain(ENDED.map(RunState::Ended))
        .find(|state| run_state_number(*state) == number)
}

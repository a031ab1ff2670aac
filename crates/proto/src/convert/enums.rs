//! Enums, by one table each.

use bellwether_domain::trigger::{Dialect, Fold, Gap};
use bellwether_domain::{
    Coalesce, EndState, JobState, OnLost, Overlap, Priority, RunCause, RunState, Target,
};

use super::Problems;
use crate::v1;

/// A domain enum that has a twin on the wire.
pub(super) trait WireEnum: Copy {
    /// The twin's number.
    fn to_wire(self) -> i32;

    /// The variant of a number: `Ok(None)` for the unspecified one, an error for an unknown one.
    fn from_wire(number: i32) -> Result<Option<Self>, UnknownNumber>;
}

/// A number that no variant has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{number} is no {name}; allowed are {allowed}")]
pub(super) struct UnknownNumber {
    number: i32,
    name: &'static str,
    allowed: String,
}

macro_rules! wire_enum {
    ($domain:ty, $wire:ident, $($variant:ident),+) => {
        impl WireEnum for $domain {
            fn to_wire(self) -> i32 {
                match self { $(Self::$variant => v1::$wire::$variant as i32),+ }
            }

            fn from_wire(number: i32) -> Result<Option<Self>, UnknownNumber> {
                match v1::$wire::try_from(number) {
                    Ok(v1::$wire::Unspecified) => Ok(None),
                    $(Ok(v1::$wire::$variant) => Ok(Some(Self::$variant)),)+
                    Err(_) => Err(UnknownNumber {
                        number,
                        name: stringify!($wire),
                        allowed: [$(v1::$wire::$variant.as_str_name()),+].join(", "),
                    }),
                }
            }
        }
    };
}

wire_enum!(Coalesce, Coalesce, Latest, Earliest, All);
wire_enum!(Overlap, Overlap, Skip, Queue, Replace);
wire_enum!(OnLost, OnLost, Retry, Fail);
wire_enum!(Priority, Priority, Normal, High, Low);
wire_enum!(Dialect, Dialect, Unix, Quartz);
wire_enum!(Gap, Gap, Next, Skip);
wire_enum!(Fold, Fold, First, Both, Last);
wire_enum!(RunCause, RunCause, Schedule, Manual, Backfill);
wire_enum!(View, View, Basic, Full);

/// How much of each item a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Without the content of payloads and outputs.
    #[default]
    Basic,
    /// Everything.
    Full,
}

impl View {
    /// Reads a view; an unspecified one is [`Self::Basic`].
    pub fn from_proto(number: i32, field: &str, problems: &mut Problems) -> Self {
        read(number, field, problems).unwrap_or_default()
    }
}

/// Reads a variant. `None` where it is unspecified or noted as invalid.
pub(super) fn read<T: WireEnum>(number: i32, field: &str, problems: &mut Problems) -> Option<T> {
    problems.take(field, T::from_wire(number)).flatten()
}

/// Reads the state of a run in a filter.
pub fn run_state(number: i32, field: &str, problems: &mut Problems) -> Option<RunState> {
    use v1::RunState as Wire;
    let state = match Wire::try_from(number) {
        Ok(Wire::Pending) => RunState::PENDING,
        Ok(Wire::Running) => RunState::RUNNING,
        Ok(Wire::Succeeded) => RunState::Ended(EndState::Succeeded),
        Ok(Wire::Failed) => RunState::Ended(EndState::Failed),
        Ok(Wire::Cancelled) => RunState::Ended(EndState::Cancelled),
        Ok(Wire::TimedOut) => RunState::Ended(EndState::TimedOut),
        Ok(Wire::Lost) => RunState::Ended(EndState::Lost),
        Ok(Wire::Missed) => RunState::Ended(EndState::Missed),
        Ok(Wire::Skipped) => RunState::Ended(EndState::Skipped),
        Ok(Wire::Unspecified) | Err(_) => {
            problems.invalid(field, format!("{number} is not a RunState to filter by; 1 to 9 are"));
            return None;
        }
    };
    Some(state)
}

/// Reads a kind of event in a filter.
pub fn event_kind(number: i32, field: &str, problems: &mut Problems) -> Option<v1::EventKind> {
    match v1::EventKind::try_from(number) {
        Ok(v1::EventKind::Unspecified) | Err(_) => {
            let message = format!("{number} is not an EventKind to filter by; 1 to 23 are");
            problems.invalid(field, message);
            None
        }
        Ok(kind) => Some(kind),
    }
}

/// The message of a run's state.
#[must_use]
pub fn run_state_to_proto(state: RunState) -> v1::RunState {
    use v1::RunState as Wire;
    match state {
        RunState::PENDING => Wire::Pending,
        RunState::RUNNING => Wire::Running,
        RunState::Ended(EndState::Succeeded) => Wire::Succeeded,
        RunState::Ended(EndState::Failed) => Wire::Failed,
        RunState::Ended(EndState::Cancelled) => Wire::Cancelled,
        RunState::Ended(EndState::TimedOut) => Wire::TimedOut,
        RunState::Ended(EndState::Lost) => Wire::Lost,
        RunState::Ended(EndState::Missed) => Wire::Missed,
        RunState::Ended(EndState::Skipped) => Wire::Skipped,
    }
}

/// The message of a job's state.
#[must_use]
pub fn job_state_to_proto(state: &JobState) -> v1::JobState {
    match state {
        JobState::Active => v1::JobState::Active,
        JobState::Paused { .. } => v1::JobState::Paused,
        JobState::Finished => v1::JobState::Finished,
    }
}

/// Reads the state of a job in a filter.
pub fn job_state(number: i32, field: &str, problems: &mut Problems) -> Option<v1::JobState> {
    match v1::JobState::try_from(number) {
        Ok(v1::JobState::Unspecified) | Err(_) => {
            problems.invalid(field, format!("{number} is not a JobState to filter by; 1 to 3 are"));
            None
        }
        Ok(state) => Some(state),
    }
}

/// Reads an overlap rule; the default is SKIP.
pub fn overlap(number: i32, field: &str, problems: &mut Problems) -> Option<Overlap> {
    if number == 0 {
        return Some(Overlap::Skip);
    }
    read(number, field, problems)
}

/// The number of an overlap rule on the wire.
#[must_use]
pub fn overlap_to_proto(overlap: Overlap) -> i32 {
    overlap.to_wire()
}

/// Reads a kind of target in a filter.
pub fn target_kind(number: i32, field: &str, problems: &mut Problems) -> Option<v1::TargetKind> {
    match v1::TargetKind::try_from(number) {
        Ok(v1::TargetKind::Unspecified) | Err(_) => {
            let message = format!("{number} is not a TargetKind to filter by; 1 to 5 are");
            problems.invalid(field, message);
            None
        }
        Ok(kind) => Some(kind),
    }
}

/// The kind of a target, as filters name it.
#[must_use]
pub fn kind_of(target: &Target) -> v1::TargetKind {
    match target {
        Target::Http(_) => v1::TargetKind::Http,
        Target::RedisStream(_) => v1::TargetKind::RedisStream,
        Target::Worker(_) => v1::TargetKind::Worker,
        Target::Noop => v1::TargetKind::Noop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_read_back<T: WireEnum + PartialEq + std::fmt::Debug>(variants: &[T]) {
        for (index, variant) in variants.iter().enumerate() {
            let number = variant.to_wire();
            assert_ne!(number, 0, "{variant:?} is not the unspecified one");
            assert_eq!(T::from_wire(number), Ok(Some(*variant)));
            let others = &variants[..index];
            assert!(others.iter().all(|other| other.to_wire() != number), "{variant:?}");
        }
        assert_eq!(T::from_wire(0), Ok(None));
        assert!(T::from_wire(variants.len() as i32 + 1).is_err());
        assert!(T::from_wire(-1).is_err());
    }

    #[test]
    fn every_variant_reads_back() {
        all_read_back(&[Coalesce::Latest, Coalesce::Earliest, Coalesce::All]);
        all_read_back(&[Overlap::Skip, Overlap::Queue, Overlap::Replace]);
        all_read_back(&[OnLost::Retry, OnLost::Fail]);
        all_read_back(&Priority::ALL);
        all_read_back(&[Dialect::Unix, Dialect::Quartz]);
        all_read_back(&[Gap::Next, Gap::Skip]);
        all_read_back(&[Fold::First, Fold::Both, Fold::Last]);
        all_read_back(&[RunCause::Schedule, RunCause::Manual, RunCause::Backfill]);
        all_read_back(&[View::Basic, View::Full]);
    }

    #[test]
    fn an_unknown_number_is_named_with_what_is_allowed() {
        let mut problems = Problems::default();
        assert_eq!(read::<Overlap>(9, "job.policy.overlap", &mut problems), None);
        let error = problems.finish().expect_err("9 is no overlap").to_string();
        assert_eq!(
            error,
            "job.policy.overlap: 9 is no Overlap; allowed are OVERLAP_SKIP, OVERLAP_QUEUE, \
             OVERLAP_REPLACE"
        );
    }

    #[test]
    fn run_states_read_back() {
        for number in 1..=9 {
            let mut problems = Problems::default();
            let state = run_state(number, "states[0]", &mut problems).expect("a state");
            assert_eq!(run_state_to_proto(state) as i32, number);
        }
        for number in [0, 10, -1] {
            let mut problems = Problems::default();
            assert_eq!(run_state(number, "states[0]", &mut problems), None);
            assert!(!problems.is_empty(), "{number} is noted");
        }
    }
}

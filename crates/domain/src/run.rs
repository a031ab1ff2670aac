//! Runs: a fire time to be executed, its attempts, and how each attempt's end moves it on.
//!
//! ```text
//!             claim                     take                        finish
//! fire time ────────► pending ─────────────────► running ─────────────────────► succeeded | failed
//!     │                  ▲                          │                            | cancelled
//!     │                  └── retry, lost, given ────┘                            | timed_out | lost
//!     │                      back                                                | missed
//!     └────────► missed | skipped (born finished)
//! ```
//!
//! A state is one of two kinds, [`LiveState`] and [`EndState`], and an attempt's end yields a
//! [`NextStep`], so that a finished run cannot be written as anything but finished.

use std::time::Duration;

use crate::{JobKey, JobUid, OnLost, Payload, Policy, RunId, Timestamp};

/// Why a run exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunCause {
    /// Its trigger fired.
    Schedule,
    /// A client asked for it.
    Manual,
    /// A client asked for a range of past fire times.
    Backfill,
}

/// The stretch of fire times that a run or a record stands for, its own among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covers {
    /// The earliest.
    pub first: Timestamp,
    /// The latest.
    pub last: Timestamp,
    /// How many there are beside the run's own; at least this many when the stretch was too long
    /// to count.
    pub others: u32,
}

impl Covers {
    /// The stretch of one fire time.
    #[must_use]
    pub fn only(fire_time: Timestamp) -> Self {
        Self { first: fire_time, last: fire_time, others: 0 }
    }
}

/// What is fixed of a run from its birth.
#[derive(Clone, Debug, PartialEq)]
pub struct RunDraft {
    /// The id.
    pub id: RunId,
    /// The job.
    pub job: JobKey,
    /// The job's incarnation.
    pub uid: JobUid,
    /// The nominal instant.
    pub fire_time: Timestamp,
    /// Why it exists.
    pub cause: RunCause,
    /// What it stands for.
    pub covers: Covers,
    /// When it became due: fire time and jitter.
    pub start_after: Timestamp,
    /// The longest that one attempt may take.
    pub timeout: Duration,
    /// Replaces the target's payload, for a run that a client asked for.
    pub payload: Option<Payload>,
}

/// An unfinished run's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiveState {
    /// Waits for its turn, or for its next attempt.
    Pending,
    /// An attempt is leased to a node or a worker.
    Running,
}

/// A finished run's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndState {
    /// An attempt succeeded.
    Succeeded,
    /// The last attempt failed.
    Failed,
    /// A client, a deleted job or a replacement ended it.
    Cancelled,
    /// The last attempt went on for longer than `timeout`.
    TimedOut,
    /// Its node or worker went away, too often or under [`OnLost::Fail`].
    Lost,
    /// It would have started later than `misfire_grace` allows.
    Missed,
    /// It came due at the limit of running attempts.
    Skipped,
}

/// A run's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunState {
    /// Unfinished.
    Live(LiveState),
    /// Finished.
    Ended(EndState),
}

impl RunState {
    /// Waits for its turn.
    pub const PENDING: Self = Self::Live(LiveState::Pending);
    /// An attempt is under way.
    pub const RUNNING: Self = Self::Live(LiveState::Running);

    /// The word for it everywhere.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live(LiveState::Pending) => "pending",
            Self::Live(LiveState::Running) => "running",
            Self::Ended(end) => end.as_str(),
        }
    }
}

impl EndState {
    /// The word for it everywhere.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::Lost => "lost",
            Self::Missed => "missed",
            Self::Skipped => "skipped",
        }
    }
}

/// What went wrong, for people and programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunError {
    /// A short stable word, as in `http_status`.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// What an attempt left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptReport {
    /// The name of the node that executed it, or on which its worker was.
    pub node: String,
    /// The worker's id; empty for what a node executes itself.
    pub worker: String,
    /// Why it ended so, where the state does not say it.
    pub reason: String,
    /// What went wrong.
    pub error: Option<RunError>,
    /// What it returned, cut to the limit.
    pub output: Option<Payload>,
    /// Whether `output` was cut.
    pub output_truncated: bool,
    /// The trace that the attempt belongs to, 32 hexadecimal digits.
    pub trace_id: String,
}

/// A run as the store holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What is fixed.
    pub draft: RunDraft,
    /// The state.
    pub state: RunState,
    /// The number of the latest attempt; 0 before the first.
    pub attempt: u32,
    /// Attempts that were lost.
    pub lost: u32,
    /// The epoch under which it was claimed.
    pub epoch: crate::Epoch,
    /// When it was claimed.
    pub claimed: Timestamp,
    /// When the latest attempt was leased.
    pub started: Option<Timestamp>,
    /// When it finished.
    pub ended: Option<Timestamp>,
    /// What the latest attempt to report left behind.
    pub report: AttemptReport,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// It did what it should.
    Succeeded,
    /// It did not.
    Failed {
        /// Whether another attempt may help.
        retryable: bool,
        /// The wait that the target asked for.
        retry_after: Option<Duration>,
    },
    /// It went on for longer than `timeout`.
    TimedOut,
    /// It was cancelled by request.
    Cancelled,
    /// Its node or worker went away.
    Lost,
    /// It was due to start later than `misfire_grace` allows.
    Misfired,
    /// It was never handed to the target.
    NeverDelivered,
    /// It was not handed to the target, since a limit on attempts at once was reached.
    HeldBack {
        /// When it is likely to get in.
        after: Duration,
    },
}

/// What becomes of a run after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// It is finished.
    End(EndState),
    /// Another attempt, no earlier than `after` from now.
    Again {
        /// The wait.
        after: Duration,
        /// Whether the attempt counts as lost.
        lost: bool,
    },
    /// The attempt never was: the run is pending again and its number is given back.
    GiveBack,
    /// As [`Self::GiveBack`], but the next attempt starts no earlier than `after` from now.
    PutOff {
        /// The wait.
        after: Duration,
    },
}

/// What becomes of a run whose attempt number `attempt`, after `lost` lost ones, ended so.
/// `spread` in 0..1 places the backoff in its jittered half.
#[must_use]
pub fn next_step(
    policy: &Policy,
    attempt: u32,
    lost: u32,
    end: AttemptEnd,
    spread: f64,
) -> NextStep {
    let counted = attempt.saturating_sub(lost).max(1);
    let retry = |wanted: Option<Duration>, state: EndState| {
        if counted >= policy.retry.max_attempts {
            return NextStep::End(state);
        }
        let backoff = policy.retry.backoff(counted, spread);
        let wanted = wanted.unwrap_or_default().min(crate::policy::MAX_DURATION);
        NextStep::Again { after: backoff.max(wanted), lost: false }
    };
    match end {
        AttemptEnd::Succeeded => NextStep::End(EndState::Succeeded),
        AttemptEnd::Failed { retryable: false, .. } => NextStep::End(EndState::Failed),
        AttemptEnd::Failed { retryable: true, retry_after } => retry(retry_after, EndState::Failed),
        AttemptEnd::TimedOut => retry(None, EndState::TimedOut),
        AttemptEnd::Cancelled => NextStep::End(EndState::Cancelled),
        AttemptEnd::Misfired => NextStep::End(EndState::Missed),
        AttemptEnd::NeverDelivered => NextStep::GiveBack,
        AttemptEnd::HeldBack { after } => NextStep::PutOff { after },
        AttemptEnd::Lost => match policy.on_lost {
            OnLost::Retry if lost + 1 < policy.max_lost => {
                NextStep::Again { after: Duration::ZERO, lost: true }
            }
            OnLost::Retry | OnLost::Fail => NextStep::End(EndState::Lost),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Retry;

    fn policy(max_attempts: u32) -> Policy {
        let retry = Retry { max_attempts, ..Retry::default() };
        Policy { retry, ..Policy::default() }
    }

    const FAILED: AttemptEnd = AttemptEnd::Failed { retryable: true, retry_after: None };

    #[test]
    fn failures_use_up_attempts_and_lost_ones_do_not() {
        let policy = policy(2);
        let again = |s| NextStep::Again { after: Duration::from_secs(s), lost: false };
        let cases = [
            (1, 0, again(1)),
            (2, 0, NextStep::End(EndState::Failed)),
            (2, 1, again(1)),
            (3, 2, again(1)),
            (3, 1, NextStep::End(EndState::Failed)),
        ];
        for (attempt, lost, expected) in cases {
            let step = next_step(&policy, attempt, lost, FAILED, 1.0);
            assert_eq!(step, expected, "attempt {attempt} after {lost} lost");
        }
    }

    #[test]
    fn a_run_is_lost_after_max_lost() {
        let policy = Policy { max_lost: 3, ..policy(1) };
        let again = NextStep::Again { after: Duration::ZERO, lost: true };
        let ended = NextStep::End(EndState::Lost);
        for (lost, expected) in [(0, again), (1, again), (2, ended)] {
            let step = next_step(&policy, lost + 1, lost, AttemptEnd::Lost, 0.0);
            assert_eq!(step, expected, "{lost} lost before");
        }
        let fail = Policy { on_lost: OnLost::Fail, ..policy };
        assert_eq!(next_step(&fail, 1, 0, AttemptEnd::Lost, 0.0), ended);
    }

    #[test]
    fn backoff_grows_to_its_cap_and_honours_what_the_target_asked() {
        let policy = policy(100);
        let wait = |attempt, end| match next_step(&policy, attempt, 0, end, 1.0) {
            NextStep::Again { after, .. } => after.as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!([1, 2, 3, 4].map(|n| wait(n, FAILED)), [1, 2, 4, 8]);
        assert_eq!(wait(90, FAILED), 300);
        let asked = Some(Duration::from_secs(40));
        assert_eq!(wait(1, AttemptEnd::Failed { retryable: true, retry_after: asked }), 40);
    }
}

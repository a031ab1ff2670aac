//! What happens inside a node, each event with its log line and its metric in one place.

mod attempt;
mod claim;
mod leadership;
mod trouble;
mod worker;

pub(crate) use self::attempt::{
    AttemptDelivered, AttemptEnded, AttemptHeldBack, AttemptStarted, CancelEnforced, ResultRefused,
};
pub(crate) use self::claim::ClaimOutcome;
pub(crate) use self::leadership::{
    DrainRequested, JobsSwept, LeaderBegan, LeaderEnded, LeaseFailed, OwnerReaped,
};
pub(crate) use self::trouble::{
    DefinitionUnusable, HintsInterrupted, LaneLost, LeaveFailed, SessionInterrupted,
    StoreClockConfirmed, StoreClockJumped, StoreFailed,
};
pub(crate) use self::worker::{SessionsInterrupted, WorkerCame, WorkerLeft};

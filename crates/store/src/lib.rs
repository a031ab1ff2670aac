//! The ports to the job store: small traits, each call one transition of the domain that the store
//! makes whole or not at all, never reads and writes to be put in sequence by the caller.
//!
//! Two stores stand behind them: [`memory`], embedded, and Redis in a crate of its own. Both pass
//! [`conformance`], which is the definition of what a store must do.
//!
//! # What every store guarantees
//!
//! - Time is the store's. Each reply that a decision depends on carries `now`.
//! - A write by a partition's leader names its [`LeaseToken`] and is refused when the partition's
//!   (epoch, owner) is another one by then, compared for equality (I3).
//! - What a write depends on is named in it (etag, expected fire time, attempt and owner) and is
//!   compared in the same atomic step; where it no longer holds, nothing is written and the reply
//!   says so.
//! - A turn with a sequence number that was already answered gets the same answer again and does
//!   nothing; a lower one is refused.

pub mod backfill;
pub mod cancel;
pub mod clock;
pub mod cluster;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod error;
pub mod event;
pub mod job;
pub mod lease;
pub mod member;
pub mod memory;
pub mod pause;
pub mod ready;
pub mod record;
pub mod run;
pub mod sweep;
pub mod turn;
pub mod worker;

pub use backfill::{AdvanceBackfill, Advanced, BackfillStore, BackfillView, StartBackfill};
pub use cancel::{CancelAsked, CancelOutcome, CancelRun, CancelStore};
pub use cluster::{ClusterInfo, ClusterStore, Hint, OpenError};
pub use error::StoreError;
pub use event::{
    Event, EventCursor, EventKind, EventStore, Happened, JobSince, Log, LogEntry, LogPage, RunEvent,
};
pub use job::{
    Change, ChangeJob, DeleteJob, Dropped, InsertJob, JobCounts, JobStore, JobView, NextPoint,
    Relist, Reply, Write,
};
pub use lease::{Acquired, LeaseStore, LeaseToken, LeaseView};
pub use member::{Beat, MemberStore, NodeRecord, Roster};
pub use memory::MemoryStore;
pub use pause::{PauseStore, PausesView};
pub use ready::{Keep, Lane, ReadyKey};
pub use run::{AdmitRun, Admitted, RunRequest, RunStore, reason};
pub use sweep::{FinishedJob, FinishedPage, SweepStore, Swept};
pub use turn::{
    AttemptRecord, ClaimItem, ClaimReply, DueCursor, DueEntry, FailureRule, Finish, FinishReply,
    Head, Leased, Peek, Promote, RecordReply, Seq, Take, Turn, TurnError, TurnReply, TurnStore,
};
pub use worker::{
    Extend, Extended, OpenSession, SessionBeat, SessionRecord, SessionsSeen, StreamNumber,
    WorkerStore,
};

/// Everything that a node needs of its store.
pub trait Store:
    BackfillStore
    + CancelStore
    + ClusterStore
    + EventStore
    + JobStore
    + LeaseStore
    + MemberStore
    + PauseStore
    + RunStore
    + SweepStore
    + TurnStore
    + WorkerStore
{
}

impl<T> Store for T where
    T: BackfillStore
        + CancelStore
        + ClusterStore
        + EventStore
        + JobStore
        + LeaseStore
        + MemberStore
        + PauseStore
        + RunStore
        + SweepStore
        + TurnStore
        + WorkerStore
{
}

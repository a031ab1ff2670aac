//! The log of what happened in a partition, in its order.

use async_trait::async_trait;
use bellwether_domain::{JobKey, Partition, RunId, Timestamp};

use crate::StoreError;

/// The log of a partition. It is bounded: the oldest events are dropped.
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// Events after `after` (from the oldest kept where `None`), in order, about `limit` of them:
    /// those that one write made are never torn apart.
    async fn events(
        &self,
        partition: Partition,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<Vec<Event>, StoreError>;
}

/// A place in a partition's log, opaque: only the store that made it knows the order. One whose
/// event was dropped meanwhile still works; one that the store did not make is
/// [`StoreError::Corrupt`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCursor(pub String);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the log; events of one write share it.
    pub cursor: EventCursor,
    /// When, by the store's time.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// The job.
    pub job: JobKey,
    /// The run, where it is about one.
    pub run: Option<RunEvent>,
}

/// The run that an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunEvent {
    /// The run.
    pub id: RunId,
    /// Its fire time.
    pub fire_time: Timestamp,
    /// The attempt; 0 before the first. Of a refused result, the attempt that it was for.
    pub attempt: u32,
}

/// What happened. The numbers are stored; none is ever used again for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EventKind {
    /// A job was created.
    JobCreated = 1,
    /// A job's definition was changed.
    JobUpdated = 2,
    /// A job was deleted.
    JobDeleted = 3,
    /// A job was paused.
    JobPaused = 4,
    /// A job was resumed.
    JobResumed = 5,
    /// A job has no fire times left.
    JobFinished = 6,
    /// A run was admitted.
    RunPending = 16,
    /// An attempt was leased.
    RunStarted = 17,
    /// The run succeeded.
    RunSucceeded = 18,
    /// The run failed.
    RunFailed = 19,
    /// An attempt failed and another will follow.
    RunRetried = 20,
    /// The fire time was too late.
    RunMissed = 21,
    /// The fire time was dropped.
    RunSkipped = 22,
    /// An attempt was lost; another may follow.
    AttemptLost = 23,
    /// The run ended lost.
    RunLost = 24,
    /// The run was cancelled.
    RunCancelled = 25,
    /// The run timed out.
    RunTimedOut = 26,
    /// A result came for an attempt that is not the current one; it was refused.
    ResultSuperseded = 27,
    /// An attempt was given back before it was delivered.
    RunGivenBack = 28,
    /// A run was admitted that stands for further fire times.
    RunCoalesced = 29,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::JobCreated,
        Self::JobUpdated,
        Self::JobDeleted,
        Self::JobPaused,
        Self::JobResumed,
        Self::JobFinished,
        Self::RunPending,
        Self::RunStarted,
        Self::RunSucceeded,
        Self::RunFailed,
        Self::RunRetried,
        Self::RunMissed,
        Self::RunSkipped,
        Self::AttemptLost,
        Self::RunLost,
        Self::RunCancelled,
        Self::RunTimedOut,
        Self::ResultSuperseded,
        Self::RunGivenBack,
        Self::RunCoalesced,
    ];

    /// The kind that is stored as `number`.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }
}

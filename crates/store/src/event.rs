//! The logs of what happened, each in its order: one of every partition, one of the cluster.
//!
//! What is written down is what the step that made it happen knows by itself: who reads a log looks
//! up the rest. A change of leader stands in the log of its partition, written with the lease, so
//! that it has its place among the claims before and after it. What belongs to no partition, as the
//! nodes that come and go, is in the log of the cluster.

use async_trait::async_trait;
use bellwether_domain::{
    BootId, Epoch, Etag, JobKey, JobUid, Namespace, Partition, RunId, Timestamp,
};

use crate::StoreError;

/// The logs. Each is bounded: the oldest events are dropped.
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// Where each of `logs` ends now, in their order: the place of its latest write, or, of one
    /// that is empty, the place before the first.
    async fn ends(&self, logs: &[Log]) -> Result<Vec<EventCursor>, StoreError>;

    /// What stands in `log` behind `after`, in order: that of at most `writes` writes.
    /// [`LogPage::Expired`] when some of it was dropped, or when the store lost it.
    async fn read_log(
        &self,
        log: Log,
        after: &EventCursor,
        writes: usize,
    ) -> Result<LogPage, StoreError>;

    /// Events of jobs and runs after `after` (from the oldest kept where `None`), in order, about
    /// `limit` of them: those that one write made are never torn apart.
    async fn events(
        &self,
        partition: Partition,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<Vec<Event>, StoreError>;
}

/// A log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Log {
    /// That of a partition: its jobs, their runs, its leaders.
    Partition(Partition),
    /// That of the cluster: its nodes, and scheduling as a whole.
    Cluster,
}

/// What [`EventStore::read_log`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogPage {
    /// What follows; empty where nothing does.
    Entries(Vec<LogEntry>),
    /// Some of what followed is no longer kept.
    Expired,
}

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place; the entries of one write share it.
    pub cursor: EventCursor,
    /// When, by the store's time.
    pub at: Timestamp,
    /// What.
    pub happened: Happened,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// To a job, or to a run of it.
    Job {
        /// What.
        kind: EventKind,
        /// The job.
        job: JobKey,
        /// The run, where it is about one.
        run: Option<RunEvent>,
        /// The job since, where a client's write changed it.
        since: Option<JobSince>,
    },
    /// A node began to lead, or the same one anew.
    LeaderChanged {
        /// What it leads.
        partition: Partition,
        /// The node.
        owner: BootId,
        /// The epoch that began.
        epoch: Epoch,
    },
    /// A node came, or came back.
    NodeJoined {
        /// This start of it.
        boot: BootId,
        /// Its name.
        name: String,
    },
    /// A node left, or was taken for dead.
    NodeLeft {
        /// That start of it.
        boot: BootId,
        /// Its name.
        name: String,
    },
    /// Scheduling was paused.
    SchedulingPaused {
        /// Where; `None` in the whole cluster.
        namespace: Option<Namespace>,
        /// Why.
        reason: String,
    },
    /// Scheduling was resumed.
    SchedulingResumed {
        /// Where; `None` in the whole cluster.
        namespace: Option<Namespace>,
    },
}

/// What a write by a client made of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSince {
    /// The incarnation.
    pub uid: JobUid,
    /// The version; of a deleted job the last one.
    pub etag: Etag,
    /// Why it is paused; empty where it is not.
    pub reason: String,
}

/// A place in a log, opaque: only the store that made it knows the order. One whose
/// event was dropped meanwhile still works; one that the store did not make is
/// [`StoreError::Corrupt`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCursor(pub String);

/// Something that happened to a job or to a run of it.
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

impl LogEntry {
    /// The event, if it is about a job or a run.
    #[must_use]
    pub fn into_event(self) -> Option<Event> {
        let Self { cursor, at, happened } = self;
        match happened {
            Happened::Job { kind, job, run, .. } => Some(Event { cursor, at, kind, job, run }),
            _ => None,
        }
    }
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

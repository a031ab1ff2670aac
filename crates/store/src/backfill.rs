//! Backfills in the store. Each lies in its job's partition and is taken forward by the leader.

use async_trait::async_trait;
use bellwether_domain::backfill::{Backfill, Progress};
use bellwether_domain::{BackfillId, Etag, JobUid, Overlap, Partition, RunDraft, Timestamp};

use crate::{Keep, LeaseToken, ReadyKey, Reply, StoreError, Write};

/// Backfills.
#[async_trait]
pub trait BackfillStore: Send + Sync + 'static {
    /// Stores a backfill, whose first step is due at once. [`Write::Changed`] when the job is gone
    /// or another version.
    async fn start_backfill(&self, start: &StartBackfill) -> Result<Write, StoreError>;

    /// The backfills of these names, in their order; `None` for one that is not there.
    async fn read_backfills(
        &self,
        partition: Partition,
        ids: &[BackfillId],
    ) -> Result<Vec<Option<BackfillView>>, StoreError>;

    /// The backfills of a job's incarnation, the oldest first: those under way, and those that
    /// ended within [`KEPT`](bellwether_domain::backfill::KEPT).
    async fn list_backfills(
        &self,
        partition: Partition,
        uid: JobUid,
    ) -> Result<Vec<BackfillView>, StoreError>;

    /// Takes fire times of a backfill, as the partition's leader.
    async fn advance_backfill(
        &self,
        token: LeaseToken,
        advance: &AdvanceBackfill,
    ) -> Result<Advanced, StoreError>;

    /// Forgets a backfill: one that ended, or whose job's incarnation is gone.
    async fn drop_backfill(&self, partition: Partition, id: BackfillId) -> Result<(), StoreError>;
}

/// A backfill as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct BackfillView {
    /// What was asked for.
    pub backfill: Backfill,
    /// How far it has come.
    pub progress: Progress,
}

/// A backfill to store.
#[derive(Clone, Debug)]
pub struct StartBackfill {
    /// The backfill.
    pub backfill: Backfill,
    /// The partition of its job.
    pub partition: Partition,
    /// The version of the job that was read.
    pub expected: Etag,
    /// The reply to keep.
    pub reply: Option<Reply>,
}

/// Fire times of a backfill to take.
#[derive(Clone, Debug)]
pub struct AdvanceBackfill {
    /// The backfill.
    pub backfill: Backfill,
    /// Where it was when this was decided.
    pub expected: Progress,
    /// The version of the job that this was decided from.
    pub etag: Etag,
    /// The runs, in the order of their fire times.
    pub fires: Vec<RunDraft>,
    /// No fire time follows these.
    pub last: bool,
    /// When the next step is due if all are taken.
    pub next: Timestamp,
    /// When it is due if not.
    pub again: Timestamp,
    /// Runs of the job that may be active: one that would be more is skipped, or under
    /// [`Overlap::Queue`] not taken yet. Places that the job has for fire times that wait are left
    /// to its schedule.
    pub max_instances: u32,
    /// Where its runs wait.
    pub ready: ReadyKey,
    /// How much history the job keeps.
    pub keep: Keep,
}

impl AdvanceBackfill {
    /// Whether fire times wait for their place.
    #[must_use]
    pub fn queues(&self) -> bool {
        self.backfill.overlap == Overlap::Queue
    }
}

/// How [`BackfillStore::advance_backfill`] went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advanced {
    /// So many of the fire times were taken. None while scheduling is paused for the job.
    Taken(usize),
    /// The backfill has moved on or is gone, or the job is gone or another version; nothing was
    /// written.
    Changed,
    /// The lease is another's.
    Stale,
}

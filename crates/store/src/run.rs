//! Runs in the store, as clients ask for them and read them.

use async_trait::async_trait;
use bellwether_domain::plan::Admission;
use bellwether_domain::{Etag, JobUid, Partition, RequestId, Run, RunDraft, RunId, Timestamp};

use crate::{Keep, ReadyKey, StoreError};

/// Runs, as clients ask for them and read them.
#[async_trait]
pub trait RunStore: Send + Sync + 'static {
    /// Adds a run that a client asked for, or a `skipped` record where the job is at its limit. Its
    /// epoch is the partition's present one.
    async fn admit_run(&self, admit: &AdmitRun) -> Result<Admitted, StoreError>;

    /// What the request got when it was first made; `None` when it was not, or too long ago. For
    /// one who repeats it and cannot decide it anew, since the job is gone or changed meanwhile.
    async fn requested_run(
        &self,
        partition: Partition,
        request: RunRequest,
    ) -> Result<Option<Admitted>, StoreError>;

    /// The run, unfinished or in the history of the job's incarnation `uid`.
    async fn read_run(&self, uid: JobUid, run: RunId) -> Result<Option<Run>, StoreError>;

    /// The unfinished runs of these ids, in their order; `None` for one that is not there.
    async fn read_live_runs(
        &self,
        partition: Partition,
        runs: &[RunId],
    ) -> Result<Vec<Option<Run>>, StoreError>;

    /// The runs of one partition that these name, in their order: unfinished whatever their job, or
    /// in the history of the incarnation beside the id; `None` for one that is in neither.
    async fn find_runs(
        &self,
        partition: Partition,
        runs: &[(JobUid, RunId)],
    ) -> Result<Vec<Option<Run>>, StoreError>;

    /// Which of these incarnations, in their order, have a run in their history that ended failed,
    /// timed out or lost at `since` or later.
    async fn failed_since(
        &self,
        partition: Partition,
        uids: &[JobUid],
        since: Timestamp,
    ) -> Result<Vec<bool>, StoreError>;

    /// The runs of a job's incarnation: the unfinished ones in the order in which they were
    /// admitted, then the history, the latest to end first; among those that ended in the same
    /// millisecond, the latest fire time first.
    async fn list_runs(&self, partition: Partition, uid: JobUid) -> Result<Vec<Run>, StoreError>;
}

/// A run that a client asks for.
#[derive(Clone, Debug)]
pub struct AdmitRun {
    /// The run.
    pub draft: RunDraft,
    /// The version of the job that was read.
    pub expected: Etag,
    /// How many runs may be active.
    pub admission: Admission,
    /// Where it waits.
    pub ready: ReadyKey,
    /// How much history the job keeps.
    pub keep: Keep,
    /// The request, kept for an hour with the run that it got.
    pub request: Option<RunRequest>,
}

/// A request for a run, as it is told from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunRequest {
    /// Its name.
    pub id: RequestId,
    /// A digest of what it asks for: a name that comes with another one names another request.
    pub fingerprint: [u8; 8],
}

/// How [`RunStore::admit_run`] went.
#[derive(Clone, Debug, PartialEq)]
pub enum Admitted {
    /// The run as it was stored: pending or skipped. The same again when the request is repeated.
    Run(Box<Run>),
    /// The request's name was that of a different request before; nothing was written.
    Reused,
    /// The job is gone or another version by now; nothing was written.
    Changed,
}

/// Why the store itself ended a run or refused it one: what [`bellwether_domain::AttemptReport`]
/// says as `reason`, in every store the same.
pub mod reason {
    /// A fire time, or a run that a client asked for, that found no place.
    pub const NO_PLACE: &str = "max_instances reached";
    /// Fire times that had come when their job was paused.
    pub const PAUSED: &str = "paused";
    /// Of a pause by `pause_after_failures`.
    #[must_use]
    pub fn after_failures(count: u32) -> String {
        format!("pause_after_failures: {count} failed runs in a row")
    }
    /// A fire time that was taken later than its job allows.
    pub const TOO_LATE: &str = "misfire_grace exceeded";
    /// A run that made way for a later one under `overlap` REPLACE.
    pub const REPLACED: &str = "replaced by a later run";
}

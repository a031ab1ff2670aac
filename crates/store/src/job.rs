//! Jobs in the store: what clients write.
//!
//! A client's write is: read the job, decide what it becomes (purely, with the store's time), and
//! write with the etag and the fire times that were read. Where one of them is another by then,
//! the write answers [`Write::Changed`] and the caller reads again. So a claim and an update that
//! cross each other cannot both win.

use async_trait::async_trait;
use bellwether_domain::{
    Definition, Etag, FirePoint, Job, JobKey, Namespace, Partition, RequestId, RunDraft, Timestamp,
};

use crate::StoreError;

/// Jobs, as clients write and read them.
#[async_trait]
pub trait JobStore: Send + Sync + 'static {
    /// The job named `key`, the store's time, and the reply kept for `request`, if any: all of one
    /// instant.
    async fn read_job(
        &self,
        key: &JobKey,
        request: Option<RequestId>,
    ) -> Result<JobView, StoreError>;

    /// Adds a job. [`Write::Changed`] when one of that name exists, or when `next` is not after
    /// the store's time by now (unless it may be).
    async fn insert_job(&self, insert: &InsertJob) -> Result<Write, StoreError>;

    /// Changes a job's definition or state.
    async fn change_job(&self, change: &ChangeJob) -> Result<Write, StoreError>;

    /// Removes a job with its history. Pending runs, and those that wait for a retry, end
    /// cancelled; running attempts go on, and their results are stored as events only.
    async fn delete_job(&self, delete: &DeleteJob) -> Result<Write, StoreError>;

    /// Up to `limit` jobs of the partition in the order of their keys' text, those after `after`,
    /// of `namespace` or of all.
    async fn list_jobs(
        &self,
        partition: Partition,
        namespace: Option<&Namespace>,
        after: Option<&JobKey>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError>;

    /// How many of up to `limit` jobs of the partition, in the order of their keys' text, those after
    /// `after`, are in each state. Nothing is read but states, so that it may be asked of all jobs now
    /// and then.
    async fn count_jobs(
        &self,
        partition: Partition,
        after: Option<&JobKey>,
        limit: usize,
    ) -> Result<JobCounts, StoreError>;

    /// How many jobs `namespace` has in `partitions`, whatever their state: counted, not kept, and
    /// in a time that does not grow with their number.
    async fn namespace_size(
        &self,
        partitions: &[Partition],
        namespace: &Namespace,
    ) -> Result<u64, StoreError>;

    /// The jobs of one partition that `keys` name, in their order; `None` for one that is gone.
    async fn read_jobs(
        &self,
        partition: Partition,
        keys: &[JobKey],
    ) -> Result<Vec<Option<Job>>, StoreError>;
}

/// How many jobs are in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Those that fire.
    pub active: u64,
    /// Those that are paused.
    pub paused: u64,
    /// Those that will not fire again.
    pub finished: u64,
    /// The last that was counted, where there may be more behind it.
    pub more_after: Option<JobKey>,
}

/// What [`JobStore::read_job`] saw.
#[derive(Clone, Debug)]
pub struct JobView {
    /// The store's time.
    pub now: Timestamp,
    /// The reply that the request got when it was first made.
    pub reply: Option<Vec<u8>>,
    /// The job.
    pub job: Option<Job>,
}

/// The reply to keep with a write for an hour, so that a repeat of the request gets it again.
/// A write whose request was already answered does nothing and returns that reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The request.
    pub request: RequestId,
    /// The encoded reply; the store does not look into it.
    pub body: Vec<u8>,
}

/// How a client's write went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// It is stored.
    Done,
    /// The request was answered before, with this reply; nothing was written now.
    Repeated(Vec<u8>),
    /// What the write was decided from no longer holds; nothing was written.
    Changed,
}

/// A job to add.
#[derive(Clone, Debug)]
pub struct InsertJob {
    /// The definition.
    pub definition: Definition,
    /// Its version.
    pub etag: Etag,
    /// Its first point.
    pub next: FirePoint,
    /// `next` is due at creation (a past `date`, `fire_immediately`) and may lie in the past.
    pub due_at_once: bool,
    /// The reply to keep.
    pub reply: Option<Reply>,
}

/// A change to a job.
#[derive(Clone, Debug)]
pub struct ChangeJob {
    /// The job.
    pub key: JobKey,
    /// The version that was read.
    pub expected: Etag,
    /// The latest claimed fire time that was read.
    pub expected_last: Option<Timestamp>,
    /// The next fire time that was read.
    pub expected_next: Option<Timestamp>,
    /// The new version.
    pub etag: Etag,
    /// What changes.
    pub change: Change,
    /// What becomes of the job's next point.
    pub next: NextPoint,
    /// The fire times that were due and unclaimed at the store's time that was read, where the
    /// change drops them: recorded as one `skipped` run; its `covers` ends at what becomes the
    /// latest claimed fire time. The store answers [`Write::Changed`] when a fire time that the
    /// change drops is due by now and this says nothing of it.
    pub dropped: Option<Dropped>,
    /// Where the job's waiting runs go, where the change gives them another ready list.
    pub relist: Option<Relist>,
    /// The reply to keep.
    pub reply: Option<Reply>,
}

/// Another ready list for the runs of a job: its target is another, or its priority. A run that waited
/// where nobody takes it would hold its place for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relist {
    /// Where they wait.
    pub from: crate::ReadyKey,
    /// Where they are to wait.
    pub to: crate::ReadyKey,
}

/// Due fire times that a change drops.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// The record.
    pub draft: RunDraft,
    /// Why, as in `paused` or `trigger changed`.
    pub reason: String,
    /// How much history the job keeps.
    pub keep: crate::Keep,
}

/// What changes of a job.
#[derive(Clone, Debug)]
pub enum Change {
    /// Its definition (same key, same uid). A paused job stays paused, keeping its reason.
    Define(Box<Definition>),
    /// It stops firing.
    Pause {
        /// Why; up to 1 KiB.
        reason: String,
        /// The store's time that was read: fire times after it belong to the pause. A job that is
        /// paused already stays so since it was.
        since: Timestamp,
    },
    /// It fires again, and failures in a row are counted from 0.
    Resume,
}

/// What becomes of a job's next point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextPoint {
    /// It stays as it is.
    Keep,
    /// It is this one. Refused with [`Write::Changed`] when it is not after the latest claimed
    /// fire time, or, unless `due_at_once`, not after the store's time. A job that stays paused
    /// gets none all the same.
    At {
        /// The point.
        point: FirePoint,
        /// It may lie before the store's time.
        due_at_once: bool,
    },
    /// There is none: the job is paused.
    Unset,
    /// There is none any more: the job is finished.
    Exhausted,
}

/// A job to remove.
#[derive(Clone, Debug)]
pub struct DeleteJob {
    /// The job.
    pub key: JobKey,
    /// The version that was read.
    pub expected: Etag,
    /// The incarnation that was read.
    pub uid: bellwether_domain::JobUid,
    /// The reply to keep.
    pub reply: Option<Reply>,
}

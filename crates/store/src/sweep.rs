//! What a partition's leader clears away: jobs that finished long ago.
//!
//! Which jobs those are is asked of the jobs themselves, a page at a time. An index of them by the
//! time of their end would be found faster and be one more thing that can disagree with the jobs.

use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::{Etag, JobKey, JobUid, Partition};

use crate::{LeaseToken, StoreError};

/// Finished jobs, and their end.
#[async_trait]
pub trait SweepStore: Send + Sync + 'static {
    /// Which of the next `limit` jobs after `after`, in the order of their keys' text, have been
    /// finished for `ttl` or longer by the store's time.
    async fn finished_jobs(
        &self,
        partition: Partition,
        after: Option<&JobKey>,
        limit: usize,
        ttl: Duration,
    ) -> Result<FinishedPage, StoreError>;

    /// Removes a job that was found so, with its history, as a delete would, if it is still the same
    /// version and still finished for `ttl` or longer, and none of its runs is unfinished.
    async fn sweep_job(
        &self,
        token: LeaseToken,
        job: &FinishedJob,
        ttl: Duration,
    ) -> Result<Swept, StoreError>;
}

/// What [`SweepStore::finished_jobs`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedPage {
    /// The jobs.
    pub jobs: Vec<FinishedJob>,
    /// Behind which job to go on; `None` when that was the last page.
    pub next: Option<JobKey>,
}

/// A job that was found finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedJob {
    /// The job.
    pub key: JobKey,
    /// The version that was read.
    pub etag: Etag,
    /// The incarnation that was read.
    pub uid: JobUid,
}

/// How [`SweepStore::sweep_job`] went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swept {
    /// It is gone.
    Removed,
    /// It is there: changed meanwhile, or with a run that is not finished; or it was gone already.
    Kept,
    /// The lease is another's.
    NotLeading,
}

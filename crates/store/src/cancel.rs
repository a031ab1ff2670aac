//! Runs that are ended by request.
//!
//! A run that waits ends at once. An attempt under way is its holder's to end: the request is kept
//! beside the run until the holder reports, and who holds attempts looks for it, by hint and by
//! asking now and then. When `cancel_grace` has passed without a report, because the holder is dead,
//! cut off or does not listen, the partition's leader ends the run in its place and readies those
//! that waited for it in the same step. A result that comes later is superseded for
//! [`LATE_RESULTS`], and unknown after that.
//!
//! The request is bound to the run, not to the attempt: whatever becomes of the attempt meanwhile,
//! the run is not tried again.

use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::{AttemptReport, JobKey, JobUid, Partition, Run, RunId};

use crate::{Finish, FinishReply, Keep, LeaseToken, ReadyKey, RunRequest, StoreError};

/// For how long it is known of a run that its leader ended it in its holder's place.
pub const LATE_RESULTS: Duration = Duration::from_secs(600);

/// After what time a cancelling is seen to again, where its attempt goes on unexpectedly.
pub const ANOTHER_LOOK: Duration = Duration::from_secs(1);

/// The cancelling of runs.
#[async_trait]
pub trait CancelStore: Send + Sync + 'static {
    /// Ends a run that waits, or asks the holder of its attempt to end it. A holder that was asked
    /// already is not asked again: the first request counts.
    async fn cancel_run(&self, cancel: &CancelRun) -> Result<CancelOutcome, StoreError>;

    /// What the holders of attempts in these partitions are asked.
    async fn cancels(&self, partitions: &[Partition]) -> Result<Vec<CancelAsked>, StoreError>;

    /// Sees to the cancelling of `runs`, which a [`crate::Peek`] named, as the partition's leader:
    /// `finishes` end, as cancelled, the attempts of those that still go on. A run that has ended
    /// is not asked for any more; one whose attempt goes on all the same is looked at again later.
    /// `None`: the lease is another's.
    async fn end_cancelled(
        &self,
        token: LeaseToken,
        finishes: &[Finish],
        runs: &[RunId],
    ) -> Result<Option<Vec<FinishReply>>, StoreError>;
}

/// A run to cancel.
#[derive(Clone, Debug)]
pub struct CancelRun {
    /// The run.
    pub run: RunId,
    /// Its job.
    pub job: JobKey,
    /// The job's incarnation.
    pub uid: JobUid,
    /// The number of its latest attempt, as it was read: a run that waits is cancelled only while
    /// `report` is that of its latest attempt.
    pub attempt: u32,
    /// What its latest attempt left behind, and why it is cancelled. Of an attempt under way only
    /// where its holder does not report.
    pub report: AttemptReport,
    /// How long its holder has to report.
    pub grace: Duration,
    /// Runs of the job that may be started at once: those that waited are readied.
    pub max_instances: u32,
    /// Where the job's runs wait.
    pub ready: ReadyKey,
    /// How much history the job keeps.
    pub keep: Keep,
    /// The request, kept for an hour with the run as it was then.
    pub request: Option<RunRequest>,
}

/// How [`CancelStore::cancel_run`] went.
#[derive(Clone, Debug, PartialEq)]
pub enum CancelOutcome {
    /// The run as it was stored: cancelled, or running, its holder asked. The same again when the
    /// request is repeated.
    Run(Box<Run>),
    /// The request's name was that of a different request before; nothing was written.
    Reused,
    /// The run has had another attempt since it was read; nothing was written.
    Changed,
    /// The job's incarnation has no such unfinished run.
    Unknown,
}

/// What the holder of an attempt is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelAsked {
    /// The run whose attempt is to end.
    pub run: RunId,
    /// What the run is recorded with where the holder does not report: above all, the reason.
    pub report: AttemptReport,
}

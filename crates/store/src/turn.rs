//! The turn: the one call through which a node claims, takes and finishes in a partition.
//!
//! Each (node, partition) is one stop-and-wait lane. A turn carries what accumulated while the
//! previous one was under way, so batches grow with load and nothing waits for a timer. Its
//! sequence number makes it repeatable: when the outcome of a call is unknown, the same turn is
//! sent again and the store answers what it answered before.

use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::plan::Claim;
use bellwether_domain::{
    AttemptReport, BackfillId, BootId, Etag, FirePoint, JobKey, JobUid, NextStep, Owner, Partition,
    Policy, Run, RunCause, RunId, Timestamp,
};

use crate::{Keep, LeaseToken, ReadyKey, StoreError};

/// The hot path, and what recovers from its interruption.
#[async_trait]
pub trait TurnStore: Send + Sync + 'static {
    /// Opens the node's lane. Turns numbered `floor` or lower are refused from then on. Registering
    /// again is for a node whose registration was removed, by one who took it for dead; where it
    /// was not removed, the floor is raised and never lowered.
    async fn register(
        &self,
        partition: Partition,
        boot: BootId,
        floor: Seq,
    ) -> Result<(), StoreError>;

    /// What is due in the partition, and when to look again: up to `limit` due points, those
    /// after `after` in the order of (start_after, the key's text), and up to `limit` delayed runs.
    async fn peek(
        &self,
        partition: Partition,
        after: Option<&DueCursor>,
        limit: usize,
    ) -> Result<Peek, StoreError>;

    /// The heads of partitions, in their order: a cheap look for who must be woken.
    async fn heads(&self, partitions: &[Partition]) -> Result<Vec<Head>, StoreError>;

    /// One turn, in this order: finishes, promotes, claims, takes. Finishes and takes need the
    /// node's registration only; claims and promotes need the lease as well.
    async fn turn(
        &self,
        partition: Partition,
        boot: BootId,
        seq: Seq,
        turn: &Turn,
    ) -> Result<TurnReply, TurnError>;

    /// Every leased attempt of the partition.
    async fn attempts(&self, partition: Partition) -> Result<Vec<AttemptRecord>, StoreError>;

    /// The nodes that are registered in the partition.
    async fn registered(&self, partition: Partition) -> Result<Vec<BootId>, StoreError>;

    /// Ends attempts of others, as the partition's leader: those of a dead node, and those past
    /// their deadline. Each is judged by (run, attempt, owner). The registration of `dead` is
    /// removed in the same step once it owns no attempt here. `None`: the lease is another's.
    async fn reap(
        &self,
        token: LeaseToken,
        dead: Option<BootId>,
        finishes: &[Finish],
    ) -> Result<Option<Vec<FinishReply>>, StoreError>;
}

/// The number of a turn in its lane: 1 is the first after a registration with floor 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

/// A place in the order of due points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueCursor {
    /// The instant.
    pub start_after: Timestamp,
    /// The job.
    pub key: JobKey,
}

/// What [`TurnStore::peek`] saw.
#[derive(Clone, Debug)]
pub struct Peek {
    /// The store's time.
    pub now: Timestamp,
    /// The version of what is paused in the partition; see [`crate::PauseStore`]. Jobs that are held
    /// back are not among `due`, nor do they count for `head`.
    pub pauses: u64,
    /// Due points, each with what a plan needs beside the definition.
    pub due: Vec<DueEntry>,
    /// Delayed runs whose time has come, to be promoted; one that ended meanwhile may still be
    /// among them, and the promotion drops it.
    pub delayed: Vec<Promote>,
    /// Runs whose cancelling has to be seen to: [`crate::CancelStore::end_cancelled`].
    pub cancels: Vec<RunId>,
    /// Backfills whose next step is due, or that are to be forgotten; see
    /// [`crate::BackfillStore`].
    pub backfills: Vec<BackfillId>,
    /// When to look again.
    pub head: Head,
}

/// A job with a due point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueEntry {
    /// The job.
    pub key: JobKey,
    /// The version of its definition.
    pub etag: Etag,
    /// The incarnation.
    pub uid: JobUid,
    /// The point.
    pub next: FirePoint,
    /// Scheduled runs created so far.
    pub fires: u32,
    /// The last pass left due fire times behind.
    pub catching_up: bool,
}

/// When a partition next needs somebody. In a [`Peek`], `due` and `delayed` are the earliest
/// behind what it returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The earliest due point.
    pub due: Option<Timestamp>,
    /// When the earliest delayed run may start, a cancelling has to be seen to, or a backfill has its
    /// next step.
    pub delayed: Option<Timestamp>,
    /// How many runs wait on the ready lists of [`crate::Lane::Node`], about.
    pub ready: u64,
}

/// What a node wants of a partition.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// The leadership that claims and promotes rest on.
    pub lease: Option<LeaseToken>,
    /// Attempts that ended.
    pub finishes: Vec<Finish>,
    /// Delayed runs whose time has come.
    pub promotes: Vec<Promote>,
    /// Due fire times to take.
    pub claims: Vec<ClaimItem>,
    /// How many runs of [`crate::Lane::Node`] this node can start right now. Claims lease theirs
    /// straight to it while the lane's ready lists are empty; what is left serves the takes.
    pub free: u32,
    /// Ready lists to take from, in this order.
    pub takes: Vec<Take>,
}

impl Turn {
    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.finishes.is_empty()
            && self.promotes.is_empty()
            && self.claims.is_empty()
            && self.takes.is_empty()
    }
}

/// An attempt that ended.
#[derive(Clone, Debug)]
pub struct Finish {
    /// The run.
    pub run: RunId,
    /// The attempt.
    pub attempt: u32,
    /// Who held it.
    pub owner: Owner,
    /// The run's job.
    pub job: JobKey,
    /// The job's incarnation.
    pub uid: JobUid,
    /// What becomes of the run. Where its job is gone, or is another incarnation, or its holder was
    /// asked to end it, a run that would be pending again ends cancelled instead, and one that was
    /// to be cancelled does not end lost. An attempt that ends lost counts as lost whether
    /// another follows or not; of one given back nothing stays, its start neither.
    pub step: NextStep,
    /// What the attempt left behind.
    pub report: AttemptReport,
    /// Runs of the job that may be started at once: a finish readies those that waited.
    pub max_instances: u32,
    /// Where the job's runs wait.
    pub ready: ReadyKey,
    /// How much history the job keeps.
    pub keep: Keep,
    /// How the end counts towards the job's `pause_after_failures`; `None`: it does not.
    pub failures: Option<FailureRule>,
}

/// When failed runs in a row pause a job. A run that ends failed, timed out or lost adds to the
/// row, one that succeeds ends it, any other leaves it as it is. In the step that ends the run
/// which completes the row, an active job is paused with [`reason::after_failures`], and where its
/// next fire time has come, a `skipped` record covers from that fire time to now. How many others
/// lie between is not counted: the step does not know the trigger.
///
/// [`reason::after_failures`]: crate::reason::after_failures
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureRule {
    /// How many pause the job.
    pub limit: u32,
    /// The version that the job gets when it is paused.
    pub etag: Etag,
    /// The timeout of the job's runs, for the record.
    pub timeout: Duration,
}

impl FailureRule {
    /// The rule of `policy` for the end of a run that exists by `cause`. Runs that a client asked
    /// for on purpose for the past say nothing about the schedule, so backfills do not count.
    #[must_use]
    pub fn of(policy: &Policy, cause: RunCause, etag: Etag) -> Option<Self> {
        let limit = policy.pause_after_failures.filter(|_| cause != RunCause::Backfill)?;
        Some(Self { limit, etag, timeout: policy.timeout })
    }
}

/// A delayed run whose time has come: it goes to its ready list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Promote {
    /// The run.
    pub run: RunId,
    /// Where it goes.
    pub ready: ReadyKey,
}

/// A claim, with where its runs wait and how much history its job keeps.
#[derive(Clone, Debug)]
pub struct ClaimItem {
    /// The claim.
    pub claim: Claim,
    /// Where runs go that may start.
    pub ready: ReadyKey,
    /// How much history the job keeps.
    pub keep: Keep,
}

/// A ready list to take from.
#[derive(Clone, Debug)]
pub struct Take {
    /// The list.
    pub ready: ReadyKey,
    /// At most this many are popped, those included that nobody needs any more: runs that are not
    /// pending.
    pub most: u32,
    /// Who will hold the attempts.
    pub owner: Owner,
}

/// What a turn did.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnReply {
    /// The store's time.
    pub now: Timestamp,
    /// One for each finish, in their order.
    pub finishes: Vec<FinishReply>,
    /// One for each claim, in their order.
    pub claims: Vec<ClaimReply>,
    /// The attempts that the node or its workers now hold, from claims and takes.
    pub leased: Vec<Leased>,
}

/// How a finish went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishReply {
    /// It is stored.
    Recorded,
    /// The run has another attempt or another owner by now; the result is refused and the refusal
    /// recorded (I5).
    Superseded,
    /// There is no such unfinished run; nothing is recorded, since what ended it was. Where that
    /// was the leader, because the holder did not cancel it in time, the result is superseded.
    Unknown,
}

/// How a claim went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimReply {
    /// It is stored; one for each of its fires, in their order.
    Done(Vec<RecordReply>),
    /// The same, and a run that waited is recorded as skipped in their favour.
    Replaced(Vec<RecordReply>),
    /// The lease is another's: this node no longer leads.
    StaleEpoch,
    /// The job is gone, another version, paused or held back, its next point is another one, or that point is
    /// not due yet by the store's time.
    Changed,
    /// A catch-up has to wait for its earlier runs.
    Deferred,
}

/// What became of one fire of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordReply {
    /// The run is leased to the claiming node; see [`TurnReply::leased`].
    Leased,
    /// The run is on its ready list.
    Ready,
    /// The run waits for an earlier one of its job.
    Waiting,
    /// The record of a missed fire time is stored.
    Missed,
    /// The fire time is recorded as skipped.
    Skipped,
}

/// An attempt that somebody now holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Leased {
    /// The run; its `attempt` is the number of the attempt.
    pub run: Run,
    /// Who holds it.
    pub owner: Owner,
    /// The version of the job's definition; `None` when the job is gone.
    pub etag: Option<Etag>,
}

/// Why a turn was refused. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The number is lower than one that was answered.
    #[error("the turn is older than one that was answered")]
    Stale,
    /// The node is not registered: it was taken for dead, and its attempts are no longer its own.
    #[error("the node is not registered in the partition")]
    Unregistered,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A leased attempt, as the store keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// The run.
    pub run: RunId,
    /// The attempt.
    pub attempt: u32,
    /// Who holds it.
    pub owner: Owner,
    /// When it was leased, and
    pub leased: Timestamp,
    /// when it has gone on for longer than the job's timeout, or than it was given beyond that.
    pub deadline: Timestamp,
}

impl AttemptRecord {
    /// How long the attempt has gone on at `now`.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        now.since(self.leased)
    }
}

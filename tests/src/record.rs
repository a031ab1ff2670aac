//! What the store says of runs and attempts, as the checker reads it.

use bellwether_client::v1;
use bellwether_domain::{Covers, Epoch, JobId, JobKey, JobUid, Namespace, RunId, Timestamp};

use crate::oracle::instant;

/// The store's record of a run, as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// The run.
    pub id: RunId,
    /// Its job.
    pub job: JobKey,
    /// The incarnation of the job.
    pub uid: JobUid,
    /// Its fire time.
    pub fire_time: Timestamp,
    /// Why it exists.
    pub cause: v1::RunCause,
    /// Where it stands.
    pub state: v1::RunState,
    /// Why it stands there.
    pub reason: String,
    /// The latest attempt.
    pub attempt: u32,
    /// How many attempts were lost.
    pub lost: u32,
    /// The epoch of its claim.
    pub epoch: Epoch,
    /// The fire times that it stands for.
    pub covers: Covers,
    /// When it was claimed.
    pub claimed: Timestamp,
    /// When it became due.
    pub start_after: Timestamp,
    /// When its latest attempt was leased.
    pub started: Option<Timestamp>,
    /// When it was finished.
    pub ended: Option<Timestamp>,
    /// The node of the latest attempt that reported.
    pub node: String,
}

/// An attempt's end, as the store logged it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptEnd {
    /// The run.
    pub run: RunId,
    /// The attempt.
    pub attempt: u32,
    /// How.
    pub how: EndKind,
    /// When, by the store's clock.
    pub at: Timestamp,
}

/// How an attempt ended, or what became of its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// By its own result, after which the run is finished.
    Reported,
    /// Badly or too late, and another follows.
    Retried,
    /// Its node was gone.
    Lost,
    /// It took too long.
    TimedOut,
    /// By request.
    Cancelled,
    /// Its result came late and was refused.
    Superseded,
}

impl EndKind {
    /// Whether the store gave the attempt up though it may go on somewhere.
    #[must_use]
    pub fn gives_up(self) -> bool {
        matches!(self, Self::Retried | Self::Lost | Self::TimedOut | Self::Cancelled)
    }
}

impl RunRecord {
    /// Reads an answer.
    ///
    /// # Panics
    /// When it is not a run as the API describes it.
    #[must_use]
    pub fn read(run: &v1::Run) -> Self {
        let fire_time = instant(run.fire_time).expect("a run has a fire time");
        let count = |count: i32| u32::try_from(count).expect("no count is negative");
        let covers = run.coalesced.as_ref().map_or(Covers::only(fire_time), |coalesced| Covers {
            first: instant(coalesced.first_fire_time).expect("what is coalesced has a first"),
            last: instant(coalesced.last_fire_time).expect("what is coalesced has a last"),
            others: count(coalesced.count),
        });
        Self {
            id: run.id.parse().expect("a run's id is one"),
            job: JobKey {
                namespace: Namespace::new(&run.namespace).expect("a run's namespace is one"),
                id: JobId::new(&run.job_id).expect("a run's job has an id"),
            },
            uid: run.job_uid.parse().expect("a run's uid is a UUID"),
            fire_time,
            cause: run.cause(),
            state: run.state(),
            reason: run.reason.clone(),
            attempt: count(run.attempt),
            lost: count(run.lost_attempts),
            epoch: Epoch(u64::try_from(run.epoch).expect("no epoch is negative")),
            covers,
            claimed: instant(run.claim_time).expect("a run has a claim"),
            start_after: instant(run.start_after).expect("a run became due at some time"),
            started: instant(run.start_time),
            ended: instant(run.end_time),
            node: run.node.clone(),
        }
    }

    /// Whether the trigger made it.
    #[must_use]
    pub fn is_scheduled(&self) -> bool {
        self.cause == v1::RunCause::Schedule
    }

    /// Whether it is finished.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !matches!(self.state, v1::RunState::Pending | v1::RunState::Running)
    }

    /// Whether an attempt was made that came to a result.
    #[must_use]
    pub fn was_executed(&self) -> bool {
        matches!(self.state, v1::RunState::Succeeded | v1::RunState::Failed)
    }

    /// Whether it stands for `fire_time`.
    #[must_use]
    pub fn covers(&self, fire_time: Timestamp) -> bool {
        self.covers.first <= fire_time && fire_time <= self.covers.last
    }
}

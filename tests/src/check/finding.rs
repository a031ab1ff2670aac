//! What can be wrong.

use std::time::Duration;

use bellwether_domain::{Epoch, JobKey, Partition, RunId, Timestamp};

/// Something that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// I2.
    #[error("lost: no run or record of {job} covers its fire time {fire_time}")]
    Lost {
        /// The job.
        job: JobKey,
        /// The fire time.
        fire_time: Timestamp,
    },
    /// I1.
    #[error("duplicate: {count} runs of {job} cover its fire time {fire_time}")]
    Duplicate {
        /// The job.
        job: JobKey,
        /// The fire time.
        fire_time: Timestamp,
        /// How many.
        count: usize,
    },
    /// The store says that an attempt was executed, and no handler saw it.
    #[error("lost: attempt {attempt} of {run} ({job}) came to a result and never arrived")]
    NeverArrived {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// The attempt.
        attempt: u32,
    },
    /// The store took a result for that of an attempt whose handler was still at it (I5).
    #[error("{run} ({job}) ended at {at}, before the handler of its attempt {attempt} was done")]
    EndedBefore {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// The attempt.
        attempt: u32,
        /// When, as the store has it.
        at: Timestamp,
    },
    /// An attempt was delivered again.
    #[error("duplicate: attempt {attempt} of {run} ({job}) arrived {count} times")]
    ArrivedAgain {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// The attempt.
        attempt: u32,
        /// How often.
        count: usize,
    },
    /// A fire time that the trigger does not have, or not then.
    #[error("outside the oracle: {job} has no fire time {fire_time}, yet there is {run}")]
    NotExpected {
        /// The job.
        job: JobKey,
        /// The fire time.
        fire_time: Timestamp,
        /// The run.
        run: RunId,
    },
    /// A delivery of a run that the store knows nothing of.
    #[error("{run} ({job}, {fire_time}) arrived and the store has no record of it")]
    NoRecord {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// Its fire time.
        fire_time: Timestamp,
    },
    /// Delivery and record differ.
    #[error("{run} ({job}): the delivery says {delivered}, the record {recorded}")]
    Differs {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// What the handler was told.
        delivered: String,
        /// What the store says.
        recorded: String,
    },
    /// A request that is no delivery.
    #[error("the sink got what is no delivery: {0}")]
    Strange(String),
    /// Something began before it was due.
    #[error("early: {what} of {run} ({job}) at {at}, due at {due}")]
    Early {
        /// What.
        what: &'static str,
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// When.
        at: Timestamp,
        /// When it became due.
        due: Timestamp,
    },
    /// A record of what was not run that does not say why.
    #[error("{run} ({job}) was not run and gives no reason")]
    NoReason {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
    },
    /// A run, or a handler, that goes on at the end.
    #[error("{run} ({job}) has not ended: {state}")]
    NotEnded {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// Where it stands.
        state: String,
    },
    /// Two attempts of a run at once, though the first was not given up.
    #[error("attempts {first} and {second} of {run} ({job}) overlap")]
    Overlap {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// The one.
        first: u32,
        /// The other.
        second: u32,
    },
    /// A later attempt, though nothing says that the one before it ended badly.
    #[error("attempt {attempt} of {run} ({job}) arrived, and nothing says why there is one")]
    Unexplained {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// The attempt.
        attempt: u32,
    },
    /// I6.
    #[error("{job} had {count} attempts running at {at}; {allowed} may")]
    TooManyRunning {
        /// The job.
        job: JobKey,
        /// When.
        at: Timestamp,
        /// How many.
        count: usize,
        /// How many may.
        allowed: u32,
    },
    /// I3, I4.
    #[error("epoch {epoch} of partition {partition} had several owners: {owners:?}")]
    TwoOwners {
        /// The partition.
        partition: Partition,
        /// The epoch.
        epoch: Epoch,
        /// Who.
        owners: Vec<String>,
    },
    /// I3, I4.
    #[error("{run} ({job}) was claimed at {at} under {epoch}, after a claim under {earlier}")]
    EpochWentBack {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// When it was claimed.
        at: Timestamp,
        /// Under which epoch.
        epoch: Epoch,
        /// The higher epoch of an earlier claim in the partition.
        earlier: Epoch,
    },
    /// A run was claimed in time and delivered much later.
    #[error("{run} ({job}) arrived {late:?} later after its claim than a lease and a while allow")]
    DeliveredLate {
        /// The run.
        run: RunId,
        /// Its job.
        job: JobKey,
        /// By how much.
        late: Duration,
    },
    /// Claims did not go on in time.
    #[error("{job}: {fire_time} was claimed {late:?} later than a lease and a while allow")]
    Stalled {
        /// The job.
        job: JobKey,
        /// The fire time.
        fire_time: Timestamp,
        /// By how much.
        late: Duration,
    },
}

impl Finding {
    /// Whether something that should have been executed, or recorded, was not.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::NeverArrived { .. })
    }

    /// Whether something happened twice.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate { .. } | Self::ArrivedAgain { .. })
    }
}

//! What a client's write makes of a job, decided purely.
//!
//! Each function takes what was read, the store's time among it, and returns what is to be written
//! together with the job as it will then be. Nothing here waits, reads or draws: the same input
//! yields the same decision, and a write that finds the store changed is simply decided again.
//!
//! # Fire times that a change drops
//!
//! No fire time may get lost (invariant I2). A change that takes away a job's next point therefore
//! says what becomes of the fire times that have come up to now and were not claimed: they go into
//! one `skipped` record, whose last fire time counts as claimed from then on. What has come is
//! judged by the nominal instant: one that only waits for its jitter has come too.

mod backfill;
mod cancel;
mod change;
mod create;
mod dropped;
mod fresh;
mod limits;
mod manual;
mod pause;
mod plan;
mod resume;
mod secret;
#[cfg(test)]
mod testing;

use bellwether_domain::address::AddressPolicy;
use bellwether_domain::{Job, JobDefaults, Limits, PartitionCount, StreamPolicy, Timestamp};
use bellwether_store::{ChangeJob, InsertJob};

pub(crate) use backfill::{Asked, backfill};
pub(crate) use cancel::{Known, cancel};
pub(crate) use change::change;
pub(crate) use create::create;
pub(crate) use fresh::Fresh;
pub(crate) use manual::{manual_run, retried_run};
pub(crate) use pause::pause;
pub(crate) use plan::fire_times;
pub(crate) use resume::resume;

/// What every decision is made from beside the job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    /// The store's time as it was read with the job.
    pub(crate) now: Timestamp,
    /// What is new and random in whatever is written.
    pub(crate) fresh: Fresh,
    /// Whether the job's next point may lie before the store's time once it is written: for
    /// triggers so dense that a later fire time has always come by then.
    pub(crate) hurried: bool,
    /// How many partitions the cluster has.
    pub(crate) partitions: PartitionCount,
    /// What policies leave out.
    pub(crate) defaults: &'a JobDefaults,
    /// Where targets may reach.
    pub(crate) addresses: &'a AddressPolicy,
    /// Which streams targets may append to.
    pub(crate) streams: &'a StreamPolicy,
    /// What namespaces may have and do.
    pub(crate) limits: &'a Limits,
}

/// A job to add, and the job as it will be.
pub(crate) struct Created {
    /// The write.
    pub(crate) insert: InsertJob,
    /// The job.
    pub(crate) job: Job,
}

/// A job to change, and the job as it will be.
pub(crate) struct Changed {
    /// The write.
    pub(crate) change: ChangeJob,
    /// The job.
    pub(crate) job: Job,
}

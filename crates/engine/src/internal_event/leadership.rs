//! Leadership and membership.

use bellwether_domain::{Owner, Partition};
use bellwether_store::{LeaseToken, StoreError};

/// This node leads a partition.
pub(crate) struct LeaderBegan {
    pub(crate) token: LeaseToken,
}

impl LeaderBegan {
    pub(crate) fn emit(self) {
        metrics::counter!("bellwether_leader_changes_total").increment(1);
        let LeaseToken { partition, epoch, .. } = self.token;
        tracing::info!(%partition, %epoch, "leads");
    }
}

/// This node leads a partition no longer.
pub(crate) struct LeaderEnded {
    pub(crate) token: LeaseToken,
    pub(crate) why: &'static str,
}

impl LeaderEnded {
    pub(crate) fn emit(self) {
        let LeaseToken { partition, epoch, .. } = self.token;
        tracing::info!(%partition, %epoch, why = self.why, "leads no longer");
    }
}

/// Finished jobs were looked for, and those removed that had been kept for long enough.
pub(crate) struct JobsSwept {
    pub(crate) partition: Partition,
    pub(crate) removed: u64,
}

impl JobsSwept {
    pub(crate) fn emit(self) {
        let Self { partition, removed } = self;
        if removed > 0 {
            metrics::counter!("bellwether_jobs_swept_total").increment(removed);
            tracing::info!(%partition, removed, "finished jobs removed");
        }
    }
}

/// Somebody asked this node to drain.
pub(crate) struct DrainRequested;

impl DrainRequested {
    pub(crate) fn emit(self) {
        tracing::info!("asked to drain: nothing new is claimed or taken from now on");
    }
}

/// A lease could not be read, taken, renewed or released.
pub(crate) struct LeaseFailed<'a> {
    pub(crate) error: &'a StoreError,
}

impl LeaseFailed<'_> {
    pub(crate) fn emit(self) {
        metrics::counter!("bellwether_lease_renew_failures_total").increment(1);
        tracing::warn!(error = self.error as &dyn std::error::Error, "lease call failed");
    }
}

/// A node, or a worker's session, was found dead in a partition.
pub(crate) struct OwnerReaped {
    pub(crate) partition: Partition,
    pub(crate) dead: Owner,
    pub(crate) attempts: usize,
}

impl OwnerReaped {
    pub(crate) fn emit(self) {
        let Self { partition, dead, attempts } = self;
        tracing::info!(%partition, owner = %dead.0, attempts, "owner is gone; its attempts are taken over");
    }
}

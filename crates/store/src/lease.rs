//! The leases of partitions: who leads, and the token that fences those who no longer do.

use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::{BootId, Epoch, Partition, Timestamp};

use crate::StoreError;

/// The leases of partitions.
#[async_trait]
pub trait LeaseStore: Send + Sync + 'static {
    /// Takes the lease for `ttl` if it is free, expired, or expires further than `ttl` from now
    /// (a clock that jumped back). The new epoch is `max(stored + 1, now in ms, floor + 1)`, where
    /// `floor` is the highest that the caller has seen of this partition (I4). An owner that
    /// acquires again gets a new epoch.
    async fn acquire(
        &self,
        partition: Partition,
        owner: BootId,
        ttl: Duration,
        floor: Epoch,
    ) -> Result<Acquired, StoreError>;

    /// Extends the lease to `ttl` from now. `false`: it is another's by now.
    async fn renew(&self, token: LeaseToken, ttl: Duration) -> Result<bool, StoreError>;

    /// Gives the lease back and hints to the others that it is free. `false`: it was not held.
    async fn release(&self, token: LeaseToken) -> Result<bool, StoreError>;

    /// Says that `boot` wants to lead the partition, which another leads: the holder hands over in
    /// its own time. Forgotten when the lease changes hands.
    async fn want(&self, partition: Partition, boot: BootId) -> Result<(), StoreError>;

    /// The leases of `partitions`, in their order.
    async fn leases(&self, partitions: &[Partition]) -> Result<Vec<LeaseView>, StoreError>;
}

/// Proof of leadership: what a leader's writes carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseToken {
    /// The partition.
    pub partition: Partition,
    /// The fencing token.
    pub epoch: Epoch,
    /// The node.
    pub owner: BootId,
}

/// How [`LeaseStore::acquire`] went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquired {
    /// The caller leads.
    Leader(LeaseToken),
    /// Another does.
    Held(LeaseView),
}

/// A lease as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseView {
    /// The partition.
    pub partition: Partition,
    /// The latest epoch; 0 when it was never led.
    pub epoch: Epoch,
    /// The holder; `None` when released or never led. Its lease may have expired.
    pub owner: Option<BootId>,
    /// When it expires.
    pub expires: Timestamp,
    /// Who asked the holder to hand over.
    pub want: Option<BootId>,
    /// The store's time.
    pub now: Timestamp,
}

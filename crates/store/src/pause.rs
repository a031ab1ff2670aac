//! Pauses of scheduling in the store: what is meant, and what each partition has of it.
//!
//! What is meant is stored once and numbered; it reaches the partitions as copies, each of which
//! takes the place of a lower number only. So nothing needs to be written in several partitions at
//! once, and a copy that arrives late, or twice, does no harm. What counts for claims is the
//! partition's copy, which lies beside its lease and is looked at in the step that claims.

use async_trait::async_trait;
use bellwether_domain::pause::{Pauses, Scope};
use bellwether_domain::{Partition, RequestId, Timestamp};

use crate::{Reply, StoreError, Write};

/// Pauses of scheduling.
#[async_trait]
pub trait PauseStore: Send + Sync + 'static {
    /// What is meant, the store's time, and the reply kept for `request`, if any.
    async fn pauses(&self, request: Option<RequestId>) -> Result<PausesView, StoreError>;

    /// Makes `pauses` what is meant, keeps `reply`, and writes what became of `changed` to the log of
    /// the cluster. [`Write::Changed`] unless their version is the one after the stored one.
    async fn intend_pauses(
        &self,
        pauses: &Pauses,
        changed: &Scope,
        reply: Option<&Reply>,
    ) -> Result<Write, StoreError>;

    /// Gives `partition` a copy, unless it has one of this version or a later one. Claims of jobs
    /// that are held back are refused from then on; those that are no longer come back to what
    /// [`peek`](crate::TurnStore::peek) shows.
    async fn apply_pauses(&self, partition: Partition, pauses: &Pauses) -> Result<(), StoreError>;

    /// What `partition` has.
    async fn applied_pauses(&self, partition: Partition) -> Result<Pauses, StoreError>;
}

/// What [`PauseStore::pauses`] saw.
#[derive(Clone, Debug)]
pub struct PausesView {
    /// The store's time.
    pub now: Timestamp,
    /// The reply that the request got when it was first made.
    pub reply: Option<Vec<u8>>,
    /// What is meant.
    pub pauses: Pauses,
}

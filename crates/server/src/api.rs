//! What every call works with.

use std::sync::Arc;

use bellwether_domain::address::AddressPolicy;
use bellwether_domain::{JobDefaults, Limits, Partition, PartitionCount, StreamPolicy, Timestamp};
use bellwether_store::Store;
use tokio_util::sync::CancellationToken;

use crate::decide::{Fresh, Moment};
use crate::quota::Quotas;
use crate::watch::pulse::Pulse;

/// What every call works with. One for the whole server, shared by its services.
pub(crate) struct Api {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) partitions: PartitionCount,
    pub(crate) defaults: JobDefaults,
    pub(crate) addresses: AddressPolicy,
    pub(crate) streams: StreamPolicy,
    pub(crate) limits: Limits,
    pub(crate) quotas: Quotas,
    pub(crate) cluster: String,
    pub(crate) version: String,
    /// Looks where the logs end, for those who watch.
    pub(crate) pulse: Arc<Pulse>,
    /// Cancelled when the server ends: streams end with it.
    pub(crate) closing: CancellationToken,
}

impl Api {
    /// What a decision is made from at the store's time `now`.
    pub(crate) fn moment(&self, now: Timestamp) -> Moment<'_> {
        Moment {
            now,
            fresh: Fresh::draw(),
            hurried: false,
            partitions: self.partitions,
            defaults: &self.defaults,
            addresses: &self.addresses,
            streams: &self.streams,
            limits: &self.limits,
        }
    }

    /// Every partition, in order.
    pub(crate) fn all_partitions(&self) -> Vec<Partition> {
        (0..self.partitions.get()).map(Partition).collect()
    }
}

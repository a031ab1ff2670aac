//! What belongs to the cluster as a whole.

use async_trait::async_trait;
use bellwether_domain::{Partition, PartitionCount, Timestamp};
use futures::stream::BoxStream;

use crate::StoreError;

/// The cluster as a whole.
#[async_trait]
pub trait ClusterStore: Send + Sync + 'static {
    /// Finds the cluster or creates it. `wanted` is what the operator said: `None` adopts the
    /// number of an existing cluster and takes [`PartitionCount::DEFAULT`] for a new one. Every
    /// other call needs this one to have succeeded once.
    async fn open(&self, wanted: Option<PartitionCount>) -> Result<ClusterInfo, OpenError>;

    /// The store's time.
    async fn now(&self) -> Result<Timestamp, StoreError>;

    /// Hints from now on. The stream ends when the connection breaks; a lost hint costs time, not
    /// correctness, since everybody polls as well.
    async fn hints(&self) -> Result<BoxStream<'static, Hint>, StoreError>;

    /// The name of the kind of store, as in `memory` or `redis`.
    fn kind(&self) -> &'static str;
}

/// What is fixed of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterInfo {
    /// How many partitions it has.
    pub partitions: PartitionCount,
}

/// Why a cluster could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It was created with another number of partitions.
    #[error(
        "the cluster has {existing} partitions and {wanted} are asked for; leave --partitions out to adopt the cluster's"
    )]
    Partitions {
        /// What it has.
        existing: u16,
        /// What was asked for.
        wanted: u16,
    },
    /// It was written by a version that this one cannot read.
    #[error("the cluster's data have format {found}; this version reads format {known}")]
    Format {
        /// The stored format.
        found: String,
        /// The format of this version.
        known: u32,
    },
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Something happened in a partition that somebody may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hint {
    /// The earliest of the due points and the delayed runs moved to an earlier instant, or a
    /// catch-up may go on.
    Due(Partition),
    /// A ready list of the nodes' own lane stopped being empty.
    Ready(Partition),
    /// A worker's ready list stopped being empty.
    Queue(Partition),
    /// The lease was released.
    Lease(Partition),
    /// The holder of an attempt is asked to end it.
    Cancel(Partition),
}

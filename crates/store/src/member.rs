//! The nodes that are there.

use async_trait::async_trait;
use bellwether_domain::{BootId, Timestamp};

use crate::StoreError;

/// The nodes of a cluster, as each of them says of itself.
#[async_trait]
pub trait MemberStore: Send + Sync + 'static {
    /// Writes the caller's own record and returns those of all nodes, its own among them.
    async fn beat(&self, own: &NodeRecord) -> Result<Beat, StoreError>;

    /// All records, without writing one.
    async fn nodes(&self) -> Result<Roster, StoreError>;

    /// Asks a node to drain; it learns so with its next beat.
    async fn request_drain(&self, boot: BootId) -> Result<(), StoreError>;

    /// Removes the record of a node that leaves or is dead.
    async fn leave(&self, boot: BootId) -> Result<(), StoreError>;
}

/// The nodes that have a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// Their records.
    pub nodes: Vec<NodeRecord>,
    /// Names this run of the store's process. After a failover or a restart it is another, and the
    /// records may be older than those that were seen before.
    pub run: String,
}

/// What a beat returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The nodes, the caller among them.
    pub roster: Roster,
    /// Somebody asked the caller to drain.
    pub drain_requested: bool,
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// This start of the process.
    pub boot: BootId,
    /// The node's name.
    pub name: String,
    /// Grows with every beat; one who sees it unchanged for long enough takes the node for dead.
    pub beat: u64,
    /// The address of its gRPC listener.
    pub grpc_address: String,
    /// The address of its HTTP listener.
    pub http_address: String,
    /// The version of its binary.
    pub version: String,
    /// How many attempts it executes at once.
    pub capacity: u32,
    /// How many it executes now.
    pub inflight: u32,
    /// It takes no more runs and is about to leave.
    pub draining: bool,
    /// When the record was written, by the store's clock. The store sets it; what a caller says is
    /// ignored.
    pub seen: Option<Timestamp>,
}

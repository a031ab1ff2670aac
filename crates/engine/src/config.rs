//! What an engine is told at its start, validated by whoever builds it.

use std::time::Duration;

use bellwether_domain::{BootId, JobDefaults, Limits, PartitionCount};

/// What an engine is told at its start.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// This start of the process.
    pub boot: BootId,
    /// The node's name.
    pub node: String,
    /// The address of the node's gRPC listener, for the others to see.
    pub grpc_address: String,
    /// The address of the node's HTTP listener, for the others to see.
    pub http_address: String,
    /// The version of the binary.
    pub version: String,
    /// How many partitions the cluster has.
    pub partitions: PartitionCount,
    /// How long a lease holds without renewal.
    pub lease_ttl: Duration,
    /// How long a node's beat may stand still before the others take it for dead.
    pub session_ttl: Duration,
    /// How many attempts the node executes at once.
    pub concurrency: u32,
    /// How long attempts have to end when the node leaves.
    pub drain_grace: Duration,
    /// What jobs leave out of their policies.
    pub defaults: JobDefaults,
    /// How many attempts of a namespace, and at a host, the node executes at once.
    pub limits: Limits,
    /// How long a finished job is kept.
    pub finished_ttl: Duration,
    /// Whether the store's hints are listened to; without them polling alone finds what is due.
    pub hints: bool,
}

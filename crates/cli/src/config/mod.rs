//! The configuration of a node, in two stages: [`raw`], what was given and where, and
//! [`settings`], what it means. Behind the second nobody checks again.
//!
//! A flag beats the environment, the environment a file, a file the default.

#[cfg(test)]
mod documented;
pub(crate) mod keys;
pub(crate) mod problems;
pub(crate) mod raw;
pub(crate) mod settings;
pub(crate) mod store_url;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

/// The flags of a node. They are read as text here; what a text must be is said in one place, for
/// flags, environment and files alike.
#[derive(Args, Clone, Debug, Default, Serialize)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct Flags {
    /// A TOML file with these settings, as in store = "…" [env: BELLWETHER_CONFIG]
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,

    /// Where jobs are kept: memory: or redis://… [default: redis://127.0.0.1:6379]
    /// [env: BELLWETHER_STORE]
    #[arg(long, value_name = "URL")]
    store: Option<String>,

    /// The cluster to join; nodes of one name and store share their jobs [default: default]
    /// [env: BELLWETHER_CLUSTER]
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,

    /// The name of this node [default: the host's] [env: BELLWETHER_NODE]
    #[arg(long, value_name = "NAME")]
    node: Option<String>,

    /// Over how many partitions a new cluster spreads its jobs [default: that of the cluster, 16
    /// for a new one] [env: BELLWETHER_PARTITIONS]
    #[arg(long, value_name = "NUMBER")]
    partitions: Option<String>,

    /// Where to listen for gRPC [default: 127.0.0.1:7400] [env: BELLWETHER_GRPC_LISTEN]
    #[arg(long, value_name = "ADDR")]
    grpc_listen: Option<String>,

    /// Where to listen for HTTP [default: 127.0.0.1:7401] [env: BELLWETHER_HTTP_LISTEN]
    #[arg(long, value_name = "ADDR")]
    http_listen: Option<String>,

    /// How long a lease holds without renewal [default: 3s] [env: BELLWETHER_LEASE_TTL]
    #[arg(long, value_name = "DURATION")]
    lease_ttl: Option<String>,

    /// How many runs to execute at once [default: 256] [env: BELLWETHER_CONCURRENCY]
    #[arg(long, value_name = "NUMBER")]
    concurrency: Option<String>,

    /// On how many replicas a write must be before it counts [default: 0]
    /// [env: BELLWETHER_WAIT_REPLICAS]
    #[arg(long, value_name = "NUMBER")]
    wait_replicas: Option<String>,

    /// How long runs have to end when the node leaves [default: 25s] [env: BELLWETHER_DRAIN_GRACE]
    #[arg(long, value_name = "DURATION")]
    drain_grace: Option<String>,

    /// A network that targets may reach though it is private; may be given again
    /// [env: BELLWETHER_ALLOW_TARGET_NETWORK]
    #[arg(long, value_name = "CIDR")]
    allow_target_network: Vec<String>,

    /// A host, or *.domain, that targets may reach wherever it resolves to; may be given again
    /// [env: BELLWETHER_ALLOW_TARGET_HOST]
    #[arg(long, value_name = "PATTERN")]
    allow_target_host: Vec<String>,

    /// Show /metrics to everybody who can connect [env: BELLWETHER_METRICS_OPEN]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    metrics_open: Option<String>,

    /// Listen off loopback though nothing asks who calls [env: BELLWETHER_INSECURE]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    insecure: Option<String>,
}

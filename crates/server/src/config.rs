//! What a server is told at its start, and why it does not start.

use std::net::SocketAddr;

use bellwether_domain::address::AddressPolicy;
use bellwether_domain::{JobDefaults, Limits, StreamPolicy};

/// What a server is told at its start, validated by whoever builds it.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where gRPC is served; port 0 takes a free one.
    pub grpc_listen: SocketAddr,
    /// Where HTTP is served; port 0 takes a free one.
    pub http_listen: SocketAddr,
    /// The name of the cluster.
    pub cluster: String,
    /// The version of the binary.
    pub version: String,
    /// What jobs leave out of their policies.
    pub defaults: JobDefaults,
    /// Where targets may reach; what a job says outright is checked when it is created.
    pub addresses: AddressPolicy,
    /// Which streams targets may append to.
    pub streams: StreamPolicy,
    /// What namespaces may have and do.
    pub limits: Limits,
    /// Whether `/metrics` is served to everybody where HTTP listens off loopback. There are no
    /// tokens yet that could tell one caller from another, so without it the page is refused.
    pub metrics_open: bool,
}

impl ServerConfig {
    /// Whether whoever reaches the HTTP listener may read the metrics.
    pub(crate) fn shows_metrics(&self) -> bool {
        self.metrics_open || self.http_listen.ip().is_loopback()
    }
}

/// Why a server does not start, or ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// An address cannot be listened on.
    #[error("{service} cannot listen on {address}")]
    Listen {
        /// gRPC or HTTP.
        service: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The descriptor set of the API cannot be served.
    #[error("reflection cannot be set up")]
    Reflection(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A listener failed while it served.
    #[error("serving {service} failed")]
    Serve {
        /// gRPC or HTTP.
        service: &'static str,
        /// What happened.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

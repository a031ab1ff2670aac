//! Where the store is, and what is refused before a connection is tried.

use std::fmt;
use std::time::Duration;

use redis::{Client, IntoConnectionInfo as _};
use url::Url;

/// The longest name of a cluster, in characters.
const MAX_CLUSTER_LEN: usize = 64;

/// Where the store is and how long to wait for it. The URL may hold a password; it is neither
/// printed by `Debug` nor part of an error.
#[derive(Clone)]
pub struct RedisConfig {
    /// `redis://[user:password@]host[:port][/db]` or `redis+unix:///path[?db=…&user=…&pass=…]`.
    pub url: String,
    /// The cluster's name, which all its keys carry: 1 to 64 characters of `A-Z a-z 0-9 . _ -`.
    pub cluster: String,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long an answer may take. The command is carried out all the same.
    pub response_timeout: Duration,
    /// The same for leases and sessions, which have a connection of their own: a late answer is
    /// worth nothing there, and the next try comes soon.
    pub lease_timeout: Duration,
}

impl RedisConfig {
    /// The store at `url`, with the usual patience.
    #[must_use]
    pub fn new(url: impl Into<String>, cluster: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            cluster: cluster.into(),
            connect_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_secs(2),
            lease_timeout: Duration::from_millis(500),
        }
    }

    /// The client, once everything is checked.
    pub(crate) fn client(&self) -> Result<Client, ConnectError> {
        check_cluster(&self.cluster)?;
        check_scheme(&self.url)?;
        let info = self.url.as_str().into_connection_info();
        let client = info.and_then(Client::open);
        client.map_err(|error| ConnectError::Url(error.to_string()))
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("cluster", &self.cluster)
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("lease_timeout", &self.lease_timeout)
            .finish_non_exhaustive()
    }
}

/// Why a store cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is not one of a Redis server.
    #[error("the store URL is not usable: {0}; one reads redis://[user:password@]host[:port][/db]")]
    Url(String),
    /// The URL's scheme is none that is known.
    #[error(
        "the store URL has the scheme {0:?}; allowed are redis:// and redis+unix:// (and memory:)"
    )]
    UnknownScheme(String),
    /// The URL's scheme has a meaning that is not built yet.
    #[error(
        "store URLs with the scheme {0}:// are not built yet; allowed are redis:// and redis+unix://"
    )]
    UnbuiltScheme(&'static str),
    /// The cluster's name cannot be part of a key.
    #[error(
        "the cluster name {0:?} is not allowed; 1 to {MAX_CLUSTER_LEN} characters of A-Z a-z 0-9 . _ - are"
    )]
    Cluster(String),
    /// No connection could be set up, for a reason other than the server's.
    #[error("the connection cannot be set up: {0}")]
    Setup(String),
}

fn check_cluster(cluster: &str) -> Result<(), ConnectError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let fits = (1..=MAX_CLUSTER_LEN).contains(&cluster.len()) && cluster.chars().all(allowed);
    if fits {
        return Ok(());
    }
    Err(ConnectError::Cluster(cluster.chars().take(MAX_CLUSTER_LEN + 1).collect()))
}

fn check_scheme(url: &str) -> Result<(), ConnectError> {
    const UNBUILT: [&str; 4] = ["rediss", "redis+sentinel", "redis+cluster", "rediss+cluster"];
    let parsed = Url::parse(url).map_err(|error| ConnectError::Url(error.to_string()))?;
    match parsed.scheme() {
        "redis" | "redis+unix" => Ok(()),
        scheme => Err(match UNBUILT.iter().find(|unbuilt| **unbuilt == scheme) {
            Some(unbuilt) => ConnectError::UnbuiltScheme(unbuilt),
            None => ConnectError::UnknownScheme(scheme.chars().take(40).collect()),
        }),
    }
}

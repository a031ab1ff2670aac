//! The store itself: its connections, and where jobs lie.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bellwether_domain::{JobKey, Partition, PartitionCount};
use bellwether_store::StoreError;
use redis::Client;

use crate::config::{ConnectError, RedisConfig};
use crate::keys::Keyspace;
use crate::link::Link;
use crate::script::Place;

/// The job store in Redis. A clone is another handle to the same one.
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
}

struct Shared {
    keys: Keyspace,
    client: Client,
    connect_timeout: Duration,
    scripts: Link,
    session: Link,
    partitions: OnceLock<PartitionCount>,
}

impl RedisStore {
    /// A store that connects when it is first used, so that a node can start while Redis is away.
    ///
    /// # Errors
    /// What is wrong with `config`. That the server is not reached is found by the first call.
    #[expect(clippy::unused_async, reason = "connections belong to the runtime they are made in")]
    pub async fn connect(config: RedisConfig) -> Result<Self, ConnectError> {
        let client = config.client()?;
        let link = |timeout| {
            let link = Link::new(&client, config.connect_timeout, timeout);
            link.map_err(|error| ConnectError::Setup(error.to_string()))
        };
        let shared = Shared {
            keys: Keyspace::new(&config.cluster),
            scripts: link(config.response_timeout)?,
            session: link(config.lease_timeout)?,
            connect_timeout: config.connect_timeout,
            partitions: OnceLock::new(),
            client,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The connection for scripts and reads.
    pub(crate) fn scripts(&self) -> &Link {
        &self.shared.scripts
    }

    /// The connection for leases and the node's own record.
    pub(crate) fn session(&self) -> &Link {
        &self.shared.session
    }

    /// For connections of another kind.
    pub(crate) fn client(&self) -> &Client {
        &self.shared.client
    }

    /// How long a connection may take to be made.
    pub(crate) fn connect_timeout(&self) -> Duration {
        self.shared.connect_timeout
    }

    /// The names of the cluster's keys.
    pub(crate) fn keys(&self) -> &Keyspace {
        &self.shared.keys
    }

    /// A partition's keys and hints.
    pub(crate) fn place(&self, partition: Partition) -> Place {
        Place::new(&self.shared.keys, partition)
    }

    /// Where a job lies.
    pub(crate) fn place_of(&self, key: &JobKey) -> Result<Place, StoreError> {
        let partitions = self.shared.partitions.get().ok_or_else(|| {
            StoreError::Unavailable("the cluster was not opened: `open` comes first".into())
        })?;
        Ok(self.place(key.partition(*partitions)))
    }

    /// Keeps what the cluster was opened with. It never changes, so the first answer stays.
    pub(crate) fn opened(&self, partitions: PartitionCount) {
        let _ = self.shared.partitions.set(partitions);
    }
}

impl std::fmt::Debug for RedisStore {
    /// Without the client, which knows the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisStore").field("keys", &self.shared.keys).finish_non_exhaustive()
    }
}

//! The store of a node: connected to, and opened as soon as it answers.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::PartitionCount;
use bellwether_store::clock::SystemClock;
use bellwether_store::memory::MemoryStore;
use bellwether_store::{ClusterInfo, OpenError, Store};
use bellwether_store_redis::{RedisConfig, RedisStore};
use tokio::time::sleep;

use crate::config::settings::Settings;
use crate::config::store_url::StoreUrl;
use crate::failure::Failure;

/// The longest pause between two tries to reach the store.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The store that the settings name, which need not answer yet.
///
/// # Errors
/// It cannot be what they say: exit 2.
pub(super) async fn connect(settings: &Settings) -> Result<Arc<dyn Store>, Failure> {
    match &settings.store {
        StoreUrl::Memory => Ok(Arc::new(MemoryStore::new(Arc::new(SystemClock)))),
        StoreUrl::Redis(url) => {
            let config = RedisConfig::new(url.as_str(), settings.cluster.as_str());
            let store = RedisStore::connect(config)
                .await
                .map_err(|error| Failure::usage(format!("--store: {error}")))?;
            Ok(Arc::new(store))
        }
    }
}

/// Opens the cluster, and goes on trying while the store is away: a node that is started together
/// with its store, or before, must not need somebody to start it again.
///
/// # Errors
/// The cluster is another one than was asked for, or cannot be read: trying again would not help.
pub(super) async fn open(
    store: &dyn Store,
    wanted: Option<PartitionCount>,
    url: &StoreUrl,
) -> Result<ClusterInfo, Failure> {
    let mut pause = Duration::from_millis(100);
    loop {
        let error = match store.open(wanted).await {
            Ok(info) => return Ok(info),
            Err(OpenError::Store(error)) if error.is_transient() => error,
            Err(other) => return Err(Failure::failed(format!("{url}: {}", chain(&other)))),
        };
        tracing::warn!(store = %url, error = chain(&error), retry_in = ?pause, "store away");
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// An error with what caused it.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |cause| (*cause).source()) {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    text
}

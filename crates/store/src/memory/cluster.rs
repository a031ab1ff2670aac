//! The cluster as a whole.

use async_trait::async_trait;
use bellwether_domain::{PartitionCount, Timestamp};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::MemoryStore;
use crate::{ClusterInfo, ClusterStore, Hint, OpenError, StoreError};

#[async_trait]
impl ClusterStore for MemoryStore {
    async fn open(&self, wanted: Option<PartitionCount>) -> Result<ClusterInfo, OpenError> {
        let mut state = self.lock();
        let new = ClusterInfo { partitions: wanted.unwrap_or(PartitionCount::DEFAULT) };
        let info = *state.info.get_or_insert(new);
        match wanted {
            Some(wanted) if wanted != info.partitions => {
                Err(OpenError::Partitions { existing: info.partitions.get(), wanted: wanted.get() })
            }
            _ => Ok(info),
        }
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.shared.clock.now())
    }

    async fn hints(&self) -> Result<BoxStream<'static, Hint>, StoreError> {
        let listener = self.shared.hints.subscribe();
        Ok(stream::unfold(listener, next_hint).boxed())
    }

    fn kind(&self) -> &'static str {
        "memory"
    }
}

/// The next hint, past those that were lost because the listener was slow.
async fn next_hint(mut listener: Receiver<Hint>) -> Option<(Hint, Receiver<Hint>)> {
    loop {
        match listener.recv().await {
            Ok(hint) => return Some((hint, listener)),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

//! The nodes that are there.

use async_trait::async_trait;
use bellwether_domain::BootId;

use super::MemoryStore;
use crate::{Beat, MemberStore, NodeRecord, StoreError};

#[async_trait]
impl MemberStore for MemoryStore {
    async fn beat(&self, own: &NodeRecord) -> Result<Beat, StoreError> {
        let mut state = self.lock();
        state.nodes.insert(own.boot, own.clone());
        let nodes = state.nodes.values().cloned().collect();
        Ok(Beat { nodes, drain_requested: state.drains.contains(&own.boot) })
    }

    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        Ok(self.lock().nodes.values().cloned().collect())
    }

    async fn leave(&self, boot: BootId) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.nodes.remove(&boot);
        state.drains.remove(&boot);
        Ok(())
    }

    async fn request_drain(&self, boot: BootId) -> Result<(), StoreError> {
        self.lock().drains.insert(boot);
        Ok(())
    }
}

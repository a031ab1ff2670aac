//! The nodes that are there.

use async_trait::async_trait;
use bellwether_domain::BootId;

use super::MemoryStore;
use crate::{MemberStore, NodeRecord, StoreError};

#[async_trait]
impl MemberStore for MemoryStore {
    async fn beat(&self, own: &NodeRecord) -> Result<Vec<NodeRecord>, StoreError> {
        let mut state = self.lock();
        state.nodes.insert(own.boot, own.clone());
        Ok(state.nodes.values().cloned().collect())
    }

    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        Ok(self.lock().nodes.values().cloned().collect())
    }

    async fn leave(&self, boot: BootId) -> Result<(), StoreError> {
        self.lock().nodes.remove(&boot);
        Ok(())
    }
}

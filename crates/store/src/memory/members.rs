//! The nodes that are there.

use async_trait::async_trait;
use bellwether_domain::BootId;

use super::MemoryStore;
use crate::{Beat, Happened, MemberStore, NodeRecord, StoreError};

#[async_trait]
impl MemberStore for MemoryStore {
    async fn beat(&self, own: &NodeRecord) -> Result<Beat, StoreError> {
        let now = self.shared.clock.now();
        let mut state = self.lock();
        if state.nodes.insert(own.boot, own.clone()).is_none() {
            let (boot, name) = (own.boot, own.name.clone());
            state.log.append(now, vec![Happened::NodeJoined { boot, name }]);
        }
        let nodes = state.nodes.values().cloned().collect();
        Ok(Beat { nodes, drain_requested: state.drains.contains(&own.boot) })
    }

    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        Ok(self.lock().nodes.values().cloned().collect())
    }

    async fn leave(&self, boot: BootId) -> Result<(), StoreError> {
        let now = self.shared.clock.now();
        let mut state = self.lock();
        if let Some(NodeRecord { name, .. }) = state.nodes.remove(&boot) {
            state.log.append(now, vec![Happened::NodeLeft { boot, name }]);
        }
        state.drains.remove(&boot);
        Ok(())
    }

    async fn request_drain(&self, boot: BootId) -> Result<(), StoreError> {
        self.lock().drains.insert(boot);
        Ok(())
    }
}

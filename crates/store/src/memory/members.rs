//! The nodes that are there.

use async_trait::async_trait;
use bellwether_domain::BootId;

use super::{MemoryStore, State};
use crate::{Beat, Happened, MemberStore, NodeRecord, Roster, StoreError};

#[async_trait]
impl MemberStore for MemoryStore {
    async fn beat(&self, own: &NodeRecord) -> Result<Beat, StoreError> {
        let now = self.shared.clock.now();
        let mut state = self.lock();
        let record = NodeRecord { seen: Some(now), ..own.clone() };
        if state.nodes.insert(own.boot, record).is_none() {
            let (boot, name) = (own.boot, own.name.clone());
            state.log.append(now, vec![Happened::NodeJoined { boot, name }]);
        }
        let drain_requested = state.drains.contains(&own.boot);
        Ok(Beat { roster: roster(&state), drain_requested })
    }

    async fn nodes(&self) -> Result<Roster, StoreError> {
        Ok(roster(&self.lock()))
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

/// The store is gone with its process, so all that anybody sees is of one run.
fn roster(state: &State) -> Roster {
    Roster { nodes: state.nodes.values().cloned().collect(), run: "memory".to_owned() }
}

//! Pauses of scheduling.

use async_trait::async_trait;
use bellwether_domain::pause::{Pauses, Scope};
use bellwether_domain::{Partition, RequestId};
use bellwether_store::{PauseStore, PausesView, Reply, StoreError, Write};

use crate::RedisStore;
use crate::script::pauses;

#[async_trait]
impl PauseStore for RedisStore {
    async fn pauses(&self, request: Option<RequestId>) -> Result<PausesView, StoreError> {
        pauses::read(self.scripts(), self.keys(), request).await
    }

    async fn intend_pauses(
        &self,
        pauses: &Pauses,
        changed: &Scope,
        reply: Option<&Reply>,
    ) -> Result<Write, StoreError> {
        pauses::intend(self.scripts(), self.keys(), pauses, changed, reply).await
    }

    async fn apply_pauses(&self, partition: Partition, pauses: &Pauses) -> Result<(), StoreError> {
        pauses::apply(self.scripts(), &self.place(partition), pauses).await
    }

    async fn applied_pauses(&self, partition: Partition) -> Result<Pauses, StoreError> {
        pauses::applied(self.scripts(), &self.place(partition)).await
    }
}

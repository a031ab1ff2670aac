//! Brings pauses of scheduling to the partitions that this node leads.
//!
//! Whoever pauses scheduling gives every partition its copy before he is answered. If he dies on the
//! way, some have it and some do not, and nobody was told that they do. Leaders look now and then
//! whether what is meant has moved on, so that this ends by itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::Partition;
use bellwether_store::{LeaseToken, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::internal_event::StoreFailed;
use crate::local::LocalPartition;

/// Copies what is meant to be paused.
pub(crate) struct PauseKeeper {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) locals: Vec<Arc<LocalPartition>>,
    pub(crate) ttl: Duration,
    /// The term and the version for which each partition has been seen to.
    pub(crate) seen_to: HashMap<Partition, (LeaseToken, u64)>,
}

impl PauseKeeper {
    /// Serves until `stop`, looking three times per ttl of a lease.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err((partition, error)) = self.round().await {
                StoreFailed { partition, error: &error }.emit();
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.ttl / 3) => {}
            }
        }
    }

    async fn round(&mut self) -> Result<(), (Partition, StoreError)> {
        let pauses = self.store.pauses(None).await.map_err(|error| (Partition(0), error))?.pauses;
        if pauses.version == 0 {
            return Ok(());
        }
        for local in &self.locals {
            let Some(token) = local.trusted_token(self.ttl) else { continue };
            let state = (token, pauses.version);
            if self.seen_to.get(&local.partition) == Some(&state) {
                continue;
            }
            let applied = self.store.apply_pauses(local.partition, &pauses).await;
            applied.map_err(|error| (local.partition, error))?;
            self.seen_to.insert(local.partition, state);
        }
        Ok(())
    }
}

//! The nodes that are there.

use async_trait::async_trait;
use bellwether_domain::BootId;
use bellwether_store::{Beat, MemberStore, NodeRecord, StoreError};

use crate::RedisStore;
use crate::codec::node;
use crate::error::Effect;
use crate::script::member;

#[async_trait]
impl MemberStore for RedisStore {
    async fn beat(&self, own: &NodeRecord) -> Result<Beat, StoreError> {
        let (drain_requested, records) = member::beat(self.session(), self.keys(), own).await?;
        Ok(Beat { nodes: decode(&records)?, drain_requested })
    }

    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        let mut command = redis::cmd("HVALS");
        command.arg(self.keys().nodes());
        let records: Vec<Vec<u8>> = self.session().send("nodes", &command, Effect::Reads).await?;
        decode(&records)
    }

    async fn leave(&self, boot: BootId) -> Result<(), StoreError> {
        member::leave(self.session(), self.keys(), boot).await
    }

    async fn request_drain(&self, boot: BootId) -> Result<(), StoreError> {
        let mut command = redis::cmd("SADD");
        command.arg(self.keys().drains()).arg(boot.0.as_bytes());
        self.session().send("request_drain", &command, Effect::Writes).await
    }
}

fn decode(records: &[Vec<u8>]) -> Result<Vec<NodeRecord>, StoreError> {
    let nodes = records.iter().map(|record| node::decode(record));
    let mut nodes = nodes.collect::<Result<Vec<_>, _>>()?;
    nodes.sort_by_key(|node| node.boot);
    Ok(nodes)
}

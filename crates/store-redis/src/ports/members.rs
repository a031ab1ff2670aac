//! The nodes that are there.

use async_trait::async_trait;
use bellwether_domain::BootId;
use bellwether_store::{Beat, MemberStore, NodeRecord, Roster, StoreError};

use crate::RedisStore;
use crate::codec::node;
use crate::error::Effect;
use crate::script::member::{self, Records};

#[async_trait]
impl MemberStore for RedisStore {
    async fn beat(&self, own: &NodeRecord) -> Result<Beat, StoreError> {
        let (drain_requested, records) = member::beat(self.session(), self.keys(), own).await?;
        Ok(Beat { roster: decode(records)?, drain_requested })
    }

    async fn nodes(&self) -> Result<Roster, StoreError> {
        decode(member::roster(self.session(), self.keys()).await?)
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

fn decode((run, records): Records) -> Result<Roster, StoreError> {
    let nodes = records.iter().map(|record| node::decode(record));
    let mut nodes = nodes.collect::<Result<Vec<_>, _>>()?;
    nodes.sort_by_key(|node| node.boot);
    Ok(Roster { nodes, run })
}

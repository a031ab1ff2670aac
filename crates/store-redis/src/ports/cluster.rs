//! The cluster as a whole.

use async_trait::async_trait;
use bellwether_domain::{Partition, PartitionCount, Timestamp};
use bellwether_store::{ClusterInfo, ClusterStore, Hint, OpenError, StoreError};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use redis::Msg;

use crate::RedisStore;
use crate::error::{Effect, store_error};
use crate::script::open;

/// The layout of the data that this version reads and writes.
const FORMAT: u32 = 1;

#[async_trait]
impl ClusterStore for RedisStore {
    async fn open(&self, wanted: Option<PartitionCount>) -> Result<ClusterInfo, OpenError> {
        let new = wanted.unwrap_or(PartitionCount::DEFAULT);
        let (format, partitions) = open::open(self.scripts(), self.keys(), FORMAT, new).await?;
        if format != FORMAT.to_string() {
            return Err(OpenError::Format { found: format, known: FORMAT });
        }
        let stored = partitions.parse().ok().and_then(PartitionCount::new);
        let partitions = stored.ok_or_else(|| StoreError::Corrupt {
            what: "number of partitions".to_owned(),
            why: format!("it is {partitions:?}"),
        })?;
        if let Some(wanted) = wanted.filter(|wanted| *wanted != partitions) {
            let (existing, wanted) = (partitions.get(), wanted.get());
            return Err(OpenError::Partitions { existing, wanted });
        }
        self.opened(partitions);
        Ok(ClusterInfo { partitions })
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        let time = self.scripts().send("now", &redis::cmd("TIME"), Effect::Reads).await?;
        Ok(instant(time))
    }

    async fn hints(&self) -> Result<BoxStream<'static, Hint>, StoreError> {
        let connect = async {
            let mut listener = self.client().get_async_pubsub().await?;
            listener.subscribe(self.keys().channel()).await?;
            Ok(listener)
        };
        let listener = tokio::time::timeout(self.connect_timeout(), connect).await;
        let listener = listener.map_err(|elapsed| StoreError::Unavailable(elapsed.into()))?;
        let listener = listener.map_err(|error| store_error(error, Effect::Reads))?;
        let hints = listener.into_on_message().filter_map(async |message| read_hint(&message));
        Ok(hints.boxed())
    }

    fn kind(&self) -> &'static str {
        "redis"
    }
}

/// The reply to TIME.
pub(super) fn instant((seconds, micros): (i64, i64)) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000).saturating_add(micros / 1000))
}

/// A hint as scripts publish it: `due 3`. What another version publishes means nothing here.
fn read_hint(message: &Msg) -> Option<Hint> {
    let text = std::str::from_utf8(message.get_payload_bytes()).ok()?;
    let (kind, partition) = text.split_once(' ')?;
    let partition = Partition(partition.parse().ok()?);
    match kind {
        "due" => Some(Hint::Due(partition)),
        "ready" => Some(Hint::Ready(partition)),
        "queue" => Some(Hint::Queue(partition)),
        "lease" => Some(Hint::Lease(partition)),
        "cancel" => Some(Hint::Cancel(partition)),
        _ => None,
    }
}

//! The logs of the partitions and that of the cluster.

use async_trait::async_trait;
use bellwether_domain::Partition;
use bellwether_store::{Event, EventCursor, EventStore, Log, LogEntry, LogPage, StoreError};
use futures::future::try_join_all;

use crate::RedisStore;
use crate::codec::event;
use crate::error::Effect;
use crate::script::log::{self, Entry};

/// Entries read at a time: one may hold the events of a whole turn, and how many is not known
/// before it is read.
const PAGE: usize = 16;

#[async_trait]
impl EventStore for RedisStore {
    async fn ends(&self, logs: &[Log]) -> Result<Vec<EventCursor>, StoreError> {
        let keys: Vec<_> = logs.iter().map(|log| self.log_key(*log)).collect();
        // All at once: the connection sends them together.
        let ends = keys.iter().map(|key| log::end(self.scripts(), key));
        let ends = try_join_all(ends.collect::<Vec<_>>()).await?;
        Ok(ends.iter().map(|id| event::cursor(id)).collect())
    }

    async fn read_log(
        &self,
        log: Log,
        after: &EventCursor,
        writes: usize,
    ) -> Result<LogPage, StoreError> {
        let after = event::entry_id(after)?;
        let entries = log::read(self.scripts(), &self.log_key(log), after, writes).await?;
        let Some(entries) = entries else { return Ok(LogPage::Expired) };
        let mut read = Vec::new();
        for entry in &entries {
            read.extend(decode(log, entry)?);
        }
        Ok(LogPage::Entries(read))
    }

    async fn events(
        &self,
        partition: Partition,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let log = Log::Partition(partition);
        let key = self.log_key(log);
        let mut from = match after {
            Some(cursor) => format!("({}", event::entry_id(cursor)?),
            None => "-".to_owned(),
        };
        let mut events = Vec::new();
        while events.len() < limit {
            let mut command = redis::cmd("XRANGE");
            command.arg(&key).arg(&from).arg("+").arg("COUNT").arg(PAGE);
            let entries: Vec<Entry> =
                self.scripts().send("events", &command, Effect::Reads).await?;
            for entry in &entries {
                if events.len() >= limit {
                    return Ok(events);
                }
                events.extend(decode(log, entry)?.into_iter().filter_map(LogEntry::into_event));
            }
            match entries.last() {
                Some((id, _)) if entries.len() == PAGE => from = format!("({id}"),
                _ => break,
            }
        }
        Ok(events)
    }
}

impl RedisStore {
    fn log_key(&self, log: Log) -> String {
        match log {
            Log::Partition(partition) => self.place(partition).keys.events(),
            Log::Cluster => self.keys().log(),
        }
    }
}

fn decode(log: Log, (id, fields): &Entry) -> Result<Vec<LogEntry>, StoreError> {
    let packed = fields.first().map_or(&[][..], |(_, packed)| packed);
    match log {
        Log::Partition(partition) => event::decode(partition, id, packed),
        Log::Cluster => event::decode_cluster(id, packed),
    }
}

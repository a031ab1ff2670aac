//! The log of a partition.

use async_trait::async_trait;
use bellwether_domain::Partition;
use bellwether_store::{Event, EventCursor, EventStore, StoreError};

use crate::RedisStore;
use crate::codec::event;
use crate::error::Effect;

/// Entries read at a time: one may hold the events of a whole turn, and how many is not known
/// before it is read.
const PAGE: usize = 16;

/// The id and the fields of an entry.
type Entry = (String, Vec<(Vec<u8>, Vec<u8>)>);

#[async_trait]
impl EventStore for RedisStore {
    async fn events(
        &self,
        partition: Partition,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let key = self.place(partition).keys.events();
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
            for (id, fields) in &entries {
                if events.len() >= limit {
                    return Ok(events);
                }
                let packed = fields.first().map_or(&[][..], |(_, packed)| packed);
                events.extend(event::decode(partition, id, packed)?);
            }
            match entries.last() {
                Some((id, _)) if entries.len() == PAGE => from = format!("({id}"),
                _ => break,
            }
        }
        Ok(events)
    }
}

//! The log of a partition.

use std::collections::VecDeque;

use async_trait::async_trait;
use bellwether_domain::{Partition, Timestamp};

use super::MemoryStore;
use super::script::Noted;
use crate::{Event, EventCursor, EventStore, StoreError};

/// How many events a partition keeps, about: whole writes are dropped.
const KEPT: usize = 10_000;

/// The log of a partition: the writes that made events, in order.
#[derive(Default)]
pub(super) struct Log {
    writes: VecDeque<Entry>,
    /// The number of the latest write.
    latest: u64,
    events: usize,
}

/// The events of one write.
struct Entry {
    number: u64,
    at: Timestamp,
    events: Vec<Noted>,
}

impl Log {
    /// Writes down the events of one step.
    pub(super) fn append(&mut self, at: Timestamp, events: Vec<Noted>) {
        if events.is_empty() {
            return;
        }
        self.latest += 1;
        self.events += events.len();
        self.writes.push_back(Entry { number: self.latest, at, events });
        while self.events > KEPT && self.writes.len() > 1 {
            self.events -= self.writes.pop_front().map_or(0, |write| write.events.len());
        }
    }

    /// The writes after number `after`, until they hold `limit` events.
    fn after(&self, after: u64, limit: usize) -> Vec<Event> {
        let first = self.writes.partition_point(|write| write.number <= after);
        let mut events = Vec::new();
        for write in self.writes.range(first..) {
            if events.len() >= limit {
                break;
            }
            events.extend(write.read());
        }
        events
    }
}

impl Entry {
    fn read(&self) -> impl Iterator<Item = Event> {
        self.events.iter().map(|noted| Event {
            cursor: EventCursor(self.number.to_string()),
            at: self.at,
            kind: noted.kind,
            job: noted.job.clone(),
            run: noted.run,
        })
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn events(
        &self,
        partition: Partition,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let after = after.map_or(Ok(0), read_cursor)?;
        Ok(self.read(partition, |state| state.log.after(after, limit)))
    }
}

fn read_cursor(cursor: &EventCursor) -> Result<u64, StoreError> {
    cursor.0.parse().map_err(|_| StoreError::Corrupt {
        what: "event cursor".into(),
        why: format!("{:?} is not one of this store", cursor.0),
    })
}

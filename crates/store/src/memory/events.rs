//! The logs of the partitions and that of the cluster.

use std::collections::VecDeque;

use async_trait::async_trait;
use bellwether_domain::{Partition, Timestamp};

use super::MemoryStore;
use crate::{Event, EventCursor, EventStore, Happened, LogEntry, LogPage, StoreError};

/// How many events a log keeps, about: whole writes are dropped.
const KEPT: usize = 10_000;

/// A log: the writes that made events, in order.
#[derive(Default)]
pub(super) struct Log {
    writes: VecDeque<Entry>,
    /// The number of the latest write; the first is 1.
    latest: u64,
    events: usize,
}

/// The events of one write.
struct Entry {
    number: u64,
    at: Timestamp,
    events: Vec<Happened>,
}

impl Log {
    /// Writes down the events of one step.
    pub(super) fn append(&mut self, at: Timestamp, events: Vec<Happened>) {
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

    /// The writes after number `after`.
    fn writes_after(&self, after: u64) -> impl Iterator<Item = &Entry> {
        let first = self.writes.partition_point(|write| write.number <= after);
        self.writes.range(first..)
    }

    /// The events of jobs and runs in the writes after number `after`, until there are `limit`.
    fn after(&self, after: u64, limit: usize) -> Vec<Event> {
        let mut events = Vec::new();
        for write in self.writes_after(after) {
            if events.len() >= limit {
                break;
            }
            events.extend(write.read().filter_map(LogEntry::into_event));
        }
        events
    }

    /// What stands in up to `writes` writes after number `after`, unless the next one is gone.
    fn page(&self, after: u64, writes: usize) -> LogPage {
        let first = self.writes.front().map_or(self.latest + 1, |write| write.number);
        if after + 1 < first || self.latest < after {
            return LogPage::Expired;
        }
        LogPage::Entries(self.writes_after(after).take(writes).flat_map(Entry::read).collect())
    }
}

impl Entry {
    fn read(&self) -> impl Iterator<Item = LogEntry> {
        self.events.iter().map(|happened| LogEntry {
            cursor: write_cursor(self.number),
            at: self.at,
            happened: happened.clone(),
        })
    }
}

impl MemoryStore {
    /// Lets `body` read a log.
    fn read_one_log<R>(&self, log: crate::Log, body: impl FnOnce(&Log) -> R) -> R {
        match log {
            crate::Log::Partition(partition) => self.read(partition, |state| body(&state.log)),
            crate::Log::Cluster => body(&self.lock().log),
        }
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn ends(&self, logs: &[crate::Log]) -> Result<Vec<EventCursor>, StoreError> {
        let end = |log: &crate::Log| write_cursor(self.read_one_log(*log, |log| log.latest));
        Ok(logs.iter().map(end).collect())
    }

    async fn read_log(
        &self,
        log: crate::Log,
        after: &EventCursor,
        writes: usize,
    ) -> Result<LogPage, StoreError> {
        let after = read_cursor(after)?;
        Ok(self.read_one_log(log, |log| log.page(after, writes)))
    }

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

fn write_cursor(number: u64) -> EventCursor {
    EventCursor(number.to_string())
}

fn read_cursor(cursor: &EventCursor) -> Result<u64, StoreError> {
    let number = cursor.0.parse().ok().filter(|number: &u64| *number < u64::MAX);
    number.ok_or_else(|| StoreError::Corrupt {
        what: "event cursor".into(),
        why: format!("{:?} is not one of this store", cursor.0),
    })
}

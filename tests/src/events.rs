//! The store's own log of how attempts ended.

use bellwether_domain::{Partition, PartitionCount};
use bellwether_store::{Event, EventKind, EventStore as _};
use bellwether_store_redis::{RedisConfig, RedisStore};

use crate::record::{AttemptEnd, EndKind};

/// How many events are read at a time.
const PAGE: usize = 1_000;

/// How attempts ended, as the log of a Redis store has it.
///
/// # Panics
/// When the log cannot be read.
pub async fn attempt_ends(url: &str, cluster: &str, partitions: PartitionCount) -> Vec<AttemptEnd> {
    let store = RedisStore::connect(RedisConfig::new(url, cluster)).await;
    let store = store.expect("the scenario's own store");
    let mut ends = Vec::new();
    for partition in partitions.iter() {
        ends.extend(of_partition(&store, partition).await);
    }
    ends
}

async fn of_partition(store: &RedisStore, partition: Partition) -> Vec<AttemptEnd> {
    let mut ends = Vec::new();
    let mut after = None;
    loop {
        let events = store.events(partition, after.as_ref(), PAGE).await;
        let events = events.expect("the log can be read");
        ends.extend(events.iter().filter_map(end));
        match events.last() {
            Some(last) => after = Some(last.cursor.clone()),
            None => return ends,
        }
    }
}

fn end(event: &Event) -> Option<AttemptEnd> {
    let how = match event.kind {
        EventKind::RunSucceeded | EventKind::RunFailed => EndKind::Reported,
        EventKind::RunRetried => EndKind::Retried,
        EventKind::AttemptLost | EventKind::RunLost => EndKind::Lost,
        EventKind::RunTimedOut => EndKind::TimedOut,
        EventKind::RunCancelled => EndKind::Cancelled,
        EventKind::ResultSuperseded => EndKind::Superseded,
        _ => return None,
    };
    let run = event.run?;
    Some(AttemptEnd { run: run.id, attempt: run.attempt, how, at: event.at })
}

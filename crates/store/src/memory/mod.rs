//! The embedded store: everything in the memory of one process.
//!
//! It serves a single node that needs no state across restarts, tests, and as the model of what a
//! store does: each call is one [`Script`](script::Script) on one partition, the counterpart of a
//! Lua script on one hash tag, written for reading. What a Redis store does in another way it must
//! still answer the same; the conformance suite compares.
//!
//! One lock guards all partitions, as one thread serves all keys of a Redis server. Nothing waits
//! while it is held, so a lock for each partition would add states and save nothing.

mod admission;
mod backfills;
mod cancels;
mod changes;
mod claims;
mod cluster;
mod deletes;
mod events;
mod failures;
mod finishes;
mod history;
mod jobs;
mod leases;
mod members;
mod pauses;
mod peeks;
mod places;
mod replies;
mod runs;
mod schedule;
mod script;
mod state;
mod sweeps;
mod takes;
#[cfg(test)]
mod tests;
mod turns;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bellwether_domain::pause::Pauses;
use bellwether_domain::{BootId, Clock, JobKey, Partition, SessionId};
use tokio::sync::broadcast;

use self::events::Log;
use self::replies::Replies;
use self::script::Script;
use self::state::PartitionState;
use crate::{ClusterInfo, Hint, NodeRecord, SessionRecord, StoreError};

/// How many hints a slow listener may be behind before it loses the oldest.
const HINTS: usize = 1024;

/// The embedded store. A clone is another handle to the same one.
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    hints: broadcast::Sender<Hint>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    info: Option<ClusterInfo>,
    nodes: BTreeMap<BootId, NodeRecord>,
    drains: BTreeSet<BootId>,
    sessions: BTreeMap<SessionId, SessionRecord>,
    /// What happened to the cluster as a whole.
    log: Log,
    /// What is meant to be paused.
    pauses: Pauses,
    pause_replies: Replies<Vec<u8>>,
    partitions: BTreeMap<Partition, PartitionState>,
}

impl MemoryStore {
    /// An empty store whose time is `clock`'s.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (hints, _) = broadcast::channel(HINTS);
        Self { shared: Arc::new(Shared { clock, hints, state: Mutex::default() }) }
    }

    /// No script fails halfway, so what a panic elsewhere left behind is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out `body` on `partition`, whole.
    fn script<R>(&self, partition: Partition, body: impl FnOnce(&mut Script<'_>) -> R) -> R {
        let (answer, hints) = {
            let mut state = self.lock();
            let state = state.partitions.entry(partition).or_default();
            let mut script = Script::begin(partition, self.shared.clock.now(), state);
            let answer = body(&mut script);
            (answer, script.commit())
        };
        for hint in hints {
            // Nobody has to listen.
            let _ = self.shared.hints.send(hint);
        }
        answer
    }

    /// Lets `body` read `partition`. One that nobody wrote to reads as empty.
    fn read<R>(&self, partition: Partition, body: impl FnOnce(&PartitionState) -> R) -> R {
        match self.lock().partitions.get(&partition) {
            Some(state) => body(state),
            None => body(&PartitionState::default()),
        }
    }

    /// Where a job lies.
    fn partition_of(&self, key: &JobKey) -> Result<Partition, StoreError> {
        let info = self.lock().info;
        info.map(|info| key.partition(info.partitions)).ok_or_else(|| {
            StoreError::Unavailable("the cluster was not opened: `open` comes first".into())
        })
    }
}

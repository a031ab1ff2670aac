//! Which of a partition's queues have runs for this node's workers, as far as the node knows.

use std::collections::BTreeMap;

use bellwether_store::ReadyKey;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many runs are asked of a list of which nothing is known but that it is not empty.
const FIRST_GUESS: u32 = 4;

/// At most this many are asked of one list.
const LARGEST_GUESS: u32 = 128;

/// The workers' lists of a partition that have runs, as far as the node knows.
#[derive(Debug, Default)]
pub(crate) struct LocalQueues {
    lists: Mutex<BTreeMap<ReadyKey, u32>>,
    called: AtomicBool,
    short: AtomicBool,
}

impl LocalQueues {
    /// Notes the lists that are not empty. How many wait on each is found out by asking for more
    /// each time.
    pub(crate) fn set(&self, queues: Vec<ReadyKey>) {
        let mut lists = self.lists.lock();
        *lists = queues.into_iter().map(|ready| (ready, FIRST_GUESS)).collect();
    }

    /// The lists, with how many runs to ask of each.
    pub(crate) fn lists(&self) -> Vec<(ReadyKey, u32)> {
        self.lists.lock().iter().map(|(ready, guess)| (ready.clone(), *guess)).collect()
    }

    /// Whether there are any.
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.lock().is_empty()
    }

    /// Notes a list that is not empty.
    pub(crate) fn add(&self, ready: ReadyKey) {
        self.lists.lock().entry(ready).or_insert(FIRST_GUESS);
    }

    /// Forgets a list that no worker here takes.
    pub(crate) fn remove(&self, ready: &ReadyKey) {
        self.lists.lock().remove(ready);
    }

    /// All that was asked for came: next time more is asked for.
    pub(crate) fn raise(&self) {
        for guess in self.lists.lock().values_mut() {
            *guess = (*guess * 2).min(LARGEST_GUESS);
        }
    }

    /// Calls for a look at which lists are not empty.
    pub(crate) fn call(&self) {
        self.called.store(true, Ordering::Relaxed);
    }

    /// Whether somebody called for a look since this was asked last.
    pub(crate) fn was_called(&self) -> bool {
        self.called.swap(false, Ordering::Relaxed)
    }

    /// Notes that workers lack the room for what waits.
    pub(crate) fn set_short(&self) {
        self.short.store(true, Ordering::Relaxed);
    }

    /// Whether workers lacked room since this was asked last.
    pub(crate) fn was_short(&self) -> bool {
        self.short.swap(false, Ordering::Relaxed)
    }
}

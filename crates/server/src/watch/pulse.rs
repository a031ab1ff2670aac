//! Where the logs end, looked at for all watchers of a node at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bellwether_store::{EventCursor, Log, Store};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// How often up to [`AT_A_TIME`] logs are looked at. It is most of the delay with which an event
/// reaches a watcher.
const LOOK: Duration = Duration::from_millis(25);

/// Of more logs than this the looks are further apart, so that they never cost the store more.
const AT_A_TIME: usize = 64;

/// Looks where logs end, while somebody watches them.
pub(crate) struct Pulse {
    logs: Mutex<BTreeMap<Log, Watched>>,
    /// Rung when the first watcher comes.
    first: Notify,
    /// How often a log was seen to have moved.
    moves: watch::Sender<u64>,
}

/// A log that is watched.
struct Watched {
    watchers: usize,
    /// Where it was seen to end; nothing before the first look.
    end: Option<EventCursor>,
}

impl Pulse {
    pub(crate) fn new() -> Self {
        Self { logs: Mutex::default(), first: Notify::new(), moves: watch::Sender::new(0) }
    }

    /// Has `logs` looked at for as long as the value lives.
    pub(crate) fn watch(self: &Arc<Self>, logs: Vec<Log>) -> Watching {
        let mut watched = self.lock();
        for log in &logs {
            let entry = watched.entry(*log).or_insert(Watched { watchers: 0, end: None });
            entry.watchers += 1;
        }
        drop(watched);
        self.first.notify_one();
        Watching { pulse: Arc::clone(self), logs, moves: self.moves.subscribe() }
    }

    /// Looks until `stop`.
    pub(crate) async fn run(&self, store: &dyn Store, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let logs: Vec<Log> = self.lock().keys().copied().collect();
            if logs.is_empty() {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.first.notified() => {}
                }
                continue;
            }
            match store.ends(&logs).await {
                Ok(ends) => self.saw(logs.iter().copied().zip(ends)),
                // Those who watch wait with the store; the next look comes soon.
                Err(error) => tracing::debug!(%error, "the ends of the logs were not seen"),
            }
            let rounds = u32::try_from(logs.len().div_ceil(AT_A_TIME)).unwrap_or(u32::MAX);
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK.saturating_mul(rounds)) => {}
            }
        }
    }

    fn saw(&self, ends: impl Iterator<Item = (Log, EventCursor)>) {
        let mut moved = false;
        let mut watched = self.lock();
        for (log, end) in ends {
            if let Some(watched) = watched.get_mut(&log) {
                moved |= watched.end.as_ref() != Some(&end);
                watched.end = Some(end);
            }
        }
        drop(watched);
        if moved {
            self.moves.send_modify(|moves| *moves += 1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Log, Watched>> {
        // Nothing here panics halfway.
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A watcher's part in the looks.
pub(crate) struct Watching {
    pulse: Arc<Pulse>,
    logs: Vec<Log>,
    moves: watch::Receiver<u64>,
}

impl Watching {
    /// Where each of the logs was last seen to end, in their order; `None` before the first look.
    pub(crate) fn ends(&mut self) -> Vec<Option<EventCursor>> {
        // Marked as seen before it is looked at, so that a move in between is not missed.
        self.moves.borrow_and_update();
        let watched = self.pulse.lock();
        let end = |log: &Log| watched.get(log).and_then(|watched| watched.end.clone());
        self.logs.iter().map(end).collect()
    }

    /// Waits until a log has moved since [`Self::ends`] looked.
    pub(crate) async fn moved(&mut self) {
        // The sender lives as long as the pulse, of which this holds a share.
        let _ = self.moves.changed().await;
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut watched = self.pulse.lock();
        for log in &self.logs {
            if let Some(entry) = watched.get_mut(log) {
                entry.watchers -= 1;
                if entry.watchers == 0 {
                    watched.remove(log);
                }
            }
        }
    }
}

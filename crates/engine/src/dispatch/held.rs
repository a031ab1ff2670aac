//! The attempts that a node holds.

use std::collections::{BTreeSet, HashMap};

use bellwether_domain::{Partition, RunId};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Why an attempt is stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// The node leaves: the attempt counts as lost and its run goes on elsewhere.
    Leaving,
    /// Its run is cancelled, for this reason.
    Cancelled(String),
    /// The attempt is no longer this node's: there is nothing to report.
    Superseded,
}

/// The attempts that a node holds, from the reply that leased them to the reply that stored their
/// end.
#[derive(Debug, Default)]
pub(crate) struct HeldAttempts {
    attempts: Mutex<HashMap<RunId, Held>>,
    emptied: Notify,
}

#[derive(Debug)]
struct Held {
    attempt: u32,
    stop: CancellationToken,
    reason: Option<StopReason>,
}

impl HeldAttempts {
    /// Notes an attempt. Its token is cancelled when it is to stop.
    pub(crate) fn add(&self, run: RunId, attempt: u32) -> CancellationToken {
        let stop = CancellationToken::new();
        let held = Held { attempt, stop: stop.clone(), reason: None };
        self.attempts.lock().insert(run, held);
        stop
    }

    /// Forgets an attempt whose end is stored.
    pub(crate) fn remove(&self, run: RunId, attempt: u32) {
        let mut attempts = self.attempts.lock();
        if attempts.get(&run).is_some_and(|held| held.attempt == attempt) {
            attempts.remove(&run);
        }
        if attempts.is_empty() {
            self.emptied.notify_one();
        }
    }

    /// Waits until there are none.
    pub(crate) async fn empty(&self) {
        while !self.attempts.lock().is_empty() {
            self.emptied.notified().await;
        }
    }

    /// Whether the node holds the attempt.
    pub(crate) fn contains(&self, run: RunId, attempt: u32) -> bool {
        self.attempts.lock().get(&run).is_some_and(|held| held.attempt == attempt)
    }

    /// Stops the attempts that `which` picks.
    pub(crate) fn stop(&self, reason: &StopReason, which: impl Fn(RunId, u32) -> bool) {
        for (run, held) in self.attempts.lock().iter_mut() {
            if held.reason.is_none() && which(*run, held.attempt) {
                held.reason = Some(reason.clone());
                held.stop.cancel();
            }
        }
    }

    /// Why the attempt was stopped; [`StopReason::Superseded`] when the node holds it no longer.
    pub(crate) fn stop_reason(&self, run: RunId, attempt: u32) -> StopReason {
        let attempts = self.attempts.lock();
        let held = attempts.get(&run).filter(|held| held.attempt == attempt);
        held.and_then(|held| held.reason.clone()).unwrap_or(StopReason::Superseded)
    }

    /// Stops the attempt of a run that is cancelled, if the node holds one.
    pub(crate) fn cancel(&self, run: RunId, reason: &str) {
        let mut attempts = self.attempts.lock();
        if let Some(held) = attempts.get_mut(&run).filter(|held| held.reason.is_none()) {
            held.reason = Some(StopReason::Cancelled(reason.to_owned()));
            held.stop.cancel();
        }
    }

    /// The partitions of which the node holds an attempt.
    pub(crate) fn partitions(&self) -> BTreeSet<Partition> {
        self.attempts.lock().keys().map(|run| run.partition).collect()
    }

    /// The attempts of a partition.
    pub(crate) fn of(&self, partition: Partition) -> Vec<(RunId, u32)> {
        let attempts = self.attempts.lock();
        let of = attempts.iter().filter(|(run, _)| run.partition == partition);
        of.map(|(run, held)| (*run, held.attempt)).collect()
    }
}

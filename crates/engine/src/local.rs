//! What a node holds of one partition, shared by the tasks that serve it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bellwether_domain::{Epoch, Partition};
use bellwether_store::{Finish, LeaseToken};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::boot_clock::BootInstant;
use crate::local_queues::LocalQueues;
use crate::settled::Settled;

/// One partition at this node: its term as a leader, the results that wait to be stored, and the
/// bell that wakes its loop.
#[derive(Debug)]
pub(crate) struct LocalPartition {
    /// Which one.
    pub(crate) partition: Partition,
    bell: Notify,
    look: AtomicBool,
    ready: AtomicU64,
    term: Mutex<Option<Term>>,
    /// The highest epoch that this node knows of.
    known_epoch: AtomicU64,
    /// Held by the loop while a turn is under way.
    turn: tokio::sync::Mutex<()>,
    outbox: Mutex<Vec<Finish>>,
    /// The ends that the store answered lately.
    pub(crate) settled: Mutex<Settled>,
    progress: Mutex<BootInstant>,
    quiet: CancellationToken,
    /// What waits for this node's workers.
    pub(crate) queues: LocalQueues,
}

/// Leadership of a partition, and for how long this node may trust it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// What claims carry.
    pub(crate) token: LeaseToken,
    /// From before the acquisition was sent.
    pub(crate) began: BootInstant,
    /// From before the latest successful acquisition or renewal was sent.
    pub(crate) confirmed: BootInstant,
}

impl LocalPartition {
    pub(crate) fn new(partition: Partition) -> Self {
        Self {
            partition,
            bell: Notify::new(),
            look: AtomicBool::new(true),
            ready: AtomicU64::new(0),
            term: Mutex::default(),
            known_epoch: AtomicU64::new(0),
            turn: tokio::sync::Mutex::new(()),
            outbox: Mutex::default(),
            settled: Mutex::default(),
            progress: Mutex::new(BootInstant::now()),
            quiet: CancellationToken::new(),
            queues: LocalQueues::default(),
        }
    }

    /// The term, if there is one.
    pub(crate) fn term(&self) -> Option<Term> {
        *self.term.lock()
    }

    /// The token of a term that was confirmed within two thirds of `ttl`: the others may take the
    /// lease at `ttl`, and what is sent now takes a while to arrive.
    pub(crate) fn trusted_token(&self, ttl: Duration) -> Option<LeaseToken> {
        let trusted = |term: &Term| BootInstant::now().since(term.confirmed) < ttl * 2 / 3;
        self.term().filter(trusted).map(|term| term.token)
    }

    /// Begins, confirms or ends leadership.
    pub(crate) fn set_term(&self, term: Option<Term>) {
        if let Some(term) = term {
            self.note_epoch(term.token.epoch);
        }
        let mut current = self.term.lock();
        let begins = term.map(|term| term.token) != current.map(|term| term.token);
        *current = term;
        drop(current);
        if begins {
            self.call_to_look();
        }
    }

    /// Ends the term of `token`, if it still goes on.
    pub(crate) fn end_term(&self, token: LeaseToken) -> bool {
        let mut current = self.term.lock();
        let ends = current.is_some_and(|term| term.token == token);
        if ends {
            *current = None;
        }
        ends
    }

    /// Notes an epoch that was read or held.
    pub(crate) fn note_epoch(&self, epoch: Epoch) {
        self.known_epoch.fetch_max(epoch.0, Ordering::Relaxed);
    }

    /// The highest epoch that this node has read or held: what a store that lost its last writes
    /// may have forgotten, and must not give again (I4). Those it held count too: it may have been
    /// the only one to know.
    pub(crate) fn known_epoch(&self) -> Epoch {
        Epoch(self.known_epoch.load(Ordering::Relaxed))
    }

    /// Waits until no turn is under way, and keeps the next from beginning: meanwhile all that is
    /// leased is delivered or given back, so that this node's table is as complete as the store's.
    pub(crate) async fn between_turns(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Hands in the end of an attempt, to be stored with the next turn.
    pub(crate) fn hand_in(&self, finish: Finish) {
        self.outbox.lock().push(finish);
        self.bell.notify_one();
    }

    /// Up to `most` ends of attempts, the oldest first.
    pub(crate) fn collect(&self, most: usize) -> Vec<Finish> {
        let mut outbox = self.outbox.lock();
        let count = outbox.len().min(most);
        outbox.drain(..count).collect()
    }

    /// Puts back what could not be sent.
    pub(crate) fn put_back(&self, finishes: Vec<Finish>) {
        self.outbox.lock().splice(..0, finishes);
    }

    /// Whether ends of attempts wait.
    pub(crate) fn has_mail(&self) -> bool {
        !self.outbox.lock().is_empty()
    }

    /// Wakes the loop and has it look at what is due.
    pub(crate) fn call_to_look(&self) {
        self.look.store(true, Ordering::Relaxed);
        self.bell.notify_one();
    }

    /// Whether somebody called to look since this was asked last.
    pub(crate) fn was_called(&self) -> bool {
        self.look.swap(false, Ordering::Relaxed)
    }

    /// Notes how many runs wait on the node lane's ready lists, about.
    pub(crate) fn set_ready(&self, ready: u64) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    /// How many runs wait on the node lane's ready lists, about.
    pub(crate) fn ready(&self) -> u64 {
        self.ready.load(Ordering::Relaxed)
    }

    /// Wakes the loop.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until the loop is woken.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Notes that the loop completed a round.
    pub(crate) fn note_progress(&self) {
        *self.progress.lock() = BootInstant::now();
    }

    /// Whether the loop completed a round within `span`.
    pub(crate) fn progressed_within(&self, span: Duration) -> bool {
        BootInstant::now().since(*self.progress.lock()) < span
    }

    /// Notes that the loop will neither claim nor take any more.
    pub(crate) fn note_quiet(&self) {
        self.quiet.cancel();
    }

    /// Waits until the loop will neither claim nor take any more.
    pub(crate) async fn quiet(&self) {
        self.quiet.cancelled().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_domain::BootId;
    use uuid::Uuid;

    #[test]
    fn an_epoch_is_known_whether_it_was_read_or_held() {
        let local = LocalPartition::new(Partition(0));
        local.note_epoch(Epoch(7));
        assert_eq!(local.known_epoch(), Epoch(7));
        let owner = BootId(Uuid::from_u128(1));
        let token = LeaseToken { partition: Partition(0), epoch: Epoch(9), owner };
        let now = BootInstant::now();
        local.set_term(Some(Term { token, began: now, confirmed: now }));
        assert!(local.end_term(token));
        local.note_epoch(Epoch(8));
        assert_eq!(local.known_epoch(), Epoch(9), "though the store may have forgotten it");
    }
}

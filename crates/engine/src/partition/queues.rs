//! Runs for this node's workers: which lists to take from, and how much.
//!
//! A turn that claims knows what it readies, and takes it for its own workers at once. What others
//! readied is known by name only: a hint or the poller says that there is something, a look says on
//! which lists, and how much is found out by asking for more each time until less comes.

use std::collections::BTreeMap;

use bellwether_domain::Priority;
use bellwether_domain::plan::Verdict;
use bellwether_store::{Lane, ReadyKey, StoreError, Turn, TurnReply};

use super::PartitionLoop;
use crate::workers::Lent;

/// Every so many turns the low lists come first, so that they are never starved.
const LOW_FIRST: u64 = 8;

impl PartitionLoop {
    /// Adds takes to `turn` for the room that workers here have.
    pub(super) async fn take_for_workers(&mut self, turn: &mut Turn) -> Result<Lent, StoreError> {
        let partition = self.local.partition;
        if self.local.queues.was_called() {
            let found = self.store.queues(&[partition]).await;
            let found = found.inspect_err(|_| self.local.queues.call())?;
            self.local.queues.set(found.into_iter().flatten().collect());
        }
        let mut wanted: BTreeMap<ReadyKey, u32> = self.local.queues.lists().into_iter().collect();
        for item in turn.claims.iter().filter(|item| item.ready.lane != Lane::Node) {
            let fires = item.claim.fires.iter();
            let runs = fires.filter(|fire| fire.verdict == Verdict::Run).count();
            let runs = u32::try_from(runs).unwrap_or(u32::MAX);
            *wanted.entry(item.ready.clone()).or_default() += runs;
        }
        for promote in turn.promotes.iter().filter(|promote| promote.ready.lane != Lane::Node) {
            *wanted.entry(promote.ready.clone()).or_default() += 1;
        }
        let mut lists: Vec<_> = wanted.into_iter().collect();
        self.worker_turns += 1;
        order(&mut lists, self.worker_turns);
        let (takes, lent) = self.workers.lend(&self.local, &lists);
        turn.takes.extend(takes);
        Ok(lent)
    }

    /// Notes how the takes for workers went.
    pub(super) fn note_taken(&self, turn: &Turn, reply: &TurnReply, lent: &Lent) {
        if self.local.queues.is_empty() {
            return;
        }
        let taken = reply.leased.iter().filter(|l| l.owner != self.dispatcher.owner).count();
        let asked = turn.takes.iter().any(|take| take.ready.lane != Lane::Node);
        if taken < lent.len() {
            // Some list is empty by now; a look tells which.
            self.local.queues.call();
            self.local.ring();
        } else if asked {
            self.local.queues.raise();
            self.local.ring();
        }
    }
}

/// Puts the urgent lists first, but now and then the others, and gives each list its turn among those
/// of its priority.
fn order(lists: &mut [(ReadyKey, u32)], turn: u64) {
    if lists.is_empty() {
        return;
    }
    let start = usize::try_from(turn).unwrap_or(0) % lists.len();
    lists.rotate_left(start);
    let place = |priority| Priority::ALL.iter().position(|one| *one == priority);
    lists.sort_by_key(|(ready, _)| place(ready.priority));
    if turn.is_multiple_of(LOW_FIRST) {
        lists.reverse();
    }
}

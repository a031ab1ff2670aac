//! The stop-and-wait lane of a node in a partition: every turn is answered exactly once.

use bellwether_domain::{BootId, Owner, Partition, Priority};
use bellwether_store::{Lane, ReadyKey, Seq, Store, StoreError, Take, Turn, TurnError, TurnReply};
use tokio_util::sync::CancellationToken;

use crate::internal_event::{LaneLost, StoreFailed};
use crate::retry::Backoff;

/// Every so many turns the low lists come first, so that they are never starved.
const LOW_FIRST: u64 = 8;

/// The sender's side of the lane.
pub(super) struct LaneTurns {
    partition: Partition,
    boot: BootId,
    seq: Seq,
    registered: bool,
}

/// How a turn went.
pub(super) enum Sent {
    /// The store carried it out.
    Answered(Turn, TurnReply),
    /// It was refused: the node had been taken for dead. The lane is open again.
    Unregistered(Turn),
    /// The node stops, and whether the store carried it out is unknown.
    Stopped(Turn),
}

impl LaneTurns {
    pub(super) fn new(partition: Partition, boot: BootId) -> Self {
        Self { partition, boot, seq: Seq(0), registered: false }
    }

    /// Takes of up to `free` runs from the node lane's lists.
    pub(super) fn takes(&self, free: u32) -> Vec<Take> {
        let mut order = Priority::ALL;
        if self.seq.0.is_multiple_of(LOW_FIRST) {
            order.reverse();
        }
        let take = |priority| Take {
            ready: ReadyKey { lane: Lane::Node, priority },
            most: free,
            owner: Owner::from(self.boot),
        };
        order.into_iter().map(take).collect()
    }

    /// Registers the node where it is not.
    pub(super) async fn open(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        if !self.registered {
            store.register(self.partition, self.boot, self.seq).await?;
            self.registered = true;
        }
        Ok(())
    }

    /// Sends `turn` until its outcome is known. A turn whose answer was lost is sent again under
    /// the same number, and the store answers what it answered before.
    pub(super) async fn send(
        &mut self,
        store: &dyn Store,
        turn: Turn,
        stop: &CancellationToken,
    ) -> Sent {
        self.seq = Seq(self.seq.0 + 1);
        let mut backoff = Backoff::default();
        loop {
            let error = match store.turn(self.partition, self.boot, self.seq, &turn).await {
                Ok(reply) => return Sent::Answered(turn, reply),
                Err(TurnError::Unregistered | TurnError::Stale) => {
                    self.registered = false;
                    LaneLost { partition: self.partition }.emit();
                    return Sent::Unregistered(turn);
                }
                Err(TurnError::Store(error)) => error,
            };
            StoreFailed { partition: self.partition, error: &error }.emit();
            tokio::select! {
                () = stop.cancelled() => return Sent::Stopped(turn),
                () = tokio::time::sleep(backoff.next()) => {}
            }
        }
    }
}

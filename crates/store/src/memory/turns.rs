//! The turn of a node, and what recovers from its interruption.

use std::collections::btree_map::Entry;

use async_trait::async_trait;
use bellwether_domain::{BootId, Owner, Partition};

use super::MemoryStore;
use super::places::Slots;
use super::script::Script;
use super::state::LaneRow;
use crate::{
    AttemptRecord, DueCursor, Finish, FinishReply, Head, LeaseToken, Peek, Seq, StoreError, Turn,
    TurnError, TurnReply, TurnStore,
};

#[async_trait]
impl TurnStore for MemoryStore {
    async fn register(
        &self,
        partition: Partition,
        boot: BootId,
        floor: Seq,
    ) -> Result<(), StoreError> {
        self.script(partition, |script| script.register(boot, floor));
        Ok(())
    }

    async fn peek(
        &self,
        partition: Partition,
        after: Option<&DueCursor>,
        limit: usize,
    ) -> Result<Peek, StoreError> {
        Ok(self.script(partition, |script| {
            script.park();
            script.state.peek(script.now, after, limit)
        }))
    }

    async fn heads(&self, partitions: &[Partition]) -> Result<Vec<Head>, StoreError> {
        let head = |partition: &Partition| self.read(*partition, |state| state.head());
        Ok(partitions.iter().map(head).collect())
    }

    async fn turn(
        &self,
        partition: Partition,
        boot: BootId,
        seq: Seq,
        turn: &Turn,
    ) -> Result<TurnReply, TurnError> {
        self.script(partition, |script| script.answer(boot, seq, turn))
    }

    async fn attempts(&self, partition: Partition) -> Result<Vec<AttemptRecord>, StoreError> {
        Ok(self.read(partition, |state| state.attempts.values().copied().collect()))
    }

    async fn registered(&self, partition: Partition) -> Result<Vec<BootId>, StoreError> {
        Ok(self.read(partition, |state| state.lanes.keys().copied().collect()))
    }

    async fn reap(
        &self,
        token: LeaseToken,
        dead: Option<BootId>,
        finishes: &[Finish],
    ) -> Result<Option<Vec<FinishReply>>, StoreError> {
        Ok(self.script(token.partition, |script| script.reap(token, dead, finishes)))
    }
}

impl Script<'_> {
    fn register(&mut self, boot: BootId, floor: Seq) {
        let row = LaneRow { last: floor, answer: None };
        match self.state.lanes.entry(boot) {
            Entry::Vacant(vacant) => {
                vacant.insert(row);
            }
            Entry::Occupied(mut lane) => {
                if lane.get().last <= floor {
                    lane.insert(row);
                }
            }
        }
    }

    /// Answers a turn. The lane comes before everything else, the epoch too: a turn whose outcome
    /// is unknown to its sender gets its own answer even if another leads by now.
    fn answer(&mut self, boot: BootId, seq: Seq, turn: &Turn) -> Result<TurnReply, TurnError> {
        let lane = self.state.lanes.get(&boot).ok_or(TurnError::Unregistered)?;
        if seq <= lane.last {
            let before = lane.answer.clone().filter(|_| seq == lane.last);
            return before.ok_or(TurnError::Stale);
        }
        let reply = self.turn(boot, turn);
        self.state.lanes.insert(boot, LaneRow { last: seq, answer: Some(reply.clone()) });
        Ok(reply)
    }

    fn turn(&mut self, boot: BootId, turn: &Turn) -> TurnReply {
        let finishes = turn.finishes.iter().map(|finish| self.finish(finish)).collect();
        if turn.lease.is_some_and(|token| self.leads(token)) {
            turn.promotes.iter().for_each(|promote| self.promote(promote));
        }
        let mut slots = Slots { boot, free: turn.free, leased: Vec::new() };
        let claims = self.claims(turn.lease, &turn.claims, &mut slots);
        self.take(&turn.takes, &mut slots);
        TurnReply { now: self.now, finishes, claims, leased: slots.leased }
    }

    fn reap(
        &mut self,
        token: LeaseToken,
        dead: Option<BootId>,
        finishes: &[Finish],
    ) -> Option<Vec<FinishReply>> {
        if !self.leads(token) {
            return None;
        }
        let replies = finishes.iter().map(|finish| self.finish(finish)).collect();
        if let Some(dead) = dead.filter(|dead| !self.owns_attempts(*dead)) {
            self.state.lanes.remove(&dead);
        }
        Some(replies)
    }

    fn owns_attempts(&self, boot: BootId) -> bool {
        self.state.attempts.values().any(|attempt| attempt.owner == Owner::from(boot))
    }
}

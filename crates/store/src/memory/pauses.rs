//! Pauses of scheduling: what is meant, the copies of the partitions, and the jobs that they hold
//! back.

use async_trait::async_trait;
use bellwether_domain::pause::{Pauses, Scope};
use bellwether_domain::{Partition, RequestId};

use super::MemoryStore;
use super::script::Script;
use super::state::PartitionState;
use crate::{Happened, Hint, PauseStore, PausesView, Reply, StoreError, Write};

#[async_trait]
impl PauseStore for MemoryStore {
    async fn pauses(&self, request: Option<RequestId>) -> Result<PausesView, StoreError> {
        let now = self.shared.clock.now();
        let state = self.lock();
        let reply = request.and_then(|request| state.pause_replies.get(request, now)).cloned();
        Ok(PausesView { now, reply, pauses: state.pauses.clone() })
    }

    async fn intend_pauses(
        &self,
        pauses: &Pauses,
        changed: &Scope,
        reply: Option<&Reply>,
    ) -> Result<Write, StoreError> {
        let now = self.shared.clock.now();
        let mut state = self.lock();
        let known = reply.and_then(|reply| state.pause_replies.get(reply.request, now));
        if let Some(first) = known {
            return Ok(Write::Repeated(first.clone()));
        }
        if state.pauses.version + 1 != pauses.version {
            return Ok(Write::Changed);
        }
        state.pauses = pauses.clone();
        state.log.append(now, vec![happened(pauses, changed)]);
        if let Some(Reply { request, body }) = reply {
            state.pause_replies.keep(*request, now, body.clone());
        }
        Ok(Write::Done)
    }

    async fn apply_pauses(&self, partition: Partition, pauses: &Pauses) -> Result<(), StoreError> {
        self.script(partition, |script| script.apply_pauses(pauses));
        Ok(())
    }

    async fn applied_pauses(&self, partition: Partition) -> Result<Pauses, StoreError> {
        Ok(self.read(partition, |state| state.pauses.clone()))
    }
}

fn happened(pauses: &Pauses, changed: &Scope) -> Happened {
    let namespace = match changed {
        Scope::Cluster => None,
        Scope::Namespace(namespace) => Some(namespace.clone()),
    };
    match pauses.of(changed) {
        Some(pause) => Happened::SchedulingPaused { namespace, reason: pause.reason.clone() },
        None => Happened::SchedulingResumed { namespace },
    }
}

impl Script<'_> {
    fn apply_pauses(&mut self, pauses: &Pauses) {
        if self.state.pauses.version < pauses.version {
            self.state.pauses = pauses.clone();
            self.hint(Hint::Due(self.partition));
        }
    }

    /// Takes the jobs that are due and held back out of `due`, and puts those back that are no
    /// longer, so that what is held back neither hides other jobs nor wakes anybody.
    pub(super) fn park(&mut self) {
        let PartitionState { pauses, jobs, due, parked, .. } = &mut *self.state;
        let held_back = |key: &String| {
            let row = jobs.get(key)?;
            pauses.hold(&row.job.definition.key.namespace).then_some(())
        };
        parked.retain(|key| {
            let stays = held_back(key).is_some();
            if let Some(point) = jobs.get(key).and_then(|row| row.next).filter(|_| !stays) {
                due.insert((point.start_after, key.clone()));
            }
            stays
        });
        due.retain(|(at, key)| {
            let leaves = *at <= self.now && held_back(key).is_some();
            if leaves {
                parked.insert(key.clone());
            }
            !leaves
        });
    }
}

//! Ready runs become attempts.

use bellwether_domain::RunState;

use super::places::Slots;
use super::script::Script;
use crate::{Lane, Promote, Take};

impl Script<'_> {
    /// Leases from the ready lists, list by list in the order of `takes`.
    pub(super) fn take(&mut self, takes: &[Take], slots: &mut Slots) {
        for take in takes {
            for _ in 0..take.most {
                let is_node = take.ready.lane == Lane::Node;
                if is_node && slots.free == 0 {
                    break;
                }
                let list = self.state.ready.get_mut(&take.ready);
                let Some(id) = list.and_then(std::collections::VecDeque::pop_front) else { break };
                if !self.is_pending(id) {
                    continue;
                }
                if let Some(leased) = self.lease(id, take.owner) {
                    slots.free -= u32::from(is_node);
                    slots.leased.push(leased);
                }
            }
        }
        self.state.ready.retain(|_, list| !list.is_empty());
    }

    /// Readies a delayed run whose time has come, if there still is one.
    pub(super) fn promote(&mut self, promote: &Promote) {
        let Promote { run, ready } = promote;
        let mut come = self.state.delayed.iter().take_while(|(at, ..)| *at <= self.now);
        let found = come.find(|(_, delayed, list)| delayed == run && list == ready);
        let Some(entry) = found.cloned() else { return };
        self.state.delayed.remove(&entry);
        if self.is_pending(*run) {
            self.push_ready(*run, ready);
        }
    }

    fn is_pending(&self, id: bellwether_domain::RunId) -> bool {
        self.state.runs.get(&id).is_some_and(|live| live.run.state == RunState::PENDING)
    }
}

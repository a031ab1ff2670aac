//! The whole system at one instant.

use super::config::Config;
use super::few::Few;
use super::node::Node;
use super::store::{Lane, Store};
use super::witness::Witness;
use super::words::{Boot, NODES, Request};

/// The most calls that may be late at once.
pub(super) const LATE: usize = 2;

/// The whole system at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct State {
    /// How many fire times have become due by the store's clock.
    pub(super) now: u8,
    pub(super) store: Store,
    /// What the replica has of the store's history. Only where the store may fail over.
    pub(super) replica: Store,
    pub(super) nodes: [Node; NODES],
    /// Calls that nobody waits for any more, in no order.
    pub(super) late: Few<Request, LATE>,
    pub(super) left: Left,
    pub(super) witness: Witness,
}

/// How often something may still happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Left {
    pub(super) kills: u8,
    pub(super) updates: u8,
    pub(super) failovers: u8,
}

impl State {
    /// Nodes that have just started, and a store with one job.
    pub(super) fn start(config: &Config) -> Self {
        let mut nodes = [Node::default(); NODES];
        for (n, node) in nodes.iter_mut().enumerate() {
            node.boot = Boot(n as u8);
            node.registered = n < config.nodes && !config.late_registrations;
        }
        let mut store = Store::default();
        for (n, node) in nodes.iter().enumerate().filter(|(_, node)| node.registered) {
            store.lanes[n] = Some(Lane { last: node.seq, answer: None });
        }
        Self {
            now: 0,
            store,
            replica: if config.failover.is_some() { store } else { Store::default() },
            nodes,
            late: Few::EMPTY,
            left: Left {
                kills: config.kills,
                updates: config.updates,
                failovers: u8::from(config.failover.is_some()),
            },
            witness: Witness::default(),
        }
    }

    /// Every fire time has ended: in a run that has, or in a record.
    pub(super) fn is_settled(&self, config: &Config) -> bool {
        let runs = self.store.runs.iter().enumerate();
        let ended = runs.filter(|(_, run)| run.state.is_ended());
        let covered = ended.fold(self.store.skipped, |bits, (own, run)| bits | run.covers(own));
        covered == (1 << config.fires) - 1
    }
}

//! What happens when the faults end.
//!
//! That every fire time *ends* in a run or a record (I2), and that nothing stays stuck (I9), are
//! promises about a future in which nothing more goes wrong. That future is played from every
//! single state that is reached: all fire times become due, what is late stays lost, calls are
//! answered at once, and each node does in turn what its tasks would. If the system does not settle
//! then, the state was one from which it would need a human.

use super::config::Config;
use super::few::Few;
use super::node::Held;
use super::state::State;
use super::step::Fate::Answered;
use super::words::{BOOTS, Boot, FIRES};

/// More rounds than a run with the most attempts needs.
const ROUNDS: usize = 16;

impl State {
    /// Whether all ends well once nothing more goes wrong.
    pub(super) fn heals(mut self, config: &Config) -> bool {
        self.now = config.fires;
        self.late = Few::EMPTY;
        for _ in 0..ROUNDS {
            if self.is_settled(config) {
                return true;
            }
            for n in 0..config.nodes {
                self.do_all(config, n);
            }
        }
        false
    }

    /// A round of all tasks of a node.
    fn do_all(&mut self, config: &Config, n: usize) {
        self.turn(config, n, Answered);
        if !self.nodes[n].registered {
            self.register(config, n, Answered);
        }
        self.execute_all(config, n);
        self.renew(config, n, Answered);
        if self.nodes[n].term.is_none() && !self.has_leader(config) {
            self.store.lease.expired = true;
            self.acquire(config, n, Answered);
        }
        if self.nodes[n].is_at_rest() {
            // Twice, for one that acts on what it sees a second time only.
            self.compare(config, n);
            self.compare(config, n);
        }
        if self.nodes[n].term.is_some() {
            self.reap_the_dead(config, n);
            if self.store.due < self.now && self.nodes[n].registered {
                self.look(n);
            }
        }
        if self.nodes[n].registered {
            self.send(n, true);
            self.turn(config, n, Answered);
            self.execute_all(config, n);
        }
    }

    fn execute_all(&mut self, config: &Config, n: usize) {
        for run in 0..FIRES {
            self.deliver(config, n, run);
            if let Held::Executing(_) = self.nodes[n].held[run] {
                self.finish(n, run);
            }
        }
    }

    fn has_leader(&self, config: &Config) -> bool {
        let nodes = &self.nodes[..config.nodes];
        nodes.iter().filter_map(super::node::Node::token).any(|token| self.store.leads(token))
    }

    fn reap_the_dead(&mut self, config: &Config, n: usize) {
        for boot in (0..BOOTS as u8).map(Boot) {
            if !self.nodes.iter().any(|node| node.boot == boot) {
                self.reap(config, n, boot, Answered);
            }
        }
    }
}

//! One state for all that differ in names only.
//!
//! Nodes are alike, so states that differ by who is called what have the same futures. Of sequence
//! numbers only their order counts, lane by lane, and of epochs too while the store forgets
//! nothing: a new one is above all that there are. So they are numbered anew from 1 after each
//! step, and what would be endless, turn after turn and term after term, is finite and explored to
//! its end. 0 stays 0: no epoch, and the floor of a lane that was never used.
//!
//! Where the store may lose epochs, a new one may be below one that was lost, and by how much
//! counts; there epochs keep their values and are bounded instead.

use super::config::Config;
use super::few::Few;
use super::node::Node;
use super::state::State;
use super::store::Store;
use super::words::{BOOTS, Boot, Epoch, FINISHES, Finish, NODES, Request, Seq, Token, Turn};

/// A name somewhere in a state.
enum Name<'a> {
    Boot(&'a mut Boot),
    /// An epoch of which this boot knows; of the lease itself, nobody in particular.
    Epoch(Option<Boot>, &'a mut Epoch),
    /// A number of this boot's lane.
    Seq(Boot, &'a mut Seq),
}

/// What the lease's epoch is called, above all that nodes remember.
const CURRENT: u8 = 9;

/// For each place the node that comes there.
type Places = [usize; NODES];

impl State {
    /// The state's representative.
    pub(super) fn canonical(mut self, config: &Config) -> Self {
        self.forget(config);
        self.number_anew(config);
        self.name_anew();
        let orders: &[Places] = match config.nodes {
            1 => &[[0, 1, 2]],
            2 => &[[0, 1, 2], [1, 0, 2]],
            _ => &[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]],
        };
        orders.iter().map(|places| self.arranged(*places)).min().unwrap_or(self)
    }

    fn number_anew(&mut self, config: &Config) {
        let current = self.store.lease.epoch;
        let forgetful = config.failover.is_some();
        let mut epochs = [1_u64; BOOTS];
        let mut seqs = [1_u64; BOOTS];
        let place = |boot: Boot| if forgetful { 0 } else { usize::from(boot.0) };
        self.each_name(&mut |name| match name {
            Name::Epoch(boot, epoch) => epochs[boot.map_or(0, place)] |= 1 << epoch.0,
            Name::Seq(boot, seq) => seqs[usize::from(boot.0)] |= 1 << seq.0,
            Name::Boot(_) => {}
        });
        let below = |present: u64, value: u8| (present & ((1 << value) - 1)).count_ones() as u8;
        self.each_name(&mut |name| match name {
            Name::Epoch(_, epoch) if !forgetful && *epoch == current => {
                epoch.0 = if current.0 == 0 { 0 } else { CURRENT };
            }
            Name::Epoch(boot, epoch) if config.keeps_epochs() => {
                epoch.0 = below(epochs[boot.map_or(0, place)], epoch.0);
            }
            Name::Seq(boot, seq) => seq.0 = below(seqs[usize::from(boot.0)], seq.0),
            Name::Boot(_) | Name::Epoch(..) => {}
        });
    }

    /// A node that was killed and of whose first start nothing is left is like one that was not.
    fn name_anew(&mut self) {
        let mut known = 0_u64;
        self.each_name(&mut |name| {
            if let Name::Boot(boot) = name {
                known |= 1 << boot.0;
            }
        });
        for first in 0..NODES {
            let second = first + NODES;
            let is_first_known = known & 1 << first != 0
                || self.store.lanes[first].is_some()
                || self.replica.lanes[first].is_some();
            if known & 1 << second == 0 || is_first_known {
                continue;
            }
            self.each_name(&mut |name| {
                if let Name::Boot(boot) = name
                    && usize::from(boot.0) == second
                {
                    boot.0 = first as u8;
                }
            });
            for store in [&mut self.store, &mut self.replica] {
                store.lanes.swap(first, second);
                store.carried_out[first] = std::mem::take(&mut store.carried_out[second]);
            }
        }
    }

    fn arranged(mut self, from: Places) -> Self {
        let mut to = [0; NODES];
        for (place, node) in from.into_iter().enumerate() {
            to[node] = place;
        }
        let renamed = |boot: Boot| {
            let (start, node) = (boot.0 as usize / NODES, boot.0 as usize % NODES);
            Boot((start * NODES + to[node]) as u8)
        };
        self.each_name(&mut |name| {
            if let Name::Boot(boot) = name {
                *boot = renamed(*boot);
            }
        });
        let nodes = self.nodes;
        self.nodes = from.map(|node| nodes[node]);
        self.store.arrange(from);
        self.replica.arrange(from);
        self.late.sort();
        self
    }

    fn each_name(&mut self, visit: &mut impl FnMut(Name<'_>)) {
        self.store.each_name(visit);
        self.replica.each_name(visit);
        self.nodes.iter_mut().for_each(|node| node.each_name(visit));
        self.late.iter_mut().for_each(|request| request.each_name(visit));
    }
}

impl Store {
    fn arrange(&mut self, from: Places) {
        let (lanes, carried_out) = (self.lanes, self.carried_out);
        for start in 0..BOOTS / NODES {
            for (place, node) in from.into_iter().enumerate() {
                self.lanes[start * NODES + place] = lanes[start * NODES + node];
                self.carried_out[start * NODES + place] = carried_out[start * NODES + node];
            }
        }
    }

    fn each_name(&mut self, visit: &mut impl FnMut(Name<'_>)) {
        visit(Name::Epoch(None, &mut self.lease.epoch));
        self.lease.owner.iter_mut().for_each(|owner| visit(Name::Boot(owner)));
        for (boot, lane) in self.lanes.iter_mut().enumerate() {
            lane.iter_mut().for_each(|lane| visit(Name::Seq(Boot(boot as u8), &mut lane.last)));
        }
        for (boot, seq) in self.carried_out.iter_mut().enumerate() {
            visit(Name::Seq(Boot(boot as u8), seq));
        }
        for run in &mut self.runs {
            run.holder.iter_mut().for_each(|(owner, _)| visit(Name::Boot(owner)));
        }
    }
}

impl Node {
    fn each_name(&mut self, visit: &mut impl FnMut(Name<'_>)) {
        let boot = self.boot;
        visit(Name::Seq(boot, &mut self.seq));
        visit(Name::Boot(&mut self.boot));
        for epoch in [&mut self.floor, &mut self.begun] {
            visit(Name::Epoch(Some(boot), epoch));
        }
        self.term.iter_mut().for_each(|epoch| visit(Name::Epoch(Some(boot), epoch)));
        self.turn.iter_mut().for_each(|turn| turn.each_name(boot, visit));
        self.sight.iter_mut().for_each(|(epoch, _)| visit(Name::Epoch(Some(boot), epoch)));
        owners(&mut self.outbox, visit);
    }
}

impl Turn {
    fn each_name(&mut self, sender: Boot, visit: &mut impl FnMut(Name<'_>)) {
        self.epoch.iter_mut().for_each(|epoch| visit(Name::Epoch(Some(sender), epoch)));
        owners(&mut self.finishes, visit);
    }
}

impl Request {
    fn each_name(&mut self, visit: &mut impl FnMut(Name<'_>)) {
        match self {
            Self::Acquire { owner, floor } => {
                visit(Name::Epoch(Some(*owner), floor));
                visit(Name::Boot(owner));
            }
            Self::Renew(token) | Self::Release(token) => token.each_name(visit),
            Self::Register { boot, floor } => {
                visit(Name::Seq(*boot, floor));
                visit(Name::Boot(boot));
            }
            Self::Turn { boot, seq, turn } => {
                visit(Name::Seq(*boot, seq));
                turn.each_name(*boot, visit);
                visit(Name::Boot(boot));
            }
            Self::Reap { token, dead, finishes } => {
                token.each_name(visit);
                visit(Name::Boot(dead));
                owners(finishes, visit);
            }
        }
    }
}

impl Token {
    fn each_name(&mut self, visit: &mut impl FnMut(Name<'_>)) {
        visit(Name::Epoch(Some(self.owner), &mut self.epoch));
        visit(Name::Boot(&mut self.owner));
    }
}

fn owners(finishes: &mut Few<Finish, FINISHES>, visit: &mut impl FnMut(Name<'_>)) {
    finishes.iter_mut().for_each(|finish| visit(Name::Boot(&mut finish.owner)));
}

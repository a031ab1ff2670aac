//! Forgets what can never matter again.
//!
//! Two states that differ in nothing that will ever be read have the same futures; forgetting makes
//! them one, and the exploration many times smaller. Each rule says why nobody reads it. Where that
//! rests on a guard, the rule holds only while the guard stands: so no rule can hide what a guard
//! prevents. Where it rests on what the store says, the store must say so and, while it may still
//! fail over, the replica too.

use super::config::{Config, EpochFloor};
use super::few::Few;
use super::node::Held;
use super::state::State;
use super::store::{Lane, Store};
use super::words::{Answer, BOOTS, Boot, Claim, Epoch, FIRES, Request, Seq, Token, Turn};

impl State {
    pub(super) fn forget(&mut self, config: &Config) {
        if self.left.failovers == 0 {
            self.replica = Store::default();
        }
        // A lease may expire at any moment.
        self.replica.lease.expired = false;
        self.forget_history(config);
        self.forget_answers();
        if config.guards.expected {
            self.forget_plans();
        }
        if config.has_safe_lanes() {
            self.forget_turns();
        }
        if config.guards.epoch && config.keeps_epochs() {
            self.forget_terms();
        }
        let mut late = Few::EMPTY;
        let matters = |request: &Request| self.may_matter(config, request);
        self.late.iter().filter(matters).for_each(|request| late.push(request));
        self.late = late;
    }

    /// The stores that may be read from now on.
    fn worlds(&self) -> [Store; 2] {
        [self.store, if self.left.failovers > 0 { self.replica } else { self.store }]
    }

    /// An ended run is history: what it covers, and which attempts were lost. No attempt of it is
    /// leased again, so what was delivered is read only by one who still has one to deliver.
    fn forget_history(&mut self, config: &Config) {
        for run in self.store.runs.iter_mut().chain(&mut self.replica.runs) {
            if run.state.is_ended() {
                (run.attempt, run.lost) = (0, 0);
            }
        }
        let worlds = self.worlds();
        for run in 0..FIRES {
            let is_leased = |held: Held| matches!(held, Held::Leased(_));
            let is_over = worlds.iter().all(|store| store.runs[run].state.is_ended())
                && !self.nodes.iter().any(|node| is_leased(node.held[run]));
            if is_over && config.guards.expected {
                self.witness.delivered[run] = 0;
                self.nodes.iter_mut().for_each(|node| node.delivered[run] = 0);
            }
        }
    }

    /// A stored answer is read by one who asks under its number: the turn under way, or a late one.
    fn forget_answers(&mut self) {
        let mut asked = [Few::<Seq, 4>::EMPTY; BOOTS];
        for node in self.nodes.iter().filter(|node| node.turn.is_some()) {
            asked[usize::from(node.boot.0)].push(node.seq);
        }
        for request in self.late.iter() {
            if let Request::Turn { boot, seq, .. } = request {
                asked[usize::from(boot.0)].push(seq);
            }
        }
        for store in [&mut self.store, &mut self.replica] {
            for (lane, asked) in store.lanes.iter_mut().zip(&asked) {
                if let Some(lane) = lane.as_mut().filter(|l| !asked.iter().any(|s| s == l.last)) {
                    lane.answer = None;
                }
            }
        }
        if self.left.failovers == 0 {
            // Recorded or refused, the sender is done with what it handed in.
            self.answers().for_each(|answer| answer.finishes = Few::EMPTY);
        }
    }

    /// A term that is over stays over, and under it nothing can be written any more: its bearer is
    /// like one that has been told, which it may be at any moment.
    fn forget_terms(&mut self) {
        let worlds = self.worlds();
        let is_over = |boot, epoch| is_over(&worlds, Token { epoch, owner: boot });
        let forget = |boot: Boot, turn: &mut Turn| {
            if turn.epoch.is_some_and(|epoch| is_over(boot, epoch)) {
                turn.claim = None;
            }
            if turn.claim.is_none() {
                turn.epoch = None;
            }
        };
        // What is not above the stored epoch raises no new one.
        let [lowest, _] = worlds.map(|store| store.lease.epoch);
        let lowest = lowest.min(worlds[1].lease.epoch);
        for node in &mut self.nodes {
            let boot = node.boot;
            node.term = node.term.filter(|epoch| !is_over(boot, *epoch));
            node.sight = node.sight.filter(|(epoch, _)| !is_over(boot, *epoch));
            node.turn.iter_mut().for_each(|turn| forget(boot, turn));
            for known in [&mut node.floor, &mut node.begun] {
                if *known <= lowest {
                    *known = Epoch(0);
                }
            }
        }
        for request in self.late.iter_mut() {
            match request {
                Request::Turn { boot, turn, .. } => forget(*boot, turn),
                Request::Acquire { floor, .. } if *floor <= lowest => *floor = Epoch(0),
                _ => {}
            }
        }
        // That a claim's epoch was stale, too.
        self.answers().for_each(|answer| answer.claim = None);
    }

    fn answers(&mut self) -> impl Iterator<Item = &mut Answer> {
        let lanes = self.store.lanes.iter_mut().chain(&mut self.replica.lanes);
        lanes.flatten().filter_map(|lane| lane.answer.as_mut())
    }

    /// Of a claim whose fire times are taken, only that it is to be refused: points do not come
    /// back.
    fn forget_plans(&mut self) {
        let worlds = self.worlds();
        let forget = |claim: &mut Claim| {
            if worlds.iter().all(|store| claim.expected < store.due) {
                *claim = Claim { expected: u8::MAX, last: 0, etag: 0 };
            }
        };
        for node in &mut self.nodes {
            node.sight.iter_mut().for_each(|(_, claim)| forget(claim));
            node.turn.iter_mut().filter_map(|turn| turn.claim.as_mut()).for_each(forget);
        }
        for request in self.late.iter_mut() {
            if let Request::Turn { turn, .. } = request {
                turn.claim.iter_mut().for_each(forget);
            }
        }
    }

    /// A turn that was carried out is not carried out again, and one whose sender was struck off
    /// never is. Of both the sender still reads what it handed in, and under which epoch.
    fn forget_turns(&mut self) {
        let worlds = self.worlds();
        for node in &mut self.nodes {
            let Some(turn) = &mut node.turn else { continue };
            let lanes = worlds.map(|store| store.lane(node.boot));
            if lanes.iter().all(|lane| is_done(*lane, node.seq)) {
                (turn.claim, turn.free) = (None, false);
            }
        }
        // Whatever is carried out next is above the floor, so above these.
        for store in [&mut self.store, &mut self.replica] {
            for (lane, carried_out) in store.lanes.iter().zip(&mut store.carried_out) {
                if is_done(*lane, *carried_out) {
                    *carried_out = Seq(0);
                }
            }
        }
    }

    /// Whether a late call could still do something.
    fn may_matter(&self, config: &Config, request: &Request) -> bool {
        let worlds = self.worlds();
        match request {
            Request::Acquire { .. } | Request::Register { .. } => true,
            Request::Renew(token) | Request::Release(token) | Request::Reap { token, .. } => {
                let counts = config.guards.epoch && config.keeps_epochs();
                !(counts && is_over(&worlds, *token))
            }
            Request::Turn { boot, seq, .. } => {
                let is_done = worlds.iter().all(|store| is_done(store.lane(*boot), *seq));
                !(config.has_safe_lanes() && is_done)
            }
        }
    }
}

/// Whether a term is over wherever somebody may ask.
fn is_over(worlds: &[Store; 2], token: Token) -> bool {
    worlds.iter().all(|store| !store.leads(token))
}

/// Whether a turn is never carried out from now on: the lane is past it, or closed, and its sender
/// can only register anew, above all that it sent.
fn is_done(lane: Option<Lane>, seq: Seq) -> bool {
    lane.is_none_or(|lane| seq <= lane.last)
}

impl Config {
    /// Whether a node never bears the same epoch twice.
    pub(super) fn keeps_epochs(&self) -> bool {
        let guards = &self.guards;
        let is_known = self.failover.is_none() || guards.epoch_floor == EpochFloor::Known;
        is_known && guards.increment
    }

    /// Whether everything stands on which a turn's being carried out once rests.
    fn has_safe_lanes(&self) -> bool {
        let guards = &self.guards;
        guards.seq && guards.registration && guards.seq_floor && !self.late_registrations
    }
}

//! The steps: what can happen next, and when.

use super::config::Config;
use super::node::{Held, Node};
use super::state::State;
use super::words::{BOOTS, Boot, FIRES, NODES};

/// One step of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Another fire time becomes due.
    Due,
    /// The lease's `expires` passes.
    Expire,
    /// A client updates the job: its trigger, or something else.
    Update {
        trigger: bool,
    },
    /// The replica catches up.
    Replicate,
    /// The replica takes the store's place; what it had not got is lost.
    FailOver,
    /// A late call arrives.
    Arrive(usize),
    /// A node reads the lease.
    View(usize),
    Acquire(usize, Fate),
    Renew(usize, Fate),
    Release(usize, Fate),
    Register(usize, Fate),
    /// A leader reads what is due and plans.
    Look(usize),
    /// A node sends a turn, with free slots or without.
    Send(usize, bool),
    /// The turn that a node has sent arrives.
    Turn(usize, Fate),
    /// A leased attempt goes to its handler.
    Deliver(usize, usize),
    /// A leased attempt is not delivered.
    Refuse(usize, usize),
    /// A handler succeeds.
    Finish(usize, usize),
    /// A node compares its attempts with the store's.
    Compare(usize),
    /// A leader takes somebody for dead.
    Reap(usize, Boot, Fate),
    /// A process is killed and starts again.
    Kill(usize),
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is carried out and its answer arrives.
    Answered,
    /// It is carried out; its answer is lost.
    Unanswered,
    /// It is on its way, and its sender stops waiting: a copy that may arrive at any time.
    Late,
}

impl State {
    /// Takes a step that is possible.
    pub(super) fn apply(&mut self, config: &Config, step: Step) {
        match step {
            Step::Due => self.now += 1,
            Step::Expire => self.store.lease.expired = true,
            Step::Update { trigger } => {
                let now = self.now;
                self.script(config).update(now, trigger);
                self.left.updates -= 1;
            }
            Step::Replicate => self.replica = self.store,
            Step::FailOver => {
                self.store = self.replica;
                self.left.failovers -= 1;
            }
            Step::Arrive(at) => {
                if let Some(request) = self.late.remove(at) {
                    self.script(config).carry_out(&request);
                }
            }
            Step::View(n) => self.view(config, n),
            Step::Acquire(n, fate) => self.acquire(config, n, fate),
            Step::Renew(n, fate) => self.renew(config, n, fate),
            Step::Release(n, fate) => self.release(config, n, fate),
            Step::Register(n, fate) => self.register(config, n, fate),
            Step::Look(n) => self.look(n),
            Step::Send(n, free) => self.send(n, free),
            Step::Turn(n, fate) => self.turn(config, n, fate),
            Step::Deliver(n, run) => self.deliver(config, n, run),
            Step::Refuse(n, run) => self.refuse(n, run),
            Step::Finish(n, run) => self.finish(n, run),
            Step::Compare(n) => self.compare(config, n),
            Step::Reap(n, dead, fate) => self.reap(config, n, dead, fate),
            Step::Kill(n) => self.kill(n),
        }
    }

    /// What can happen next. Steps that change nothing may be among it.
    pub(super) fn steps(&self, config: &Config, steps: &mut Vec<Step>) {
        self.steps_around(config, steps);
        for n in 0..config.nodes {
            self.steps_of_leader(config, n, steps);
            self.steps_of_lane(config, n, steps);
            self.steps_of_attempts(config, n, steps);
            if self.left.kills > 0 && usize::from(self.nodes[n].boot.0) < NODES {
                steps.push(Step::Kill(n));
            }
        }
    }

    fn steps_around(&self, config: &Config, steps: &mut Vec<Step>) {
        if self.now < config.fires {
            steps.push(Step::Due);
        }
        if self.store.lease.owner.is_some() && !self.store.lease.expired {
            steps.push(Step::Expire);
        }
        if self.left.updates > 0 {
            steps.extend([true, false].map(|trigger| Step::Update { trigger }));
        }
        if self.left.failovers > 0 && self.replica != self.store {
            steps.extend([Step::Replicate, Step::FailOver]);
        }
        steps.extend((0..self.late.len()).map(Step::Arrive));
    }

    /// The call is carried out, with or without an answer, or late.
    fn fates(&self, config: &Config, steps: &mut Vec<Step>, of: impl Fn(Fate) -> Step) {
        steps.extend([Fate::Answered, Fate::Unanswered].map(&of));
        self.may_be_late(config, steps, of);
    }

    fn may_be_late(&self, config: &Config, steps: &mut Vec<Step>, of: impl Fn(Fate) -> Step) {
        if self.late.len() < config.late {
            steps.push(of(Fate::Late));
        }
    }

    fn steps_of_leader(&self, config: &Config, n: usize, steps: &mut Vec<Step>) {
        let node = &self.nodes[n];
        let lease = &self.store.lease;
        if node.term.is_none() {
            let epochs = config.failover.map_or(u8::MAX, |failover| failover.epochs);
            let known = lease.epoch.max(node.floor);
            if (lease.owner.is_none() || lease.expired) && known.0 < epochs {
                self.fates(config, steps, |fate| Step::Acquire(n, fate));
            }
            if config.failover.is_some_and(|f| f.views) && node.floor < lease.epoch {
                steps.push(Step::View(n));
            }
            return;
        }
        // An answer that the term is over is the only one that tells the node anything.
        steps.push(Step::Renew(n, Fate::Answered));
        self.may_be_late(config, steps, |fate| Step::Renew(n, fate));
        steps.push(Step::Release(n, Fate::Answered));
        self.may_be_late(config, steps, |fate| Step::Release(n, fate));
        for dead in (0..BOOTS as u8).map(Boot).filter(|dead| *dead != node.boot) {
            let owns = (0..FIRES).any(|run| self.store.holder(run).is_some_and(|h| h.0 == dead));
            if owns || self.store.lane(dead).is_some() {
                steps.push(Step::Reap(n, dead, Fate::Answered));
                self.may_be_late(config, steps, |fate| Step::Reap(n, dead, fate));
            }
        }
    }

    fn steps_of_lane(&self, config: &Config, n: usize, steps: &mut Vec<Step>) {
        let node = &self.nodes[n];
        if node.turn.is_some() {
            return self.fates(config, steps, |fate| Step::Turn(n, fate));
        }
        if !node.registered {
            steps.push(Step::Register(n, Fate::Answered));
            if config.late_registrations {
                self.may_be_late(config, steps, |fate| Step::Register(n, fate));
            }
            return;
        }
        if !node.is_at_rest() {
            return;
        }
        if node.sight.is_none() && node.term.is_some() && self.store.due < self.now {
            steps.push(Step::Look(n));
        }
        let has_content = node.sight.is_some() || !node.outbox.is_empty();
        if has_content {
            steps.push(Step::Send(n, false));
        }
        if has_content || self.store.ready != 0 {
            steps.push(Step::Send(n, true));
        }
    }

    fn steps_of_attempts(&self, config: &Config, n: usize, steps: &mut Vec<Step>) {
        let node = &self.nodes[n];
        for (run, held) in node.held.iter().enumerate() {
            match held {
                Held::Leased(_) => steps.extend([Step::Deliver(n, run), Step::Refuse(n, run)]),
                Held::Executing(_) => steps.push(Step::Finish(n, run)),
                Held::Nothing | Held::Ended(_) => {}
            }
        }
        if self.has_to_compare(config, n, node) {
            steps.push(Step::Compare(n));
        }
    }

    fn has_to_compare(&self, config: &Config, n: usize, node: &Node) -> bool {
        let differs = !self.unknown(n).is_empty() || !self.gone(n).is_empty();
        match config.guards.compare_at_rest {
            true => node.is_at_rest() && differs,
            false => differs || node.doubtful != [0; FIRES],
        }
    }
}

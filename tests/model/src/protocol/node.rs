//! A node: what it believes, and what its tasks do with it.
//!
//! Beliefs are never corrected by magic: a node acts on what it read or was told, however long ago.
//! Being stopped (SIGSTOP, a long pause, a slow network) therefore needs no step of its own: it is
//! a node that takes no step while the others do.

use super::config::{Config, EpochFloor};
use super::few::Few;
use super::state::State;
use super::step::Fate;
use super::store::Script;
use super::witness::Breach;
use super::words::{
    Answer, Boot, Claim, ClaimReply, Epoch, FINISHES, FIRES, Finish, FinishReply, NextStep,
    Refusal, Request, Seq, Token, Turn,
};

/// What a process knows. All of it is gone when it is killed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Node {
    pub(super) boot: Boot,
    /// The term that it believes in.
    pub(super) term: Option<Epoch>,
    /// The highest epoch that it knows of. Kept where the store may lose epochs.
    pub(super) floor: Epoch,
    /// Not the node's: the highest epoch under which it began a term. Kept likewise.
    pub(super) begun: Epoch,
    /// The latest turn that it sent.
    pub(super) seq: Seq,
    /// It believes that its lane is open.
    pub(super) registered: bool,
    /// The turn that is under way: sent, and not known to be answered.
    pub(super) turn: Option<Turn>,
    /// What it saw of the due fire times, under the term that it had then.
    pub(super) sight: Option<(Epoch, Claim)>,
    /// Ends of attempts that wait for the next turn.
    pub(super) outbox: Few<Finish, FINISHES>,
    /// What it holds of each run.
    pub(super) held: [Held; FIRES],
    /// Attempts that it delivered, one bit each.
    pub(super) delivered: [u8; FIRES],
    /// Attempts that the latest comparison found in one table only, one bit each.
    pub(super) doubtful: [u8; FIRES],
}

/// The attempt of a run that a node holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Held {
    #[default]
    Nothing,
    /// Leased, as the answer said, and not yet delivered.
    Leased(u8),
    /// At its handler.
    Executing(u8),
    /// Ended; its end is not stored for all that the node knows.
    Ended(u8),
}

impl Held {
    pub(super) fn attempt(self) -> Option<u8> {
        match self {
            Self::Nothing => None,
            Self::Leased(attempt) | Self::Executing(attempt) | Self::Ended(attempt) => {
                Some(attempt)
            }
        }
    }
}

impl Node {
    pub(super) fn token(&self) -> Option<Token> {
        self.term.map(|epoch| Token { epoch, owner: self.boot })
    }

    /// No turn is under way, and all that was leased is delivered or refused: what the loop does
    /// next, it does with a table that is as complete as the store's.
    pub(super) fn is_at_rest(&self) -> bool {
        self.turn.is_none() && !self.held.iter().any(|held| matches!(held, Held::Leased(_)))
    }

    fn see(&mut self, epoch: Epoch) {
        self.floor = self.floor.max(epoch);
    }
}

impl State {
    /// `Elector::campaign` reads the lease.
    pub(super) fn view(&mut self, config: &Config, n: usize) {
        if config.failover.is_some() {
            self.nodes[n].see(self.store.lease.epoch);
        }
    }

    /// `Elector::acquire`, after a look that found the lease free.
    pub(super) fn acquire(&mut self, config: &Config, n: usize, fate: Fate) {
        self.view(config, n);
        let Node { boot: owner, floor, .. } = self.nodes[n];
        if fate == Fate::Late {
            return self.late.push(Request::Acquire { owner, floor });
        }
        let acquired = self.script(config).acquire(owner, floor);
        if let (Some(token), Fate::Answered) = (acquired, fate) {
            self.begin_term(config, n, token.epoch);
        }
    }

    fn begin_term(&mut self, config: &Config, n: usize, epoch: Epoch) {
        let node = &mut self.nodes[n];
        node.term = Some(epoch);
        if config.failover.is_none() {
            return;
        }
        if epoch <= node.begun {
            self.witness.note(Breach::EpochRepeated);
        }
        node.begun = node.begun.max(epoch);
        if config.guards.epoch_floor == EpochFloor::Known {
            node.see(epoch);
        }
    }

    /// `Elector::renew`.
    pub(super) fn renew(&mut self, config: &Config, n: usize, fate: Fate) {
        let Some(token) = self.nodes[n].token() else { return };
        if fate == Fate::Late {
            return self.late.push(Request::Renew(token));
        }
        if !self.script(config).renew(token) && fate == Fate::Answered {
            self.nodes[n].term = None;
        }
    }

    /// `Elector::release_all`, and a hand-over to another node.
    pub(super) fn release(&mut self, config: &Config, n: usize, fate: Fate) {
        let Some(token) = self.nodes[n].token() else { return };
        self.nodes[n].term = None;
        match fate {
            Fate::Late => self.late.push(Request::Release(token)),
            Fate::Answered | Fate::Unanswered => self.script(config).release(token),
        }
    }

    /// `LaneTurns::open`.
    pub(super) fn register(&mut self, config: &Config, n: usize, fate: Fate) {
        let Node { boot, seq: floor, .. } = self.nodes[n];
        if fate == Fate::Late {
            return self.late.push(Request::Register { boot, floor });
        }
        self.script(config).register(boot, floor);
        self.nodes[n].registered = fate == Fate::Answered;
    }

    /// `PartitionLoop::look`: what is due, and the plan of it.
    pub(super) fn look(&mut self, n: usize) {
        let claim = Claim { expected: self.store.due, last: self.now - 1, etag: self.store.etag };
        let node = &mut self.nodes[n];
        node.sight = node.term.map(|epoch| (epoch, claim));
    }

    /// `PartitionLoop::pass` makes a turn of what there is, and sends it. It arrives by
    /// [`Self::turn`]; until then the node waits.
    pub(super) fn send(&mut self, n: usize, free: bool) {
        let node = &mut self.nodes[n];
        let sight = node.sight.take();
        node.seq.0 += 1;
        node.turn = Some(Turn {
            epoch: sight.map(|(epoch, _)| epoch),
            finishes: node.outbox.take(),
            claim: sight.map(|(_, claim)| claim),
            free,
        });
    }

    /// The turn under way arrives, for the first time or again.
    pub(super) fn turn(&mut self, config: &Config, n: usize, fate: Fate) {
        let Node { boot, seq, turn: Some(turn), .. } = self.nodes[n] else { return };
        if fate == Fate::Late {
            return self.late.push(Request::Turn { boot, seq, turn });
        }
        let repeated = self.store.lane(boot).is_some_and(|lane| lane.last == seq);
        let reply = self.script(config).turn(boot, seq, &turn);
        if fate == Fate::Unanswered {
            return;
        }
        let waits =
            self.left.failovers > 0 && config.failover.is_some_and(|failover| failover.wait);
        if waits && reply.is_ok() && (!repeated || config.guards.repeat_writes) {
            // WAIT came back: the replica has this write and all before it.
            self.replica = self.store;
        }
        self.nodes[n].turn = None;
        match reply {
            Ok(answer) => self.carry_out(config, n, &turn, &answer),
            Err(Refusal::Unregistered | Refusal::Stale) => self.nodes[n].abandon(&turn),
        }
    }

    /// `PartitionLoop::carry_out`, up to the delivery.
    fn carry_out(&mut self, config: &Config, n: usize, turn: &Turn, answer: &Answer) {
        let node = &mut self.nodes[n];
        for (number, finish) in turn.finishes.iter().enumerate() {
            let reply = answer.finishes.iter().nth(number);
            let run = usize::from(finish.run);
            if node.held[run].attempt() == Some(finish.attempt) {
                node.held[run] = Held::Nothing;
            }
            let is_kept = (finish.step, reply) == (NextStep::Succeed, Some(FinishReply::Recorded));
            if is_kept && config.failover.is_some() {
                self.witness.acknowledged |= 1 << run;
            }
        }
        if answer.claim == Some(ClaimReply::StaleEpoch) && node.term == turn.epoch {
            node.term = None;
        }
        for (held, attempt) in node.held.iter_mut().zip(answer.leased) {
            if attempt != 0 {
                *held = Held::Leased(attempt);
            }
        }
    }

    /// `Dispatcher::deliver`: the handler is given the attempt. That the session holds by the
    /// node's own clock narrows when this happens; here it may happen at any time.
    pub(super) fn deliver(&mut self, config: &Config, n: usize, run: usize) {
        let Held::Leased(attempt) = self.nodes[n].held[run] else { return };
        self.nodes[n].held[run] = Held::Executing(attempt);
        if config.failover.is_some() {
            // Elsewhere nothing that was delivered is ever found unknown.
            self.nodes[n].delivered[run] |= 1 << attempt;
        }
        self.witness.deliver(run, attempt, self.store.runs[run].nonce);
        let known = &self.replica.runs[run];
        if self.left.failovers > 0 && known.attempt < attempt && !known.state.is_ended() {
            self.witness.note(Breach::EffectBeforeReplica);
        }
    }

    /// `Dispatcher::deliver`, where the session had lapsed.
    pub(super) fn refuse(&mut self, n: usize, run: usize) {
        self.hand_in(n, run, NextStep::GiveBack);
    }

    /// `Dispatcher::execute` comes to its end.
    pub(super) fn finish(&mut self, n: usize, run: usize) {
        self.hand_in(n, run, NextStep::Succeed);
    }

    fn hand_in(&mut self, n: usize, run: usize, step: NextStep) {
        let node = &mut self.nodes[n];
        let Some(attempt) = node.held[run].attempt() else { return };
        node.held[run] = Held::Ended(attempt);
        node.outbox.push(Finish { run: run as u8, attempt, owner: node.boot, step });
    }

    /// `Reconciler::compare`: the store's attempts of this node against its own table.
    pub(super) fn compare(&mut self, config: &Config, n: usize) {
        let before = std::mem::take(&mut self.nodes[n].doubtful);
        let acts_on = |run: usize, attempt: u8| {
            config.guards.compare_at_rest || before[run] & 1 << attempt != 0
        };
        for (run, attempt) in self.unknown(n) {
            match acts_on(run, attempt) {
                true => self.return_unknown(config, n, run, attempt),
                false => self.nodes[n].doubtful[run] |= 1 << attempt,
            }
        }
        for (run, attempt) in self.gone(n) {
            match acts_on(run, attempt) {
                true => self.nodes[n].held[run] = Held::Nothing,
                false => self.nodes[n].doubtful[run] |= 1 << attempt,
            }
        }
    }

    /// Attempts that the store says the node holds, and it does not.
    pub(super) fn unknown(&self, n: usize) -> Vec<(usize, u8)> {
        let node = &self.nodes[n];
        let own = |run: usize| self.store.holder(run).filter(|(owner, _)| *owner == node.boot);
        let stored = (0..FIRES).filter_map(|run| Some((run, own(run)?.1)));
        let returned = |run, attempt| {
            let same = |f: &Finish| (usize::from(f.run), f.attempt) == (run, attempt);
            node.outbox.iter().any(|finish| same(&finish))
        };
        let is_unknown = |run: usize, attempt| {
            node.held[run].attempt() != Some(attempt) && !returned(run, attempt)
        };
        stored.filter(|(run, attempt)| is_unknown(*run, *attempt)).collect()
    }

    /// Attempts that the node executes, and the store knows nothing of.
    pub(super) fn gone(&self, n: usize) -> Vec<(usize, u8)> {
        let node = &self.nodes[n];
        let executes = |run: usize| match node.held[run] {
            Held::Executing(attempt) => Some((run, attempt)),
            _ => None,
        };
        let is_gone = |(run, attempt)| self.store.holder(run) != Some((node.boot, attempt));
        (0..FIRES).filter_map(executes).filter(|held| is_gone(*held)).collect()
    }

    fn return_unknown(&mut self, config: &Config, n: usize, run: usize, attempt: u8) {
        let was_delivered = self.nodes[n].delivered[run] & 1 << attempt != 0;
        let step = match config.guards.lose_delivered && was_delivered {
            true => self.lost(config, run),
            false => NextStep::GiveBack,
        };
        let node = &mut self.nodes[n];
        node.outbox.push(Finish { run: run as u8, attempt, owner: node.boot, step });
    }

    /// `Reaper::reap_dead`: the attempts of `dead` as they are read now.
    pub(super) fn reap(&mut self, config: &Config, n: usize, dead: Boot, fate: Fate) {
        let Some(token) = self.nodes[n].token() else { return };
        let mut finishes = Few::EMPTY;
        for run in 0..FIRES {
            if let Some((owner, attempt)) = self.store.holder(run).filter(|(by, _)| *by == dead) {
                let step = self.lost(config, run);
                finishes.push(Finish { run: run as u8, attempt, owner, step });
            }
        }
        match fate {
            Fate::Late => self.late.push(Request::Reap { token, dead, finishes }),
            Fate::Answered | Fate::Unanswered => self.script(config).reap(token, dead, &finishes),
        }
    }

    /// `next_step` of a lost attempt under `OnLost::Retry`.
    fn lost(&self, config: &Config, run: usize) -> NextStep {
        NextStep::Lose { ends: self.store.runs[run].lost + 1 >= config.max_lost }
    }

    /// The process is killed, and another starts in its place.
    pub(super) fn kill(&mut self, n: usize) {
        let boot = Boot(self.nodes[n].boot.0 + super::words::NODES as u8);
        self.nodes[n] = Node { boot, ..Node::default() };
        self.left.kills -= 1;
    }

    pub(super) fn script<'a>(&'a mut self, config: &'a Config) -> Script<'a> {
        Script { config, store: &mut self.store, witness: &mut self.witness }
    }
}

impl Node {
    /// `Sent::Unregistered`: the node had been taken for dead, so its attempts are no longer its
    /// own. What it had to hand in it hands in again.
    fn abandon(&mut self, turn: &Turn) {
        self.registered = false;
        let mut finishes = turn.finishes;
        self.outbox.iter().for_each(|finish| finishes.push(finish));
        self.outbox = finishes;
        for held in &mut self.held {
            if let Held::Executing(_) | Held::Leased(_) = held {
                *held = Held::Nothing;
            }
        }
    }
}

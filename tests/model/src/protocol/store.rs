//! The store: one partition, and the scripts upon it. Each script is atomic.

use super::config::{Config, EpochFloor};
use super::few::Few;
use super::witness::{Breach, Witness};
use super::words::{
    Answer, BOOTS, Boot, Claim, ClaimReply, Epoch, FINISHES, FIRES, Finish, FinishReply, NextStep,
    Refusal, Request, Seq, Token, Turn,
};

/// What the partition's keys hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Store {
    pub(super) lease: Lease,
    /// By boot.
    pub(super) lanes: [Option<Lane>; BOOTS],
    /// The job's next point: the first unclaimed fire time.
    pub(super) due: u8,
    /// The version of the job's definition.
    pub(super) etag: u8,
    /// By the fire time that the run is named after.
    pub(super) runs: [Run; FIRES],
    /// Fire times, one bit each, that were recorded as skipped.
    pub(super) skipped: u8,
    /// Runs, one bit each, on the ready list. Its order is of no account: a take takes all.
    pub(super) ready: u8,
    /// Not stored: the highest turn of each boot that this history has carried out.
    pub(super) carried_out: [Seq; BOOTS],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Lease {
    pub(super) epoch: Epoch,
    pub(super) owner: Option<Boot>,
    /// `expires` has passed by the store's clock.
    pub(super) expired: bool,
}

/// A node's registration, with the last number and its stored answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Lane {
    pub(super) last: Seq,
    pub(super) answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Run {
    pub(super) state: RunState,
    /// The first fire time that it covers; the last is its own.
    pub(super) first: u8,
    /// The number of the latest attempt.
    pub(super) attempt: u8,
    /// How many were lost, and
    pub(super) lost: u8,
    /// which, one bit each: what the events say.
    pub(super) recorded_lost: u8,
    /// Who holds which attempt: the row of `attempts`.
    pub(super) holder: Option<(Boot, u8)>,
    /// Tells runs of one fire time apart where ids do not derive from it.
    pub(super) nonce: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum RunState {
    #[default]
    Absent,
    Pending,
    Running,
    Succeeded,
    Lost,
}

impl RunState {
    pub(super) fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Running)
    }

    pub(super) fn is_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Lost)
    }
}

impl Run {
    /// The fire times that it stands for, one bit each.
    pub(super) fn covers(&self, own: usize) -> u8 {
        if self.state == RunState::Absent { 0 } else { stretch(self.first, own) }
    }
}

/// The bits of `first..=last`.
fn stretch(first: u8, last: usize) -> u8 {
    (usize::from(first)..=last).fold(0, |bits, fire| bits | 1 << fire)
}

impl Store {
    pub(super) fn holder(&self, run: usize) -> Option<(Boot, u8)> {
        self.runs[run].holder
    }

    /// Whether `token` is the current leadership, compared for equality.
    pub(super) fn leads(&self, token: Token) -> bool {
        self.lease.epoch == token.epoch && self.lease.owner == Some(token.owner)
    }

    pub(super) fn lane(&self, boot: Boot) -> Option<Lane> {
        self.lanes[usize::from(boot.0)]
    }
}

/// One atomic step on the store, observed by the witness.
pub(super) struct Script<'a> {
    pub(super) config: &'a Config,
    pub(super) store: &'a mut Store,
    pub(super) witness: &'a mut Witness,
}

impl Script<'_> {
    /// A call that arrives late: whatever it answers, nobody hears it.
    pub(super) fn carry_out(&mut self, request: &Request) {
        match *request {
            Request::Acquire { owner, floor } => {
                self.acquire(owner, floor);
            }
            Request::Renew(token) => {
                self.renew(token);
            }
            Request::Release(token) => self.release(token),
            Request::Register { boot, floor } => self.register(boot, floor),
            Request::Turn { boot, seq, turn } => {
                let _ = self.turn(boot, seq, &turn);
            }
            Request::Reap { token, dead, finishes } => self.reap(token, dead, &finishes),
        }
    }

    /// `acquire`: the lease, if it is free, expired or the caller's own.
    pub(super) fn acquire(&mut self, owner: Boot, floor: Epoch) -> Option<Token> {
        let lease = &mut self.store.lease;
        if !lease.expired && lease.owner.is_some_and(|holder| holder != owner) {
            return None;
        }
        let guards = &self.config.guards;
        let above = u8::from(guards.increment);
        let floor = if guards.epoch_floor == EpochFloor::None { Epoch(0) } else { floor };
        let epoch = Epoch((lease.epoch.0 + above).max(floor.0 + above).max(1));
        if epoch <= lease.epoch {
            self.witness.note(Breach::EpochRepeated);
        }
        *lease = Lease { epoch, owner: Some(owner), expired: false };
        Some(Token { epoch, owner })
    }

    /// `renew`. `false`: it is another's by now.
    pub(super) fn renew(&mut self, token: Token) -> bool {
        let leads = self.may_lead(token);
        if leads {
            self.store.lease.expired = false;
        }
        leads
    }

    /// `release`: the owner is gone, the epoch stays.
    pub(super) fn release(&mut self, token: Token) {
        if self.may_lead(token) {
            self.store.lease.owner = None;
            self.store.lease.expired = false;
        }
    }

    /// `register`: opens a lane, or raises its floor.
    pub(super) fn register(&mut self, boot: Boot, floor: Seq) {
        let floor = if self.config.guards.seq_floor { floor } else { Seq(0) };
        let lane = &mut self.store.lanes[usize::from(boot.0)];
        if lane.is_none_or(|lane| lane.last <= floor) {
            *lane = Some(Lane { last: floor, answer: None });
        }
    }

    /// `turn`: the lane first, before any epoch; then finishes, the claim, takes.
    pub(super) fn turn(&mut self, boot: Boot, seq: Seq, turn: &Turn) -> Result<Answer, Refusal> {
        let guards = self.config.guards;
        let lane = match self.store.lane(boot) {
            Some(lane) => lane,
            None if guards.registration => return Err(Refusal::Unregistered),
            None => Lane { last: Seq(0), answer: None },
        };
        if guards.seq && seq <= lane.last {
            return lane.answer.filter(|_| seq == lane.last).ok_or(Refusal::Stale);
        }
        self.note_turn(boot, seq);
        let mut finishes = Few::EMPTY;
        for finish in turn.finishes.iter() {
            finishes.push(self.finish(&finish));
        }
        let mut leased = [0; FIRES];
        let token = turn.epoch.map(|epoch| Token { epoch, owner: boot });
        let free = if turn.free { Some(boot) } else { None };
        let claim = turn.claim.map(|claim| self.claim(token, &claim, free, &mut leased));
        if let Some(boot) = free {
            self.take(boot, &mut leased);
        }
        let answer = Answer { finishes, claim, leased };
        let last = seq.max(lane.last);
        self.store.lanes[usize::from(boot.0)] = Some(Lane { last, answer: Some(answer) });
        Ok(answer)
    }

    /// `reap`: the leader ends the attempts of one whom it takes for dead, and strikes it off.
    pub(super) fn reap(&mut self, token: Token, dead: Boot, finishes: &Few<Finish, FINISHES>) {
        if !self.may_lead(token) {
            return;
        }
        for finish in finishes.iter() {
            self.finish(&finish);
        }
        let owns = self.store.runs.iter().any(|run| run.holder.is_some_and(|(by, _)| by == dead));
        if !owns {
            self.store.lanes[usize::from(dead.0)] = None;
        }
    }

    /// `change`: a client updates the definition. Where the trigger is another, what was due and
    /// unclaimed becomes one skipped record, and the next point lies after now.
    pub(super) fn update(&mut self, now: u8, trigger: bool) {
        let store = &mut *self.store;
        store.etag += 1;
        if !trigger {
            return;
        }
        for fire in store.due..now {
            store.skipped |= 1 << fire;
        }
        store.due = store.due.max(now);
    }

    /// Whether a leader's write goes through. One that should not is noted.
    fn may_lead(&mut self, token: Token) -> bool {
        let leads = self.store.leads(token);
        let passes = leads || !self.config.guards.epoch;
        if passes && !leads {
            self.witness.note(Breach::StaleLeaderWrote);
        }
        passes
    }

    fn note_turn(&mut self, boot: Boot, seq: Seq) {
        let highest = &mut self.store.carried_out[usize::from(boot.0)];
        if seq <= *highest {
            self.witness.note(Breach::TurnRepeated);
        }
        *highest = seq.max(*highest);
    }

    fn finish(&mut self, finish: &Finish) -> FinishReply {
        let own = usize::from(finish.run);
        let run = &mut self.store.runs[own];
        if !run.state.is_live() {
            return FinishReply::Unknown;
        }
        let Some(holder) = run.holder else { return FinishReply::Superseded };
        let holds = holder == (finish.owner, finish.attempt);
        if self.config.guards.holder && !holds {
            return FinishReply::Superseded;
        }
        if !holds {
            self.witness.note(Breach::LateResultCounted);
        }
        run.holder = None;
        match finish.step {
            NextStep::Succeed => run.state = RunState::Succeeded,
            NextStep::Lose { ends } => {
                run.recorded_lost |= 1 << finish.attempt;
                run.lost += 1;
                run.state = if ends { RunState::Lost } else { RunState::Pending };
            }
            NextStep::GiveBack => {
                run.attempt -= 1;
                run.state = RunState::Pending;
            }
        }
        if run.state == RunState::Pending {
            self.store.ready |= 1 << own;
        }
        FinishReply::Recorded
    }

    fn claim(
        &mut self,
        token: Option<Token>,
        claim: &Claim,
        free: Option<Boot>,
        leased: &mut [u8; FIRES],
    ) -> ClaimReply {
        let guards = self.config.guards;
        let leads = token.is_some_and(|token| self.store.leads(token));
        if guards.epoch && !leads {
            return ClaimReply::StaleEpoch;
        }
        let planned_here = !guards.expected || claim.expected == self.store.due;
        let same_version = !guards.etag || claim.etag == self.store.etag;
        if !planned_here || !same_version {
            return ClaimReply::Changed;
        }
        if !leads {
            self.witness.note(Breach::StaleLeaderWrote);
        }
        if claim.expected != self.store.due || claim.etag != self.store.etag {
            self.witness.note(Breach::OldPlanCarriedOut);
        }
        self.store.due = claim.last + 1;
        // A run that is there is never written twice.
        if !self.store.runs[usize::from(claim.last)].state.is_live() {
            self.admit(claim);
            match free.filter(|_| self.store.ready == 0) {
                Some(boot) => self.lease(usize::from(claim.last), boot, leased),
                None => self.store.ready |= 1 << claim.last,
            }
        }
        ClaimReply::Done
    }

    fn admit(&mut self, claim: &Claim) {
        let own = usize::from(claim.last);
        let taken = stretch(claim.expected, own);
        if self.covered() & taken != 0 {
            self.witness.note(Breach::FiredTwice);
        }
        let nonce = if self.config.guards.derived_ids { 0 } else { self.witness.next_nonce() };
        self.store.runs[own] =
            Run { state: RunState::Pending, first: claim.expected, nonce, ..Run::default() };
    }

    /// The fire times that have a run or a record.
    fn covered(&self) -> u8 {
        let runs = self.store.runs.iter().enumerate();
        runs.fold(self.store.skipped, |bits, (own, run)| bits | run.covers(own))
    }

    fn take(&mut self, boot: Boot, leased: &mut [u8; FIRES]) {
        let ready = std::mem::take(&mut self.store.ready);
        for run in (0..FIRES).filter(|run| ready & 1 << run != 0) {
            // What is not pending was a hint that is no longer true.
            if self.store.runs[run].state == RunState::Pending {
                self.lease(run, boot, leased);
            }
        }
    }

    fn lease(&mut self, run: usize, boot: Boot, leased: &mut [u8; FIRES]) {
        let row = &mut self.store.runs[run];
        row.state = RunState::Running;
        row.attempt += 1;
        row.holder = Some((boot, row.attempt));
        leased[run] = row.attempt;
    }
}

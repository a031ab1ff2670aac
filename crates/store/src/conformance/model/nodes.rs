//! What nodes do.

use std::time::Duration;

use bellwether_domain::plan::Verdict;
use bellwether_domain::{EndState, JobUid, NextStep, Owner};
use uuid::Uuid;

use super::op::{ClaimOp, FinishOp, Grounds, JOBS, Step, TakeOp, TurnOp};
use super::view;
use super::world::{Checked, Known, World, both};
use crate::conformance::bed::{PARTITION, new_etag};
use crate::{
    AttemptRecord, ClaimItem, FailureRule, Finish, Lane, Leased, Promote, Seq, Take, Turn,
};

impl World {
    /// Registers a node below, at or above its latest number.
    pub(super) async fn register(&mut self, node: usize, above: u64) -> Checked {
        let lane = &mut self.lanes[node];
        let floor = Seq((lane.seq.0 + above).saturating_sub(1));
        lane.seq = lane.seq.max(floor);
        let boot = lane.boot;
        both!(self, view::same, |side| side.store.register(PARTITION, boot, floor));
        Ok(())
    }

    pub(super) async fn turn(&mut self, node: usize, op: &TurnOp) -> Checked {
        let mut turn = Turn { free: op.free, ..Turn::default() };
        turn.finishes = op.finishes.iter().filter_map(|finish| self.finish(finish)).collect();
        if op.promotes {
            turn.promotes = self.promotes().await;
        }
        let mut ahead = [0; JOBS];
        for claim in &op.claims {
            turn.claims.push(self.claim(claim, &mut ahead).await);
        }
        turn.takes = op.takes.iter().map(|take| self.take(node, take)).collect();
        let lane = &mut self.lanes[node];
        lane.seq = Seq(lane.seq.0 + 1);
        lane.latest = turn;
        lane.old_token = op.old_token;
        self.send(node, self.lanes[node].seq).await
    }

    pub(super) async fn resend(&mut self, node: usize, back: u64) -> Checked {
        let seq = Seq(self.lanes[node].seq.0.saturating_sub(back));
        self.send(node, seq).await
    }

    async fn send(&mut self, node: usize, seq: Seq) -> Checked {
        let lane = &self.lanes[node];
        let (boot, latest, old_token) = (lane.boot, &lane.latest, lane.old_token);
        let turn_of = |token| Turn { lease: token, ..latest.clone() };
        let answer = both!(self, view::same, |side| async {
            let tokens = if old_token { &side.old_tokens } else { &side.tokens };
            let turn = turn_of(tokens[node]);
            Ok::<_, String>(view::turn(side.store.turn(PARTITION, boot, seq, &turn).await))
        });
        for leased in answer.map(|reply| reply.leased).unwrap_or_default() {
            self.learn(leased);
        }
        Ok(())
    }

    /// Notes an attempt, so that later operations can end it.
    fn learn(&mut self, leased: Leased) {
        let same = |known: &Known| {
            known.leased.run.draft.id == leased.run.draft.id
                && known.leased.run.attempt == leased.run.attempt
                && known.leased.owner == leased.owner
        };
        let uid = leased.run.draft.uid;
        let job = self.incarnations.iter().find(|job| job.uid() == uid).cloned();
        if let Some(job) = job.filter(|_| !self.known.iter().any(same)) {
            self.known.push(Known { job, leased });
        }
    }

    /// Sweeps every job that is finished; a stale sweep means another version.
    pub(super) async fn sweep(&mut self, node: usize, stale: bool) -> Checked {
        if self.sides[0].tokens[node].is_none() {
            return Ok(());
        }
        let ttl = Duration::ZERO;
        let page = self.sides[1].store.finished_jobs(PARTITION, None, 99, ttl).await;
        for mut job in page.expect("the model answers").jobs {
            if stale {
                job.etag = self.new_etag();
            }
            both!(self, view::same, |side| side.store.sweep_job(side.token(node), &job, ttl));
        }
        Ok(())
    }

    pub(super) async fn reap(
        &mut self,
        node: usize,
        dead: usize,
        finishes: &[FinishOp],
    ) -> Checked {
        if self.sides[0].tokens[node].is_none() {
            return Ok(());
        }
        let dead = self.lanes[dead].boot;
        let finishes: Vec<Finish> = finishes.iter().filter_map(|op| self.finish(op)).collect();
        both!(self, view::same, |side| {
            side.store.reap(side.token(node), Some(dead), &finishes)
        });
        Ok(())
    }

    pub(super) async fn end_cancelled(&mut self, node: usize, ends: bool) -> Checked {
        if self.sides[0].tokens[node].is_none() {
            return Ok(());
        }
        let peek = self.sides[1].store.peek(PARTITION, None, 99).await;
        let mut runs = peek.expect("the model answers").cancels;
        runs.sort();
        let attempts = self.sides[1].store.attempts(PARTITION).await;
        let attempts = attempts.expect("the model answers");
        let held = attempts.iter().filter(|attempt| ends && runs.contains(&attempt.run));
        let finishes: Vec<Finish> = held.filter_map(|attempt| self.end_of(attempt)).collect();
        both!(self, view::same, |side| {
            side.store.end_cancelled(side.token(node), &finishes, &runs)
        });
        Ok(())
    }

    /// The end, as cancelled, of an attempt that the store holds.
    fn end_of(&self, attempt: &AttemptRecord) -> Option<Finish> {
        let is_it = |known: &&Known| {
            let Leased { run, owner, .. } = &known.leased;
            (run.draft.id, run.attempt, *owner) == (attempt.run, attempt.attempt, attempt.owner)
        };
        let Known { job, leased } = self.known.iter().find(is_it)?;
        Some(job.finish(leased, NextStep::End(EndState::Cancelled)))
    }

    /// The end of an attempt that was leased at some time, which the store may hold or not.
    fn finish(&self, op: &FinishOp) -> Option<Finish> {
        if self.known.is_empty() {
            return None;
        }
        let Known { job, leased } = op.attempt.get(&self.known);
        let step = match op.step {
            Step::Succeed => NextStep::End(EndState::Succeeded),
            Step::Fail => NextStep::End(EndState::Failed),
            Step::Lose => NextStep::End(EndState::Lost),
            Step::Again { delayed, lost } => {
                NextStep::Again { after: Duration::from_millis(delayed.into()), lost }
            }
            Step::GiveBack => NextStep::GiveBack,
            Step::PutOff => NextStep::PutOff { after: Duration::from_millis(1) },
        };
        let mut finish = job.finish(leased, step);
        finish.report.trace_id = format!("{step:?}");
        finish.failures =
            op.limit.map(|limit| FailureRule { limit, etag: job.etag, timeout: job.timeout });
        if op.of_another {
            finish.owner = Owner(Uuid::from_u128(1));
        }
        Some(finish)
    }

    async fn promotes(&self) -> Vec<Promote> {
        let peek = self.sides[1].store.peek(PARTITION, None, 99).await;
        let mut promotes = peek.expect("the model answers").delayed;
        promotes.sort_by_key(|promote| promote.run);
        promotes
    }

    /// A claim of the next fires of a job, behind those that the same turn claims already.
    async fn claim(&mut self, op: &ClaimOp, ahead: &mut [u32; JOBS]) -> ClaimItem {
        let status = self.status(op.job).await;
        let job = &self.jobs[op.job];
        let next = status.and_then(|status| status.next_fire).map_or(0, |at| job.fire_of(at));
        let first = next + ahead[op.job];
        let count = u32::try_from(op.missed.len()).unwrap_or(u32::MAX);
        ahead[op.job] += count;
        let mut item = job.claim_all(first..first + count);
        let claim = &mut item.claim;
        for (fire, missed) in claim.fires.iter_mut().zip(&op.missed) {
            fire.verdict = if *missed { Verdict::Missed } else { Verdict::Run };
        }
        claim.admission.continues = op.continues;
        claim.admission.max_instances += u32::from(op.raised);
        claim.admission.places += u32::from(op.raised);
        claim.catching_up = op.catching_up;
        claim.next = claim.next.filter(|_| !op.last);
        claim.max_fires = op.max_fires;
        match op.grounds {
            Grounds::Good => {}
            Grounds::AnotherPoint => claim.expected = job.point(first + 1),
            Grounds::AnotherVersion => claim.etag = new_etag(),
            Grounds::AnotherIncarnation => claim.uid = JobUid(Uuid::from_u128(1)),
        }
        item
    }

    fn take(&self, node: usize, op: &TakeOp) -> Take {
        let ready = self.jobs[op.job].ready.clone();
        let owner = match ready.lane {
            Lane::Node => self.lanes[node].boot.into(),
            Lane::Queue { .. } => Owner(Uuid::from_u128(0x5e55_1000)),
        };
        Take { ready, most: op.most, owner }
    }
}

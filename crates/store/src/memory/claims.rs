//! Claims: the due fire times of a job become runs and records, all or none.

use bellwether_domain::plan::{Claim, Judgement, PlannedFire, Verdict};
use bellwether_domain::{EndState, Epoch, JobState, RunId};

use super::places::Slots;
use super::script::{Script, ended, ending};
use crate::{ClaimItem, ClaimReply, EventKind, LeaseToken, RecordReply, reason};

impl Script<'_> {
    /// Carries out the claims of a turn. Each is judged on its own; without the lease none counts.
    pub(super) fn claims(
        &mut self,
        lease: Option<LeaseToken>,
        items: &[ClaimItem],
        slots: &mut Slots,
    ) -> Vec<ClaimReply> {
        let leader = lease.filter(|token| self.leads(*token));
        let claim = |item| match leader {
            Some(token) => self.claim(token.epoch, item, slots),
            None => ClaimReply::StaleEpoch,
        };
        items.iter().map(claim).collect()
    }

    fn claim(&mut self, epoch: Epoch, item: &ClaimItem, slots: &mut Slots) -> ClaimReply {
        if !self.still_holds(&item.claim) {
            return ClaimReply::Changed;
        }
        let judgement = self.judge_claim(item);
        if judgement == Judgement::Defer {
            return ClaimReply::Deferred;
        }
        let fires = &item.claim.fires;
        let admitted = judgement != Judgement::Skip;
        let grace = item.claim.admission.replaces.filter(|_| judgement == Judgement::Replace);
        let dropped = grace.is_some_and(|grace| self.make_way(item, grace));
        let kept = fires.iter().map(|fire| self.keep_fire(fire, admitted, epoch, item));
        let kept: Vec<Kept> = kept.collect();
        if kept.iter().any(|kept| matches!(kept, Kept::Run(_))) {
            let most = item.claim.admission.max_instances;
            self.ready_front(item.claim.uid, most, &item.ready, Some(slots));
        }
        if let ([only], Some(_)) = (&fires[..], grace) {
            self.note_successor(only.draft.id);
        }
        self.advance(&item.claim, admitted);
        let records = kept.into_iter().map(|kept| kept.reply(self)).collect();
        if dropped { ClaimReply::Replaced(records) } else { ClaimReply::Done(records) }
    }

    /// Whether all that the claim was planned from is still so. `next` has to be after what is
    /// taken, or the job would claim a fire time twice.
    fn still_holds(&self, claim: &Claim) -> bool {
        let key = claim.key.to_string();
        let Some(row) = self.state.incarnation(&key, claim.uid) else { return false };
        let status = &row.job.status;
        let expected = claim.expected;
        status.etag == claim.etag
            && status.state == JobState::Active
            && row.next == Some(expected)
            && expected.start_after <= self.now
            && status.last_fire.is_none_or(|last| last < expected.fire_time)
            && claim.next.is_none_or(|next| claim.last_fire < next.fire_time)
            && !self.state.pauses.hold(&claim.key.namespace)
    }

    fn judge_claim(&mut self, item: &ClaimItem) -> Judgement {
        let claim = &item.claim;
        match claim.fires.iter().any(|fire| fire.verdict == Verdict::Run) {
            true => self.judge(claim.uid, claim.admission, &item.ready),
            false => Judgement::Admit,
        }
    }

    fn keep_fire(
        &mut self,
        fire: &PlannedFire,
        admitted: bool,
        epoch: Epoch,
        item: &ClaimItem,
    ) -> Kept {
        let (state, why, reply) = match fire.verdict {
            Verdict::Run if admitted => {
                self.give_place(&fire.draft, epoch);
                return Kept::Run(fire.draft.id);
            }
            Verdict::Run => (EndState::Skipped, reason::NO_PLACE, RecordReply::Skipped),
            Verdict::Missed => (EndState::Missed, reason::TOO_LATE, RecordReply::Missed),
        };
        let run = ended(self.record(&fire.draft, why, epoch), state, self.now);
        self.note_run(ending(state), &run);
        self.keep_in_history(run, item.keep);
        Kept::Record(reply)
    }

    /// Moves the job on to its next point.
    fn advance(&mut self, claim: &Claim, admitted: bool) {
        let key = claim.key.to_string();
        let Some(row) = self.state.jobs.get_mut(&key) else { return };
        let runs = claim.fires.iter().filter(|fire| fire.verdict == Verdict::Run).count();
        let runs = if admitted { u32::try_from(runs).unwrap_or(u32::MAX) } else { 0 };
        let status = &mut row.job.status;
        status.last_fire = Some(claim.last_fire);
        status.fires = status.fires.saturating_add(runs);
        let spent = claim.max_fires.is_some_and(|most| status.fires >= most);
        let next = claim.next.filter(|_| !spent);
        status.catching_up = claim.catching_up && admitted && next.is_some();
        match next {
            Some(point) => self.schedule(&key, JobState::Active, Some(point)),
            None => {
                self.schedule(&key, JobState::Finished, None);
                self.note_job(EventKind::JobFinished, &claim.key);
            }
        }
    }
}

/// What became of a fire: a run with a place, or a record.
enum Kept {
    Run(RunId),
    Record(RecordReply),
}

impl Kept {
    fn reply(self, script: &Script<'_>) -> RecordReply {
        match self {
            Self::Run(id) => script.standing(id),
            Self::Record(reply) => reply,
        }
    }
}

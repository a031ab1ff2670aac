//! Runs that are ended by request, and those that make way for a later one.

use std::collections::btree_map::Entry;
use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::{
    AttemptReport, EndState, Partition, Run, RunDraft, RunId, RunState, Timestamp,
};

use super::MemoryStore;
use super::script::{Script, ended, ending};
use super::state::PartitionState;
use crate::cancel::{ANOTHER_LOOK, LATE_RESULTS};
use crate::{
    CancelAsked, CancelOutcome, CancelRun, CancelStore, ClaimItem, EventKind, Finish, FinishReply,
    Hint, Keep, LeaseToken, ReadyKey, StoreError, reason,
};

/// A run whose attempt is to end, or was ended by the leader.
pub(super) struct Cancel {
    /// When the leader sees to it.
    pub(super) look: Timestamp,
    pub(super) stage: Stage,
}

/// How far a cancelling has come.
pub(super) enum Stage {
    /// The holder is asked; where it does not report, the run is recorded with this.
    Asked(AttemptReport),
    /// The leader ended it; a late result is superseded.
    Ended(Box<Run>),
}

#[async_trait]
impl CancelStore for MemoryStore {
    async fn cancel_run(&self, cancel: &CancelRun) -> Result<CancelOutcome, StoreError> {
        Ok(self.script(cancel.run.partition, |script| script.cancel_once(cancel)))
    }

    async fn cancels(&self, partitions: &[Partition]) -> Result<Vec<CancelAsked>, StoreError> {
        let asked = |partition: &Partition| self.read(*partition, PartitionState::asked);
        Ok(partitions.iter().flat_map(asked).collect())
    }

    async fn end_cancelled(
        &self,
        token: LeaseToken,
        finishes: &[Finish],
        runs: &[RunId],
    ) -> Result<Option<Vec<FinishReply>>, StoreError> {
        Ok(self.script(token.partition, |script| script.end_cancelled(token, finishes, runs)))
    }
}

impl Script<'_> {
    fn cancel_once(&mut self, cancel: &CancelRun) -> CancelOutcome {
        let request = cancel.request;
        let first = request.and_then(|request| self.state.cancelled.get(request.id, self.now));
        match (first, request) {
            (Some((fingerprint, run)), Some(request)) if *fingerprint == request.fingerprint => {
                return CancelOutcome::Run(Box::new(run.clone()));
            }
            (Some(_), _) => return CancelOutcome::Reused,
            (None, _) => {}
        }
        let live = self.state.runs.get(&cancel.run).map(|live| live.run.clone());
        let is_its_own = |run: &Run| run.draft.job == cancel.job && run.draft.uid == cancel.uid;
        let Some(run) = live.filter(is_its_own) else { return CancelOutcome::Unknown };
        let run = match run.state == RunState::PENDING {
            true if run.attempt != cancel.attempt => return CancelOutcome::Changed,
            true => self.cancel_waiting(cancel).unwrap_or(run),
            false => {
                self.ask(cancel.run, &cancel.report, cancel.grace);
                run
            }
        };
        if let Some(request) = cancel.request {
            self.state.cancelled.keep(request.id, self.now, (request.fingerprint, run.clone()));
        }
        CancelOutcome::Run(Box::new(run))
    }

    /// Those of its job that waited for its place move up.
    fn cancel_waiting(&mut self, cancel: &CancelRun) -> Option<Run> {
        let CancelRun { run, job, uid, report, max_instances, ready, keep, .. } = cancel;
        self.state.delayed.retain(|(_, id, list)| id != run || list != ready);
        let run = self.end_waiting(*run, EndState::Cancelled, report, *keep)?;
        self.ready_front(*uid, *max_instances, ready, None);
        self.hint_at_catch_up(job, *uid);
        Some(run)
    }

    /// Ends a run that waits. Hints to it may stay where they are.
    fn end_waiting(
        &mut self,
        id: RunId,
        state: EndState,
        report: &AttemptReport,
        keep: Keep,
    ) -> Option<Run> {
        let mut run = self.remove_live(id)?;
        run.report = report.clone();
        let run = ended(run, state, self.now);
        self.note_run(ending(state), &run);
        self.keep_in_history(run.clone(), keep);
        Some(run)
    }

    /// Asks the holder of a run's attempt to end it.
    fn ask(&mut self, id: RunId, report: &AttemptReport, grace: Duration) {
        let look = self.now.saturating_add(grace);
        if let Entry::Vacant(vacant) = self.state.cancels.entry(id) {
            vacant.insert(Cancel { look, stage: Stage::Asked(report.clone()) });
            self.hint(Hint::Cancel(self.partition));
        }
    }

    /// What the holder of the run was asked to record, if it was.
    pub(super) fn asked(&self, id: RunId) -> Option<AttemptReport> {
        match &self.state.cancels.get(&id)?.stage {
            Stage::Asked(report) => Some(report.clone()),
            Stage::Ended(_) => None,
        }
    }

    /// The answer to a result for a run that is not there.
    pub(super) fn late(&mut self, finish: &Finish) -> FinishReply {
        let Some(Cancel { stage: Stage::Ended(run), .. }) = self.state.cancels.get(&finish.run)
        else {
            return FinishReply::Unknown;
        };
        let run = run.clone();
        self.note_attempt(EventKind::ResultSuperseded, &run, finish.attempt);
        FinishReply::Superseded
    }

    /// Makes way for the runs of a claim. Whether one that waited was dropped.
    pub(super) fn make_way(&mut self, item: &ClaimItem, grace: Duration) -> bool {
        let most = item.claim.admission.max_instances;
        self.replace(&item.claim.fires[0].draft, most, &item.ready, item.keep, grace)
    }

    /// Drops the run that waits to replace the oldest one, and cancels that where nobody else
    /// stands between it and the runs to come. Whether one was dropped.
    pub(super) fn replace(
        &mut self,
        draft: &RunDraft,
        max_instances: u32,
        ready: &ReadyKey,
        keep: Keep,
        grace: Duration,
    ) -> bool {
        let uid = draft.uid;
        let report =
            AttemptReport { reason: reason::REPLACED.to_owned(), ..AttemptReport::default() };
        self.ready_front(uid, max_instances, ready, None);
        let runs = &self.state.runs;
        let successor = self.places(uid).last().copied();
        let successor =
            successor.filter(|id| runs.get(id).is_some_and(|live| live.successor && !live.readied));
        if let Some(id) = successor {
            self.end_waiting(id, EndState::Skipped, &report, keep);
        }
        let places = self.places(uid);
        let in_line = |id: &RunId| self.state.runs.get(id).is_none_or(|live| !live.readied);
        if let Some(oldest) = places.first().copied().filter(|_| !places.iter().any(in_line)) {
            match self.state.runs.get(&oldest).map(|live| live.run.state) {
                Some(RunState::PENDING) => {
                    self.end_waiting(oldest, EndState::Cancelled, &report, keep);
                }
                _ => self.ask(oldest, &report, grace),
            }
        }
        successor.is_some()
    }

    /// Whether the run is to be replaced in its turn: where it has to wait, and is alone.
    pub(super) fn note_successor(&mut self, id: RunId) {
        if let Some(live) = self.state.runs.get_mut(&id).filter(|live| !live.readied) {
            live.successor = true;
        }
    }

    fn end_cancelled(
        &mut self,
        token: LeaseToken,
        finishes: &[Finish],
        runs: &[RunId],
    ) -> Option<Vec<FinishReply>> {
        if !self.leads(token) {
            return None;
        }
        let live = |id: &RunId| self.state.runs.get(id).map(|live| live.run.clone());
        let before: Vec<Option<Run>> = finishes.iter().map(|finish| live(&finish.run)).collect();
        let replies: Vec<_> = finishes.iter().map(|finish| self.finish(finish)).collect();
        for run in runs {
            let ours = finishes
                .iter()
                .zip(&replies)
                .position(|(finish, reply)| finish.run == *run && *reply == FinishReply::Recorded);
            let run_before = ours.and_then(|place| before[place].clone());
            self.see_to(*run, run_before);
        }
        Some(replies)
    }

    /// Sees to a cancelling whose time has come. `ended` is the run, if this very call ended it.
    fn see_to(&mut self, id: RunId, ended: Option<Run>) {
        let goes_on = self.state.attempts.contains_key(&id);
        let Some(cancel) = self.state.cancels.get_mut(&id) else { return };
        match ended.filter(|_| !goes_on) {
            _ if goes_on => cancel.look = self.now.saturating_add(ANOTHER_LOOK),
            Some(run) => {
                cancel.look = self.now.saturating_add(LATE_RESULTS);
                cancel.stage = Stage::Ended(Box::new(run));
            }
            None => {
                self.state.cancels.remove(&id);
            }
        }
    }
}

impl PartitionState {
    fn asked(&self) -> Vec<CancelAsked> {
        let asked = |(run, cancel): (&RunId, &Cancel)| match &cancel.stage {
            Stage::Asked(report) => Some(CancelAsked { run: *run, report: report.clone() }),
            Stage::Ended(_) => None,
        };
        self.cancels.iter().filter_map(asked).collect()
    }
}

//! Runs, as clients ask for them and read them.

use async_trait::async_trait;
use bellwether_domain::plan::Judgement;
use bellwether_domain::{EndState, JobUid, Partition, Run, RunId, RunState, Timestamp};

use super::MemoryStore;
use super::script::{Script, ended};
use super::state::PartitionState;
use crate::{AdmitRun, Admitted, EventKind, RunRequest, RunStore, StoreError, reason};

#[async_trait]
impl RunStore for MemoryStore {
    async fn admit_run(&self, admit: &AdmitRun) -> Result<Admitted, StoreError> {
        Ok(self.script(admit.draft.id.partition, |script| script.admit_once(admit)))
    }

    async fn requested_run(
        &self,
        partition: Partition,
        request: RunRequest,
    ) -> Result<Option<Admitted>, StoreError> {
        Ok(self.script(partition, |script| script.first_answer(request)))
    }

    async fn read_run(&self, uid: JobUid, run: RunId) -> Result<Option<Run>, StoreError> {
        let find = |state: &PartitionState| {
            state.runs_of(uid).find(|known| known.draft.id == run).cloned()
        };
        Ok(self.read(run.partition, find))
    }

    async fn read_live_runs(
        &self,
        partition: Partition,
        runs: &[RunId],
    ) -> Result<Vec<Option<Run>>, StoreError> {
        let run = |state: &PartitionState, id| state.runs.get(id).map(|live| live.run.clone());
        Ok(self.read(partition, |state| runs.iter().map(|id| run(state, id)).collect()))
    }

    async fn find_runs(
        &self,
        partition: Partition,
        runs: &[(JobUid, RunId)],
    ) -> Result<Vec<Option<Run>>, StoreError> {
        let find = |state: &PartitionState, (uid, id): &(JobUid, RunId)| {
            let live = state.runs.get(id).map(|live| live.run.clone());
            live.or_else(|| state.kept(*uid).find(|kept| kept.draft.id == *id).cloned())
        };
        Ok(self.read(partition, |state| runs.iter().map(|run| find(state, run)).collect()))
    }

    async fn failed_since(
        &self,
        partition: Partition,
        uids: &[JobUid],
        since: Timestamp,
    ) -> Result<Vec<bool>, StoreError> {
        let failed = |run: &Run| has_failed(run) && run.ended.is_some_and(|ended| ended >= since);
        Ok(self
            .read(partition, |state| uids.iter().map(|uid| state.kept(*uid).any(failed)).collect()))
    }

    async fn list_runs(&self, partition: Partition, uid: JobUid) -> Result<Vec<Run>, StoreError> {
        Ok(self.read(partition, |state| state.runs_of(uid).cloned().collect()))
    }
}

impl Script<'_> {
    fn admit_once(&mut self, admit: &AdmitRun) -> Admitted {
        if let Some(first) = admit.request.and_then(|request| self.first_answer(request)) {
            return first;
        }
        let key = admit.draft.job.to_string();
        let job = self.state.incarnation(&key, admit.draft.uid).map(|row| &row.job);
        if job.is_none_or(|job| job.status.etag != admit.expected) {
            return Admitted::Changed;
        }
        let run = self.admit(admit);
        if let Some(request) = admit.request {
            self.state.requested.keep(request.id, self.now, (request.fingerprint, run.clone()));
        }
        Admitted::Run(Box::new(run))
    }

    /// What the request got when it was first made.
    fn first_answer(&self, request: RunRequest) -> Option<Admitted> {
        let (fingerprint, run) = self.state.requested.get(request.id, self.now)?;
        Some(match *fingerprint == request.fingerprint {
            true => Admitted::Run(Box::new(run.clone())),
            false => Admitted::Reused,
        })
    }

    fn admit(&mut self, admit: &AdmitRun) -> Run {
        let AdmitRun { draft, admission, ready, .. } = admit;
        let epoch = self.epoch();
        if let Some(known) = self.state.runs.get(&draft.id) {
            return known.run.clone();
        }
        let most = admission.max_instances;
        let judgement = self.judge(draft.uid, *admission, ready);
        let grace = admission.replaces.filter(|_| judgement == Judgement::Replace);
        if let Some(grace) = grace {
            self.replace(draft, most, ready, admit.keep, grace);
        }
        if judgement == Judgement::Admit || grace.is_some() {
            let run = self.give_place(draft, epoch);
            self.ready_front(draft.uid, most, ready, None);
            if grace.is_some() {
                self.note_successor(draft.id);
            }
            return run;
        }
        let run = self.record(draft, reason::NO_PLACE, epoch);
        let run = ended(run, EndState::Skipped, self.now);
        self.note_run(EventKind::RunSkipped, &run);
        self.keep_in_history(run.clone(), admit.keep);
        run
    }
}

impl PartitionState {
    /// The runs of a job: the unfinished ones in the order of their places, then the history.
    fn runs_of(&self, uid: JobUid) -> impl Iterator<Item = &Run> {
        let places = self.active.get(&uid).into_iter().flatten();
        let live = places.filter_map(|id| self.runs.get(id)).map(|live| &live.run);
        live.chain(self.kept(uid))
    }

    /// The history of a job, the latest to end first.
    fn kept(&self, uid: JobUid) -> impl Iterator<Item = &Run> {
        self.history.get(&uid).into_iter().flat_map(super::history::History::iter)
    }
}

fn has_failed(run: &Run) -> bool {
    let failed = [EndState::Failed, EndState::TimedOut, EndState::Lost];
    failed.iter().any(|state| run.state == RunState::Ended(*state))
}

//! The places of a job's unfinished runs, and how a run that stands in front gets to start.

use bellwether_domain::{BootId, Epoch, JobUid, Owner, Run, RunDraft, RunId, RunState};

use super::script::Script;
use super::state::LiveRun;
use crate::{AttemptRecord, EventKind, Hint, Lane, Leased, ReadyKey, RecordReply};

/// What a node can start right now, and what it was given of it.
pub(super) struct Slots {
    pub(super) boot: BootId,
    pub(super) free: u32,
    pub(super) leased: Vec<Leased>,
}

impl Script<'_> {
    /// The unfinished runs of a job, in the order of their admission.
    pub(super) fn places(&self, uid: JobUid) -> &[RunId] {
        self.state.active.get(&uid).map_or(&[], Vec::as_slice)
    }

    /// Gives a run the last place of its job. One that has a place keeps it: a fire time has one
    /// run (I1).
    pub(super) fn give_place(&mut self, draft: &RunDraft, epoch: Epoch) -> Run {
        if let Some(known) = self.state.runs.get(&draft.id) {
            return known.run.clone();
        }
        let run = self.record(draft, "", epoch);
        self.note_run(EventKind::RunPending, &run);
        if draft.covers.others > 0 {
            self.note_run(EventKind::RunCoalesced, &run);
        }
        let live = LiveRun { run: run.clone(), readied: false, successor: false };
        self.state.runs.insert(draft.id, live);
        let places = self.state.active.entry(draft.uid).or_default();
        if !places.contains(&draft.id) {
            places.push(draft.id);
        }
        run
    }

    /// A run as it is born, now: pending, and with no attempt.
    pub(super) fn record(&self, draft: &RunDraft, reason: &str, epoch: Epoch) -> Run {
        let mut run = Run {
            draft: draft.clone(),
            state: RunState::PENDING,
            attempt: 0,
            lost: 0,
            epoch,
            claimed: self.now,
            started: None,
            ended: None,
            report: Default::default(),
        };
        reason.clone_into(&mut run.report.reason);
        run
    }

    /// Readies the runs that stand in the first `max_instances` places and were not readied yet:
    /// those that moved up, and those that just came.
    pub(super) fn ready_front(
        &mut self,
        uid: JobUid,
        max_instances: u32,
        ready: &ReadyKey,
        mut slots: Option<&mut Slots>,
    ) {
        let front = self.places(uid).iter().take(max_instances as usize).copied();
        for id in front.collect::<Vec<_>>() {
            let Some(live) = self.state.runs.get_mut(&id).filter(|live| !live.readied) else {
                continue;
            };
            live.readied = true;
            match slots.as_deref_mut().filter(|slots| self.may_lease(slots, ready)) {
                Some(slots) => self.lease_to(slots, id),
                None => self.push_ready(id, ready),
            }
        }
    }

    /// Whether a run may pass by the ready lists: only while nobody waits on them.
    fn may_lease(&self, slots: &Slots, ready: &ReadyKey) -> bool {
        ready.lane == Lane::Node && slots.free > 0 && self.state.waiting_for_nodes() == 0
    }

    fn lease_to(&mut self, slots: &mut Slots, id: RunId) {
        if let Some(leased) = self.lease(id, slots.boot.into()) {
            slots.free -= 1;
            slots.leased.push(leased);
        }
    }

    /// Leases the next attempt of a pending run to `owner`.
    pub(super) fn lease(&mut self, id: RunId, owner: Owner) -> Option<Leased> {
        let now = self.now;
        let live = self.state.runs.get_mut(&id)?;
        let run = &mut live.run;
        run.state = RunState::RUNNING;
        run.attempt += 1;
        run.started = Some(now);
        let run = run.clone();
        let (attempt, deadline) = (run.attempt, now.saturating_add(run.draft.timeout));
        let record = AttemptRecord { run: id, attempt, owner, leased: now, deadline };
        self.state.attempts.insert(id, record);
        self.note_run(EventKind::RunStarted, &run);
        let job = self.job(&run.draft.job).filter(|job| job.definition.uid == run.draft.uid);
        let etag = job.map(|job| job.status.etag);
        Some(Leased { run, owner, etag })
    }

    /// Puts a run behind those that may start.
    pub(super) fn push_ready(&mut self, id: RunId, ready: &ReadyKey) {
        self.ready_list(ready).push_back(id);
    }

    /// Puts a run before those that may start.
    pub(super) fn push_ready_first(&mut self, id: RunId, ready: &ReadyKey) {
        self.ready_list(ready).push_front(id);
    }

    /// A ready list that is about to get a run.
    fn ready_list(&mut self, ready: &ReadyKey) -> &mut std::collections::VecDeque<RunId> {
        let was_empty = self.state.ready.get(ready).is_none_or(|list| list.is_empty());
        if was_empty {
            self.hint(match ready.lane {
                Lane::Node => Hint::Ready(self.partition),
                Lane::Queue { .. } => Hint::Queue(self.partition),
            });
        }
        self.state.ready.entry(ready.clone()).or_default()
    }

    /// Takes a run out of everything that unfinished ones are in, its attempt and delay excepted.
    pub(super) fn remove_live(&mut self, id: RunId) -> Option<Run> {
        let run = self.state.runs.remove(&id)?.run;
        if let Some(places) = self.state.active.get_mut(&run.draft.uid) {
            places.retain(|place| *place != id);
            if places.is_empty() {
                self.state.active.remove(&run.draft.uid);
            }
        }
        Some(run)
    }

    /// What became of a run that was given a place.
    pub(super) fn standing(&self, id: RunId) -> RecordReply {
        match self.state.runs.get(&id) {
            Some(live) if live.run.state == RunState::RUNNING => RecordReply::Leased,
            Some(live) if live.readied => RecordReply::Ready,
            _ => RecordReply::Waiting,
        }
    }
}

impl super::state::PartitionState {
    /// How many runs wait on the ready lists that any node may take from.
    pub(super) fn waiting_for_nodes(&self) -> usize {
        let lists = self.ready.iter().filter(|(key, _)| key.lane == Lane::Node);
        lists.map(|(_, list)| list.len()).sum()
    }
}

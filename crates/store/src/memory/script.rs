//! One atomic step on a partition.

use bellwether_domain::{EndState, Epoch, Job, JobKey, Partition, Run, RunState, Timestamp};

use super::state::PartitionState;
use crate::{EventKind, Happened, Hint, JobSince, LeaseToken, RunEvent};

/// One atomic step on a partition, at one instant: what one Lua script does. Its parts are spread
/// over the files of this module, each beside the concept that it belongs to.
pub(super) struct Script<'a> {
    pub(super) partition: Partition,
    pub(super) now: Timestamp,
    pub(super) state: &'a mut PartitionState,
    noted: Vec<Happened>,
    hints: Vec<Hint>,
    /// The earliest instant of the partition before the step.
    head: Option<Timestamp>,
}

impl<'a> Script<'a> {
    pub(super) fn begin(
        partition: Partition,
        now: Timestamp,
        state: &'a mut PartitionState,
    ) -> Self {
        let head = earliest(state);
        Self { partition, now, state, noted: Vec::new(), hints: Vec::new(), head }
    }

    /// Writes the events of the step as one entry and says who is to be woken.
    pub(super) fn commit(mut self) -> Vec<Hint> {
        self.state.log.append(self.now, std::mem::take(&mut self.noted));
        let earlier = match (self.head, earliest(self.state)) {
            (Some(before), Some(head)) => head < before,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if earlier {
            self.hint(Hint::Due(self.partition));
        }
        self.hints
    }

    /// Wakes those who wait for this, once the step is done.
    pub(super) fn hint(&mut self, hint: Hint) {
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
    }

    /// Notes what happened.
    pub(super) fn note(&mut self, happened: Happened) {
        self.noted.push(happened);
    }

    /// Notes what happened to a job.
    pub(super) fn note_job(&mut self, kind: EventKind, job: &JobKey) {
        self.note(Happened::Job { kind, job: job.clone(), run: None, since: None });
    }

    /// Notes what a client made of a job.
    pub(super) fn note_write(&mut self, kind: EventKind, job: &JobKey, since: JobSince) {
        self.note(Happened::Job { kind, job: job.clone(), run: None, since: Some(since) });
    }

    /// Notes what happened to a run in its latest attempt.
    pub(super) fn note_run(&mut self, kind: EventKind, run: &Run) {
        self.note_attempt(kind, run, run.attempt);
    }

    /// Notes what happened to a run in another attempt.
    pub(super) fn note_attempt(&mut self, kind: EventKind, run: &Run, attempt: u32) {
        let about = RunEvent { id: run.draft.id, fire_time: run.draft.fire_time, attempt };
        let job = run.draft.job.clone();
        self.note(Happened::Job { kind, job, run: Some(about), since: None });
    }

    /// Whether `token` is the partition's current leadership: equality, whatever the clock says.
    /// A lease that has expired and was not taken is still its owner's, and nobody else's.
    pub(super) fn leads(&self, token: LeaseToken) -> bool {
        let lease = &self.state.lease;
        token.partition == self.partition
            && token.epoch == lease.epoch
            && Some(token.owner) == lease.owner
    }

    /// The partition's present epoch.
    pub(super) fn epoch(&self) -> Epoch {
        self.state.lease.epoch
    }

    /// The job of this name, of whatever incarnation.
    pub(super) fn job(&self, key: &JobKey) -> Option<&Job> {
        self.state.jobs.get(&key.to_string()).map(|row| &row.job)
    }

    /// Whether the run's job is there, in the run's incarnation.
    pub(super) fn has_job_of(&self, run: &Run) -> bool {
        self.state.incarnation(&run.draft.job.to_string(), run.draft.uid).is_some()
    }
}

/// The earliest instant at which the leader has something to do.
fn earliest(state: &PartitionState) -> Option<Timestamp> {
    let due = state.due.first().map(|(at, _)| *at);
    due.into_iter().chain(state.first_delayed()).min()
}

/// The event of a run that ended so.
pub(super) fn ending(state: EndState) -> EventKind {
    match state {
        EndState::Succeeded => EventKind::RunSucceeded,
        EndState::Failed => EventKind::RunFailed,
        EndState::Cancelled => EventKind::RunCancelled,
        EndState::TimedOut => EventKind::RunTimedOut,
        EndState::Lost => EventKind::RunLost,
        EndState::Missed => EventKind::RunMissed,
        EndState::Skipped => EventKind::RunSkipped,
    }
}

/// `run`, ended at `now`.
pub(super) fn ended(mut run: Run, state: EndState, now: Timestamp) -> Run {
    run.state = RunState::Ended(state);
    run.ended = Some(now);
    run
}

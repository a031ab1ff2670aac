//! Changes of a job by clients.

use bellwether_domain::{EndState, FirePoint, JobState, RunId, RunState, Timestamp};

use super::jobs::Stale;
use super::script::{Script, ended};
use super::state::{JobRow, LiveRun};
use crate::{Change, ChangeJob, Dropped, EventKind, JobSince, NextPoint, ReadyKey, Relist};

impl Script<'_> {
    /// Changes a job. Everything is checked before the first write.
    pub(super) fn change(&mut self, change: &ChangeJob) -> Result<(), Stale> {
        let key = change.key.to_string();
        let row = self.state.jobs.get(&key).filter(|row| is_as_read(row, change)).ok_or(Stale)?;
        let uid = row.job.definition.uid;
        let (state, next) = outcome(row, change);
        let last = last_claimed(row, change.dropped.as_ref());
        let paused_since = paused_since(row, &state, &change.change);
        if !self.may_follow(next, last, change.next) || self.drops_silently(row, next, change) {
            return Err(Stale);
        }
        if let Some(dropped) = &change.dropped {
            self.record_dropped(dropped);
        }
        let (kind, now) = (event(&change.change), self.now);
        if let Some(row) = self.state.jobs.get_mut(&key) {
            let job = &mut row.job;
            if let Change::Define(definition) = &change.change {
                job.definition = definition.as_ref().clone();
            }
            job.status.etag = change.etag;
            job.status.updated = now;
            job.status.last_fire = last;
            job.status.catching_up &= change.next == NextPoint::Keep;
            job.status.paused_since = paused_since;
            if let Change::Resume = change.change {
                job.status.failures = 0;
            }
        }
        if let Some(relist) = &change.relist {
            self.relist(&key, relist);
        }
        let finished = state == JobState::Finished && change.next == NextPoint::Exhausted;
        let reason = match &state {
            JobState::Paused { reason } => reason.clone(),
            JobState::Active | JobState::Finished => String::new(),
        };
        let since = JobSince { uid, etag: change.etag, reason };
        self.schedule(&key, state, next);
        self.note_write(kind, &change.key, since.clone());
        if finished {
            self.note_write(EventKind::JobFinished, &change.key, since);
        }
        Ok(())
    }

    /// Moves the runs of a job that may start, or wait for a retry, to another ready list. What stays
    /// on the old one is a hint.
    fn relist(&mut self, key: &str, relist: &Relist) {
        let uid = self.state.jobs.get(key).map(|row| row.job.definition.uid);
        let ids = uid.map(|uid| self.places(uid).to_vec()).unwrap_or_default();
        for id in ids {
            let delayed = |entry: &&(_, RunId, ReadyKey)| entry.1 == id && entry.2 == relist.from;
            let waits = |live: &LiveRun| live.readied && live.run.state == RunState::PENDING;
            if let Some(entry) = self.state.delayed.iter().find(delayed).cloned() {
                self.state.delayed.remove(&entry);
                self.state.delayed.insert((entry.0, id, relist.to.clone()));
            } else if self.state.runs.get(&id).is_some_and(waits) {
                self.push_ready(id, &relist.to);
            }
        }
    }

    /// Whether the job may be given this point: a fire time is claimed once, and only what may be
    /// due at once may lie in the past.
    fn may_follow(
        &self,
        next: Option<FirePoint>,
        last: Option<Timestamp>,
        wanted: NextPoint,
    ) -> bool {
        let (Some(point), NextPoint::At { due_at_once, .. }) = (next, wanted) else { return true };
        let unclaimed = last.is_none_or(|last| last < point.fire_time);
        unclaimed && (due_at_once || self.now < point.fire_time)
    }

    /// Whether the job has a due fire time which the change would drop without a record.
    fn drops_silently(&self, row: &JobRow, next: Option<FirePoint>, change: &ChangeJob) -> bool {
        let due = row.next.filter(|point| point.start_after <= self.now);
        let dropped = due.filter(|due| next.is_none_or(|next| next.fire_time != due.fire_time));
        dropped.is_some() && change.dropped.is_none()
    }

    fn record_dropped(&mut self, dropped: &Dropped) {
        let run = self.record(&dropped.draft, &dropped.reason, self.epoch());
        let run = ended(run, EndState::Skipped, self.now);
        self.note_run(EventKind::RunSkipped, &run);
        self.keep_in_history(run, dropped.keep);
    }
}

fn is_as_read(row: &JobRow, change: &ChangeJob) -> bool {
    let status = &row.job.status;
    status.etag == change.expected
        && status.last_fire == change.expected_last
        && status.next_fire == change.expected_next
}

/// The state and the point that the job gets. Only a resume ends a pause, and a job that is active
/// has a point: where the change names none, both stay as they are.
fn outcome(row: &JobRow, change: &ChangeJob) -> (JobState, Option<FirePoint>) {
    let present = &row.job.status.state;
    match (&change.change, present, change.next) {
        (Change::Pause { reason, .. }, ..) => (JobState::Paused { reason: reason.clone() }, None),
        (Change::Define(_), JobState::Paused { .. }, _) => (present.clone(), None),
        (_, _, NextPoint::At { point, .. }) => (JobState::Active, Some(point)),
        (_, _, NextPoint::Exhausted) => (JobState::Finished, None),
        (_, _, NextPoint::Keep | NextPoint::Unset) => (present.clone(), row.next),
    }
}

/// Since when the job is paused once it is `state`.
fn paused_since(row: &JobRow, state: &JobState, change: &Change) -> Option<Timestamp> {
    let status = &row.job.status;
    match (state, &status.state, change) {
        (
            JobState::Paused { .. },
            JobState::Active | JobState::Finished,
            Change::Pause { since, .. },
        ) => Some(*since),
        (JobState::Paused { .. }, ..) => status.paused_since,
        (JobState::Active | JobState::Finished, ..) => None,
    }
}

/// The latest fire time that is claimed or recorded once `dropped` is.
fn last_claimed(row: &JobRow, dropped: Option<&Dropped>) -> Option<Timestamp> {
    let dropped = dropped.map(|dropped| dropped.draft.covers.last);
    row.job.status.last_fire.max(dropped)
}

fn event(change: &Change) -> EventKind {
    match change {
        Change::Define(_) => EventKind::JobUpdated,
        Change::Pause { .. } => EventKind::JobPaused,
        Change::Resume => EventKind::JobResumed,
    }
}

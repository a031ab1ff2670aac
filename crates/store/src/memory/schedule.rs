//! When a job is due next.

use bellwether_domain::{FirePoint, JobState};

use super::script::Script;
use super::state::{JobRow, PartitionState};

impl Script<'_> {
    /// Gives the job named `key` its state and its next point, and keeps `due` in step with them.
    pub(super) fn schedule(&mut self, key: &str, state: JobState, next: Option<FirePoint>) {
        let PartitionState { jobs, due, .. } = &mut *self.state;
        let Some(row) = jobs.get_mut(key) else { return };
        if let Some(point) = row.next {
            due.remove(&(point.start_after, key.to_owned()));
        }
        if let Some(point) = next {
            due.insert((point.start_after, key.to_owned()));
        }
        let finished = row.finished.unwrap_or(self.now);
        row.finished = (state == JobState::Finished).then_some(finished);
        row.job.status.state = state;
        row.set_next(next);
    }
}

impl JobRow {
    fn set_next(&mut self, next: Option<FirePoint>) {
        self.next = next;
        self.job.status.next_fire = next.map(|point| point.fire_time);
    }
}

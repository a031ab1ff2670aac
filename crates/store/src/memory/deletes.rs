//! The end of a job.

use std::collections::BTreeSet;

use bellwether_domain::{EndState, RunId, RunState};

use super::jobs::Stale;
use super::script::{Script, ended};
use super::state::LiveRun;
use crate::{DeleteJob, EventKind, JobSince};

impl Script<'_> {
    /// Removes a job with its history. Of its unfinished runs only those stay that are executed
    /// at this moment.
    pub(super) fn delete(&mut self, delete: &DeleteJob) -> Result<(), Stale> {
        let key = delete.key.to_string();
        let row = self.state.incarnation(&key, delete.uid).ok_or(Stale)?;
        let state = row.job.status.state.clone();
        if row.job.status.etag != delete.expected {
            return Err(Stale);
        }
        self.schedule(&key, state, None);
        self.state.jobs.remove(&key);
        self.state.history.remove(&delete.uid);
        let since = JobSince { uid: delete.uid, etag: delete.expected, reason: String::new() };
        self.note_write(EventKind::JobDeleted, &delete.key, since);
        self.cancel_pending(delete);
        Ok(())
    }

    /// Hints to these runs may stay on ready lists; whoever takes one finds nothing there.
    fn cancel_pending(&mut self, delete: &DeleteJob) {
        let is_pending = |run: &&LiveRun| run.run.state == RunState::PENDING;
        let runs = &self.state.runs;
        let pending = |id: &&RunId| runs.get(*id).filter(is_pending).is_some();
        let ids: Vec<RunId> = self.places(delete.uid).iter().filter(pending).copied().collect();
        let cancelled: BTreeSet<RunId> = ids.iter().copied().collect();
        self.state.delayed.retain(|(_, id, _)| !cancelled.contains(id));
        for id in ids {
            let Some(run) = self.remove_live(id) else { continue };
            let run = ended(run, EndState::Cancelled, self.now);
            self.note_run(EventKind::RunCancelled, &run);
        }
    }
}

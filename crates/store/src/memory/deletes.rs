//! The end of a job.

use std::collections::BTreeSet;

use bellwether_domain::{EndState, Etag, JobKey, JobState, JobUid, RunId, RunState};

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
        if row.job.status.etag != delete.expected {
            return Err(Stale);
        }
        self.remove_job(&delete.key, delete.uid, delete.expected);
        self.cancel_pending(delete);
        Ok(())
    }

    /// Removes a job and all that is kept of it, its unfinished runs excepted.
    pub(super) fn remove_job(&mut self, key: &JobKey, uid: JobUid, etag: Etag) {
        let name = key.to_string();
        let since = JobSince { uid, etag, reason: String::new() };
        self.schedule(&name, JobState::Finished, None);
        self.state.jobs.remove(&name);
        self.state.history.remove(&uid);
        self.note_write(EventKind::JobDeleted, key, since);
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

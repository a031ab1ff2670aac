//! Failed runs in a row, and the pause that they bring about.

use bellwether_domain::{Covers, EndState, JobState, RunCause, RunDraft, RunId, Timestamp};

use super::script::{Script, ended};
use crate::{EventKind, FailureRule, Finish, reason};

impl Script<'_> {
    /// Counts the end of a run of a job that is there.
    pub(super) fn count_failure(&mut self, finish: &Finish, rule: FailureRule, state: EndState) {
        let key = finish.job.to_string();
        if self.state.incarnation(&key, finish.uid).is_none() {
            return;
        }
        let Some(row) = self.state.jobs.get_mut(&key) else { return };
        let status = &mut row.job.status;
        match state {
            EndState::Failed | EndState::TimedOut | EndState::Lost => {
                status.failures = status.failures.saturating_add(1);
            }
            EndState::Succeeded => status.failures = 0,
            EndState::Cancelled | EndState::Missed | EndState::Skipped => {}
        }
        let (failures, next) = (status.failures, row.next);
        if failures < rule.limit || status.state != JobState::Active {
            return;
        }
        if let Some(fire_time) = next.map(|next| next.fire_time).filter(|at| *at <= self.now) {
            let start_after = next.map_or(fire_time, |next| next.start_after);
            self.record_skipped(finish, rule, fire_time, start_after);
        }
        self.pause_after(finish, rule, failures);
    }

    fn pause_after(&mut self, finish: &Finish, rule: FailureRule, failures: u32) {
        let (key, now) = (finish.job.to_string(), self.now);
        let state = JobState::Paused { reason: reason::after_failures(failures) };
        self.schedule(&key, state, None);
        if let Some(row) = self.state.jobs.get_mut(&key) {
            row.job.status.etag = rule.etag;
            row.job.status.catching_up = false;
            row.job.status.paused_since = Some(now);
        }
        self.note_job(EventKind::JobPaused, &finish.job);
    }

    /// What has come up to now becomes one record; its fire time counts as claimed.
    fn record_skipped(
        &mut self,
        finish: &Finish,
        rule: FailureRule,
        fire_time: Timestamp,
        start_after: Timestamp,
    ) {
        let draft = RunDraft {
            id: RunId::scheduled(self.partition, finish.uid, fire_time),
            job: finish.job.clone(),
            uid: finish.uid,
            fire_time,
            cause: RunCause::Schedule,
            covers: Covers { first: fire_time, last: self.now, others: 0 },
            start_after,
            timeout: rule.timeout,
            payload: None,
        };
        let run = self.record(&draft, reason::PAUSED, self.epoch());
        let run = ended(run, EndState::Skipped, self.now);
        self.note_run(EventKind::RunSkipped, &run);
        self.keep_in_history(run, finish.keep);
        if let Some(row) = self.state.jobs.get_mut(&finish.job.to_string()) {
            row.job.status.last_fire = Some(fire_time);
        }
    }
}

//! The ends of attempts.

use std::time::Duration;

use bellwether_domain::plan::CATCH_UP;
use bellwether_domain::{AttemptReport, EndState, JobKey, JobUid, NextStep, Run, RunState};

use super::script::{Script, ended, ending};
use super::state::LiveRun;
use crate::{EventKind, Finish, FinishReply, Hint};

impl Script<'_> {
    /// Ends an attempt. It counts only for the (run, attempt, owner) that the store holds (I5),
    /// whoever leads the partition.
    pub(super) fn finish(&mut self, finish: &Finish) -> FinishReply {
        let Some(LiveRun { run, .. }) = self.state.runs.get(&finish.run) else {
            return self.late(finish);
        };
        let (run, has_job) = (run.clone(), self.has_job_of(run));
        if !self.holds(finish) {
            self.note_attempt(EventKind::ResultSuperseded, &run, finish.attempt);
            return FinishReply::Superseded;
        }
        self.state.attempts.remove(&finish.run);
        let asked = self.asked(finish.run);
        match finish.step {
            NextStep::End(EndState::Lost)
            | NextStep::Again { .. }
            | NextStep::GiveBack
            | NextStep::PutOff { .. }
                if asked.is_some() =>
            {
                self.end(finish, EndState::Cancelled, &asked.unwrap_or_default());
            }
            NextStep::End(state) => self.end(finish, state, &finish.report),
            NextStep::Again { .. } | NextStep::GiveBack | NextStep::PutOff { .. } if !has_job => {
                self.end(finish, EndState::Cancelled, &finish.report);
            }
            NextStep::Again { after, lost } => self.try_again(finish, after, lost),
            NextStep::GiveBack => self.give_back(finish, Duration::ZERO),
            NextStep::PutOff { after } => self.give_back(finish, after),
        }
        FinishReply::Recorded
    }

    fn holds(&self, finish: &Finish) -> bool {
        self.state.attempts.get(&finish.run).is_some_and(|attempt| {
            attempt.attempt == finish.attempt && attempt.owner == finish.owner
        })
    }

    /// The run is finished, and those of its job that waited for its place move up.
    fn end(&mut self, finish: &Finish, state: EndState, report: &AttemptReport) {
        let Some(mut run) = self.remove_live(finish.run) else { return };
        run.lost += u32::from(loses(finish.step));
        run.report = report.clone();
        let run = ended(run, state, self.now);
        self.note_run(ending(state), &run);
        self.keep_in_history(run, finish.keep);
        self.ready_front(finish.uid, finish.max_instances, &finish.ready, None);
        if let Some(rule) = finish.failures {
            self.count_failure(finish, rule, state);
        }
        self.hint_at_catch_up(&finish.job, finish.uid);
    }

    /// A catch-up that was put off may go on as soon as fewer than [`CATCH_UP`] runs are active.
    pub(super) fn hint_at_catch_up(&mut self, job: &JobKey, uid: JobUid) {
        let catching_up = self.job(job).is_some_and(|job| job.status.catching_up);
        if catching_up && self.places(uid).len() + 1 == CATCH_UP {
            self.hint(Hint::Due(self.partition));
        }
    }

    /// The run keeps its place and waits for another attempt.
    fn try_again(&mut self, finish: &Finish, after: Duration, lost: bool) {
        let report = finish.report.clone();
        let Some(run) = self.suspend(finish, |run| {
            run.lost += u32::from(lost);
            run.report = report;
        }) else {
            return;
        };
        self.note_run(if lost { EventKind::AttemptLost } else { EventKind::RunRetried }, &run);
        if after.is_zero() {
            self.push_ready(finish.run, &finish.ready);
        } else {
            self.delay(finish, after);
        }
    }

    fn delay(&mut self, finish: &Finish, after: Duration) {
        let not_before = self.now.saturating_add(after);
        self.state.delayed.insert((not_before, finish.run, finish.ready.clone()));
    }

    /// The attempt never was: its number is free again, and the run goes before all others, since
    /// it had its turn; one that is put off waits first.
    fn give_back(&mut self, finish: &Finish, after: Duration) {
        let Some(run) = self.suspend(finish, |run| {
            run.attempt = run.attempt.saturating_sub(1);
            run.started = None;
        }) else {
            return;
        };
        self.note_attempt(EventKind::RunGivenBack, &run, finish.attempt);
        if after.is_zero() {
            self.push_ready_first(finish.run, &finish.ready);
        } else {
            self.delay(finish, after);
        }
    }

    /// Makes a running run pending.
    fn suspend(&mut self, finish: &Finish, change: impl FnOnce(&mut Run)) -> Option<Run> {
        let run = &mut self.state.runs.get_mut(&finish.run)?.run;
        run.state = RunState::PENDING;
        change(run);
        Some(run.clone())
    }
}

/// Whether the attempt counts as lost.
fn loses(step: NextStep) -> bool {
    matches!(step, NextStep::End(EndState::Lost) | NextStep::Again { lost: true, .. })
}

//! Attempts: started, ended, refused.

use std::time::Duration;

use bellwether_domain::{AttemptEnd, NextStep, Run, Timestamp};
use bellwether_store::{Finish, FinishReply, Lane};

use crate::definitions::CompiledJob;
use crate::dispatch::{Subject, Work};

/// An attempt is handed to its target.
pub(crate) struct AttemptStarted<'a> {
    pub(crate) run: &'a Run,
    pub(crate) now: Timestamp,
}

impl AttemptStarted<'_> {
    pub(crate) fn emit(self) {
        metrics::gauge!("bellwether_runs_inflight").increment(1.0);
        note_start(self.run, self.now, "attempt started");
    }
}

/// An attempt is handed to a worker's stream.
pub(crate) struct AttemptDelivered<'a> {
    pub(crate) run: &'a Run,
    pub(crate) now: Timestamp,
}

impl AttemptDelivered<'_> {
    pub(crate) fn emit(self) {
        note_start(self.run, self.now, "attempt handed to a worker");
    }
}

fn note_start(run: &Run, now: Timestamp, message: &str) {
    let draft = &run.draft;
    let lateness = now.since(draft.start_after);
    if run.attempt == 1 {
        metrics::histogram!("bellwether_fire_lateness_seconds").record(lateness.as_secs_f64());
    }
    tracing::debug!(
        run = %draft.id,
        job = %draft.job,
        fire_time = %draft.fire_time,
        attempt = run.attempt,
        epoch = run.epoch.0,
        lateness_ms = u64::try_from(lateness.as_millis()).unwrap_or(u64::MAX),
        message
    );
}

/// An attempt ended, one way or another.
pub(crate) struct AttemptEnded<'a> {
    pub(crate) run: &'a Run,
    pub(crate) work: &'a Work,
    pub(crate) end: AttemptEnd,
    pub(crate) step: NextStep,
}

impl AttemptEnded<'_> {
    pub(crate) fn emit(self) {
        let target = match self.work {
            Work::Known(job) => job.definition.spec.target.kind(),
            Work::Gone | Work::Unread | Work::Unusable => "unknown",
        };
        let outcome = match self.end {
            AttemptEnd::Succeeded => "succeeded",
            AttemptEnd::Failed { .. } => "failed",
            AttemptEnd::TimedOut => "timed_out",
            AttemptEnd::Cancelled => "cancelled",
            AttemptEnd::Lost => "lost",
            AttemptEnd::Misfired => "missed",
            AttemptEnd::NeverDelivered => "given_back",
            AttemptEnd::HeldBack { .. } => "held_back",
        };
        // What a worker executes, no node does.
        let is_node = matches!(self.work, Work::Known(job) if job.ready.lane == Lane::Node);
        let began = is_node
            && !matches!(
                self.end,
                AttemptEnd::Misfired | AttemptEnd::NeverDelivered | AttemptEnd::HeldBack { .. }
            );
        if began {
            metrics::gauge!("bellwether_runs_inflight").decrement(1.0);
        }
        metrics::counter!("bellwether_runs_total", "target" => target, "outcome" => outcome)
            .increment(1);
        tracing::debug!(
            run = %self.run.draft.id,
            job = %self.run.draft.job,
            attempt = self.run.attempt,
            outcome,
            step = ?self.step,
            "attempt ended"
        );
    }
}

/// The leader ended an attempt in place of its holder, who was asked to and did not.
pub(crate) struct CancelEnforced<'a> {
    pub(crate) finish: &'a Finish,
    pub(crate) job: Option<&'a CompiledJob>,
}

impl CancelEnforced<'_> {
    pub(crate) fn emit(self) {
        let target = self.job.map_or("unknown", |job| job.definition.spec.target.kind());
        metrics::counter!("bellwether_runs_total", "target" => target, "outcome" => "cancelled")
            .increment(1);
        tracing::info!(
            run = %self.finish.run,
            job = %self.finish.job,
            attempt = self.finish.attempt,
            "cancelled in place of a holder that did not end it"
        );
    }
}

/// A limit on attempts at once was reached; the run comes again.
pub(crate) struct AttemptHeldBack<'a> {
    pub(crate) run: &'a Run,
    pub(crate) subject: &'a Subject,
    pub(crate) after: Duration,
}

impl AttemptHeldBack<'_> {
    pub(crate) fn emit(self) {
        let limit = self.subject.kind();
        metrics::counter!("bellwether_runs_held_back_total", "limit" => limit).increment(1);
        tracing::debug!(
            run = %self.run.draft.id,
            job = %self.run.draft.job,
            subject = ?self.subject,
            after_ms = u64::try_from(self.after.as_millis()).unwrap_or(u64::MAX),
            "attempt held back: a limit is reached"
        );
    }
}

/// The store refused the end of an attempt.
pub(crate) struct ResultRefused<'a> {
    pub(crate) run: &'a Run,
    pub(crate) reply: FinishReply,
}

impl ResultRefused<'_> {
    pub(crate) fn emit(self) {
        tracing::warn!(
            run = %self.run.draft.id,
            job = %self.run.draft.job,
            attempt = self.run.attempt,
            reply = ?self.reply,
            "result refused: the attempt was no longer this node's"
        );
    }
}

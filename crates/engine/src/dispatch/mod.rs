//! From leased attempts to executions, and from their ends back to the partition's next turn.

pub(crate) mod finish;
mod gates;
mod held;
mod hold_back;
mod slots;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::plan::misfires_at_start;
use bellwether_domain::{
    AttemptEnd, AttemptReport, EndState, JobDefaults, Owner, Partition, Run, RunError, RunId,
    Timestamp,
};
use bellwether_store::{Finish, FinishReply, Lane, Leased};
use futures::FutureExt;
use parking_lot::Mutex;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::gates::Place;
pub(crate) use self::gates::{Gates, Subject};
pub(crate) use self::held::{HeldAttempts, StopReason};
use self::hold_back::Startable;
pub(crate) use self::slots::{SlotPool, Slots};
use crate::boot_clock::BootInstant;
use crate::definitions::CompiledJob;
use crate::internal_event::{AttemptEnded, AttemptStarted, ResultRefused};
use crate::local::LocalPartition;
use crate::session::Session;
use crate::target::{Attempt, Execution, TargetExecutor};

/// What is known of the job of a leased attempt.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    /// Its definition.
    Known(Arc<CompiledJob>),
    /// It was deleted.
    Gone,
    /// Its definition could not be read just now.
    Unread,
    /// Its definition cannot be used by this version.
    Unusable,
}

/// How an attempt went, for those who watch the node.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// The run as it is now stored: finished, or pending again.
    pub run: Run,
    /// How long until the next attempt, where one follows.
    pub retry_in: Option<Duration>,
}

/// Executes attempts.
pub(crate) struct Dispatcher {
    pub(crate) owner: Owner,
    pub(crate) node: String,
    pub(crate) defaults: JobDefaults,
    pub(crate) executor: Arc<dyn TargetExecutor>,
    pub(crate) session: Arc<Session>,
    pub(crate) locals: Vec<Arc<LocalPartition>>,
    pub(crate) gates: Gates,
    pub(crate) pool: Arc<SlotPool>,
    pub(crate) held: HeldAttempts,
    pub(crate) tasks: TaskTracker,
    pub(crate) reports: broadcast::Sender<RunReport>,
    pub(crate) unsettled: Mutex<HashMap<RunId, Run>>,
}

impl Dispatcher {
    /// Places for up to `wanted` attempts.
    pub(crate) fn reserve(&self, wanted: usize, partition: Partition) -> Slots {
        self.pool.reserve(wanted, partition)
    }

    /// Starts an attempt that a turn leased which was first sent at `sent`, or gives it back where it
    /// must not start.
    pub(crate) fn deliver(
        self: &Arc<Self>,
        leased: Leased,
        work: Work,
        sent: BootInstant,
        now: Timestamp,
        slot: Slots,
    ) {
        let run = leased.run;
        let stop = self.held.add(run.draft.id, run.attempt);
        match (self.refusal(&run, &work, sent, now), work) {
            (None, Work::Known(job)) => self.start(Startable { run, job, stop, sent, now }, slot),
            (refused, work) => {
                self.refuse(run, &work, refused.unwrap_or(AttemptEnd::NeverDelivered));
            }
        }
    }

    /// How an attempt ends that a turn leased which was first sent at `sent`, and that must not start
    /// at `now`.
    fn refusal(
        &self,
        run: &Run,
        work: &Work,
        sent: BootInstant,
        now: Timestamp,
    ) -> Option<AttemptEnd> {
        match work {
            _ if !self.session.held_since(sent) => Some(AttemptEnd::NeverDelivered),
            Work::Unread => Some(AttemptEnd::NeverDelivered),
            Work::Gone => Some(AttemptEnd::Cancelled),
            Work::Unusable => Some(AttemptEnd::Failed { retryable: false, retry_after: None }),
            // It was taken from the nodes' lane before its job was made one for workers.
            Work::Known(job) if job.ready.lane != Lane::Node => Some(AttemptEnd::NeverDelivered),
            Work::Known(job) => {
                let late = misfires_at_start(now, &run.draft, run.attempt, job.policy.misfire);
                late.then_some(AttemptEnd::Misfired)
            }
        }
    }

    /// Hands in the end of an attempt that did not start.
    fn refuse(&self, run: Run, work: &Work, end: AttemptEnd) {
        let report = AttemptReport { reason: refusal(work, end), ..self.report() };
        self.hand_in(run, work, end, report);
    }

    /// Executes an attempt that holds a slot and is within its limits.
    fn execute_in(self: &Arc<Self>, attempt: Startable, slot: Slots, places: Vec<Place>) {
        let Startable { run, job, stop, now, .. } = attempt;
        AttemptStarted { run: &run, now }.emit();
        let dispatcher = Arc::clone(self);
        self.tasks.spawn(async move {
            dispatcher.execute(run, job, stop).await;
            drop((slot, places));
        });
    }

    /// Executes the attempt within its timeout and hands in its end.
    async fn execute(&self, run: Run, job: Arc<CompiledJob>, stop: CancellationToken) {
        let attempt = Attempt {
            run: run.clone(),
            target: job.definition.spec.target.clone(),
            longest_wait: job.policy.retry.max_backoff,
            trace_id: format!("{:032x}", rand::random::<u128>()),
            span_id: format!("{:016x}", rand::random::<u64>()),
        };
        let execution = AssertUnwindSafe(self.executor.execute(&attempt)).catch_unwind();
        let execution = tokio::select! {
            biased;
            () = stop.cancelled() => match self.held.stop_reason(run.draft.id, run.attempt) {
                StopReason::Leaving => ended(AttemptEnd::Lost, "the node left"),
                StopReason::Cancelled(reason) => ended(AttemptEnd::Cancelled, &reason),
                StopReason::Superseded => {
                    self.held.remove(run.draft.id, run.attempt);
                    if let Some(local) = self.local(run.draft.id) {
                        local.settled.lock().note_stopped(run.draft.id, run.attempt);
                    }
                    return;
                }
            },
            bounded = tokio::time::timeout(run.draft.timeout, execution) => match bounded {
                Ok(Ok(execution)) => execution,
                Ok(Err(_)) => failed("panic", "the target's code panicked; this is a bug"),
                Err(_) => ended(AttemptEnd::TimedOut, "the attempt went on for longer than its timeout"),
            },
        };
        let report = AttemptReport {
            node: self.node.clone(),
            trace_id: attempt.trace_id,
            ..execution.report
        };
        self.hand_in(run, &Work::Known(job), execution.end, report);
    }

    /// Puts the end of an attempt where the partition's next turn finds it.
    fn hand_in(&self, mut run: Run, work: &Work, end: AttemptEnd, report: AttemptReport) {
        let fallback = self.defaults.of(&run.draft.job.namespace);
        let step = finish::step_after(&run, work, fallback, end);
        let finish = finish::finish(&run, work, fallback, self.owner, step, report.clone());
        AttemptEnded { run: &run, work, end, step }.emit();
        run.report = report;
        self.unsettled.lock().insert(run.draft.id, run);
        if let Some(local) = self.local(finish.run) {
            local.hand_in(finish);
        }
    }

    fn local(&self, run: RunId) -> Option<&Arc<LocalPartition>> {
        self.locals.get(usize::from(run.partition.0))
    }

    /// Draws the consequences of a stored, or refused, end.
    pub(crate) fn settle(&self, finish: &Finish, reply: FinishReply, now: Timestamp) {
        self.held.remove(finish.run, finish.attempt);
        let Some(run) = self.unsettled.lock().remove(&finish.run) else { return };
        match reply {
            FinishReply::Recorded => {}
            FinishReply::Superseded | FinishReply::Unknown => {
                ResultRefused { run: &run, reply }.emit();
                return;
            }
        }
        if let Some(report) = finish::run_report(run, finish, now) {
            // Nobody may be listening; that is no failure.
            let _ = self.reports.send(report);
        }
    }

    /// Stops every attempt of a partition: the node was taken for dead there, so they are
    /// somebody else's by now.
    pub(crate) fn abandon(&self, partition: Partition) {
        self.held.stop(&StopReason::Superseded, |run, _| run.partition == partition);
    }

    fn report(&self) -> AttemptReport {
        AttemptReport { node: self.node.clone(), ..AttemptReport::default() }
    }
}

fn ended(end: AttemptEnd, reason: &str) -> Execution {
    let report = AttemptReport { reason: reason.to_owned(), ..AttemptReport::default() };
    Execution { end, report }
}

fn failed(code: &str, message: &str) -> Execution {
    let error = RunError { code: code.to_owned(), message: message.to_owned() };
    let report = AttemptReport { error: Some(error), ..AttemptReport::default() };
    Execution { end: AttemptEnd::Failed { retryable: true, retry_after: None }, report }
}

fn refusal(work: &Work, end: AttemptEnd) -> String {
    match (work, end) {
        (Work::Gone, _) => "the job was deleted",
        (Work::Unread, _) => "the job's definition could not be read",
        (Work::Unusable, _) => "the job's definition cannot be used by this version",
        (Work::Known(_), AttemptEnd::Misfired) => EndState::Missed.as_str(),
        (Work::Known(_), AttemptEnd::HeldBack { .. }) => "a limit on attempts at once was reached",
        (Work::Known(_), _) => "the node's session had lapsed",
    }
    .to_owned()
}

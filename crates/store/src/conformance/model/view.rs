//! What can be compared of two stores with two clocks: instants and epochs by their presence only.

use std::collections::BTreeSet;

use bellwether_domain::{BootId, Epoch, Job, Run, RunId, RunState, Timestamp};

use crate::{
    AttemptRecord, CancelAsked, DueEntry, Event, EventCursor, LeaseView, Leased, Peek, Promote,
    TurnError, TurnReply, reason,
};

const SOME: Timestamp = Timestamp::UNIX_EPOCH;

/// A turn's answer, or the word for why there is none.
pub(super) fn turn(answer: Result<TurnReply, TurnError>) -> Result<TurnReply, String> {
    let reply = answer.map_err(|error| error.to_string())?;
    Ok(TurnReply { now: SOME, leased: reply.leased.into_iter().map(leased).collect(), ..reply })
}

fn leased(leased: Leased) -> Leased {
    Leased { run: run(leased.run), ..leased }
}

pub(super) fn run(mut run: Run) -> Run {
    if run.report.reason == reason::PAUSED {
        // It covers what came up to the store's present.
        run.draft.covers.last = run.draft.covers.first;
    }
    Run {
        epoch: Epoch(0),
        claimed: SOME,
        started: run.started.map(|_| SOME),
        ended: run.ended.map(|_| SOME),
        ..run
    }
}

/// The runs of a job: the unfinished ones in their order, the finished ones by their ids, since
/// what ended in one millisecond here may have ended in two there.
pub(super) fn runs(runs: Vec<Run>) -> Vec<Run> {
    let (live, mut ended): (Vec<Run>, Vec<Run>) =
        runs.into_iter().map(run).partition(|run| matches!(run.state, RunState::Live(_)));
    ended.sort_by_key(|run| run.draft.id);
    live.into_iter().chain(ended).collect()
}

/// What needs no view.
pub(super) fn same<T>(answer: T) -> T {
    answer
}

pub(super) fn jobs(jobs: Vec<Option<Job>>) -> Vec<Option<Job>> {
    jobs.into_iter().map(|job| job.map(self::job)).collect()
}

pub(super) fn jobs_there(jobs: Vec<Job>) -> Vec<Job> {
    jobs.into_iter().map(job).collect()
}

fn job(mut job: Job) -> Job {
    job.status.updated = SOME;
    job.status.paused_since = job.status.paused_since.map(|_| SOME);
    job
}

pub(super) fn boots(mut boots: Vec<BootId>) -> Vec<BootId> {
    boots.sort();
    boots
}

pub(super) fn leases(leases: Vec<LeaseView>) -> Vec<LeaseView> {
    leases.into_iter().map(lease).collect()
}

/// Without the number of ready runs, which is not exact, and without delays of runs that are not
/// `pending` any more: a store may leave those for the promotion to drop.
pub(super) fn peek(
    mut peek: Peek,
    pending: &BTreeSet<RunId>,
) -> (Vec<DueEntry>, Vec<Promote>, Vec<RunId>, bool, bool) {
    peek.delayed.retain(|promote| pending.contains(&promote.run));
    peek.delayed.sort_by_key(|promote| promote.run);
    peek.cancels.sort();
    (peek.due, peek.delayed, peek.cancels, peek.head.due.is_some(), peek.head.delayed.is_some())
}

pub(super) fn attempts(mut attempts: Vec<AttemptRecord>) -> Vec<AttemptRecord> {
    attempts.sort_by_key(|attempt| attempt.run);
    for attempt in &mut attempts {
        let lasts = attempt.deadline.since(attempt.leased);
        (attempt.leased, attempt.deadline) = (SOME, SOME.saturating_add(lasts));
    }
    attempts
}

/// What the holders of attempts are asked, in no order.
pub(super) fn cancels(mut asked: Vec<CancelAsked>) -> Vec<CancelAsked> {
    asked.sort_by_key(|asked| asked.run);
    asked
}

pub(super) fn lease(lease: LeaseView) -> LeaseView {
    LeaseView { epoch: Epoch(lease.epoch.0.min(1)), expires: SOME, now: SOME, ..lease }
}

/// The events of one call, in no order: a log keeps the order of each run's events, which is also
/// that of their numbers within one call, and of calls.
pub(super) fn events(mut events: Vec<Event>) -> Vec<Event> {
    for event in &mut events {
        event.cursor = EventCursor(String::new());
        event.at = SOME;
    }
    events.sort_by_key(|event| {
        let run = event.run.map(|run| (run.id, run.attempt));
        (event.job.clone(), run, event.kind as u8)
    });
    events
}

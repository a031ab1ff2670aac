//! Failed runs in a row, and the pause that they bring about.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{EndState, JobState, NextStep, RunState};

use super::bed::{Bed, LONG, Node, PARTITION, new_etag};
use super::job::TestJob;
use crate::{ClaimReply, EventKind, FailureRule, Finish, InsertJob, Leased, Store, Turn, reason};

const LIMIT: u32 = 2;

fn rule() -> FailureRule {
    FailureRule { limit: LIMIT, etag: new_etag(), timeout: Duration::from_secs(7) }
}

fn end(job: &TestJob, leased: &Leased, state: EndState) -> Finish {
    Finish { failures: Some(rule()), ..job.finish(leased, NextStep::End(state)) }
}

/// Claims the fires of `states` one after the other, and ends each so.
async fn fires(leader: &mut Node, job: &TestJob, states: &[EndState]) {
    for (fire, state) in (0..).zip(states) {
        let leased = leader.start(job, fire).await;
        leader.finish(end(job, &leased, *state)).await;
    }
}

async fn kinds(bed: &Bed) -> Vec<EventKind> {
    bed.events().await.iter().map(|event| event.kind).collect()
}

pub async fn failed_runs_in_a_row_pause_their_job(store: Arc<dyn Store>) {
    for last in [EndState::Failed, EndState::TimedOut, EndState::Lost] {
        let bed = Bed::new(Arc::clone(&store)).await;
        let job = bed.given(bed.job(last.as_str())).await;
        let mut leader = bed.leader().await;
        fires(&mut leader, &job, &[EndState::Failed]).await;
        let one = bed.read(&job).await.status;
        assert_eq!((one.failures, &one.state, one.etag), (1, &JobState::Active, job.etag));

        let leased = leader.start(&job, 1).await;
        let finish = end(&job, &leased, last);
        let etag = finish.failures.map(|rule| rule.etag);
        let now = bed.store.now().await.expect("the store answers");
        leader.finish(finish).await;

        let status = bed.read(&job).await.status;
        assert_eq!(status.state, JobState::Paused { reason: reason::after_failures(2) });
        assert_eq!(Some(status.etag), etag, "the version of being paused");
        assert_eq!((status.next_fire, status.fires, status.failures), (None, 2, 2));
        assert!(status.paused_since >= Some(now), "{status:?}");
        assert_eq!(bed.due().await, [""; 0]);
        leader.be_deposed().await;
    }
}

pub async fn a_pause_after_failures_records_what_had_come(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    fires(&mut leader, &job, &[EndState::Failed, EndState::Failed]).await;

    let status = bed.read(&job).await.status;
    assert_eq!(status.last_fire, Some(job.fire_time(2)), "it counts as claimed");
    let record = bed.run_of(&job, 2).await;
    assert_eq!(record.state, RunState::Ended(EndState::Skipped));
    assert_eq!((record.report.reason.as_str(), record.attempt), (reason::PAUSED, 0));
    let covers = record.draft.covers;
    assert_eq!((covers.first, Some(covers.last)), (job.fire_time(2), status.paused_since));
    assert_eq!((covers.others, record.draft.timeout), (0, Duration::from_secs(7)));
    assert_eq!(record.draft.start_after, job.point(2).start_after);
    assert_eq!(Some(record.epoch), leader.lease.map(|token| token.epoch));
    assert_eq!(record.ended, status.paused_since);
    let tail = [EventKind::RunFailed, EventKind::RunSkipped, EventKind::JobPaused];
    assert_eq!(kinds(&bed).await[6..], tail, "in the order of what happened");
}

pub async fn a_pause_after_failures_before_anything_is_due_records_nothing(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.job("j");
    bed.insert(&InsertJob { next: job.far_point(), ..job.insert() }).await;
    let mut leader = bed.leader().await;
    for _ in 0..LIMIT {
        bed.store.admit_run(&job.admit(None)).await.expect("the store answers");
        let leased = leader.take(&job.ready, 1).await.remove(0);
        leader.finish(end(&job, &leased, EndState::Failed)).await;
    }

    let status = bed.read(&job).await.status;
    assert!(matches!(status.state, JobState::Paused { .. }), "{status:?}");
    assert_eq!(status.last_fire, None);
    let head = bed.store.heads(&[PARTITION]).await.expect("the store answers")[0];
    assert_eq!(head.due, None);
    assert_eq!(bed.runs(job.uid()).await.len(), 2, "those that failed");
}

pub async fn a_success_ends_the_row_and_other_ends_leave_it(store: Arc<dyn Store>) {
    use EndState::{Cancelled, Failed, Missed, Succeeded};
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let states = [Failed, Succeeded, Failed, Cancelled, Missed];
    fires(&mut leader, &job, &states).await;

    let status = bed.read(&job).await.status;
    assert_eq!((status.failures, &status.state), (1, &JobState::Active));
    let leased = leader.start(&job, 5).await;
    leader.finish(job.finish(&leased, NextStep::End(Failed))).await;
    assert_eq!(bed.read(&job).await.status.failures, 1, "without a rule nothing is counted");
}

pub async fn failures_of_one_turn_are_counted_one_after_the_other(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(3)).await;
    let mut leader = bed.leader().await;
    let mut finishes = Vec::new();
    for fire in 0..3 {
        finishes.push(end(&job, &leader.start(&job, fire).await, EndState::Failed));
    }
    let etags: Vec<_> = finishes.iter().flat_map(|finish| finish.failures).collect();

    // The claim of the same turn sees what the finishes before it did.
    let claims = vec![job.claim(3)];
    let reply = leader.turn(Turn { finishes, claims, free: 1, ..Turn::default() }).await;

    assert_eq!(reply.claims, [ClaimReply::Changed]);
    let status = bed.read(&job).await.status;
    assert_eq!(status.state, JobState::Paused { reason: reason::after_failures(2) });
    assert_eq!((status.failures, status.etag), (3, etags[1].etag), "paused once");
    let paused = kinds(&bed).await.into_iter().filter(|kind| *kind == EventKind::JobPaused);
    assert_eq!(paused.count(), 1);
}

pub async fn reaped_attempts_are_counted(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2)).await;
    let mut leader = bed.leader().await;
    let mut finishes = Vec::new();
    for fire in 0..LIMIT {
        finishes.push(end(&job, &leader.start(&job, fire).await, EndState::Lost));
    }
    let token = bed.store.acquire(PARTITION, leader.boot, LONG, bellwether_domain::Epoch(0)).await;
    let crate::Acquired::Leader(token) = token.expect("the store answers") else {
        panic!("it is its own");
    };

    bed.store.reap(token, None, &finishes).await.expect("the store answers");

    let status = bed.read(&job).await.status;
    assert_eq!(status.state, JobState::Paused { reason: reason::after_failures(2) });
    assert_eq!(bed.run_of(&job, 2).await.state, RunState::Ended(EndState::Skipped));
    assert_eq!(bed.due().await, [""; 0]);
}

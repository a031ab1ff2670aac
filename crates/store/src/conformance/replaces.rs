//! What a run at the limit does under REPLACE.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{EndState, NextStep, RunId, RunState};

use super::bed::{Bed, LONG, Node, PARTITION, eventually, ids};
use super::job::TestJob;
use crate::{
    Admitted, ClaimReply, EventKind, Finish, FinishReply, Leased, RecordReply, Store, reason,
};

/// How an attempt ends whose node drops it.
const CANCELLED: NextStep = NextStep::End(EndState::Cancelled);

fn done(record: RecordReply) -> ClaimReply {
    ClaimReply::Done(vec![record])
}

fn replaced(record: RecordReply) -> ClaimReply {
    ClaimReply::Replaced(vec![record])
}

async fn asked(bed: &Bed) -> Vec<RunId> {
    let asked = bed.store.cancels(&[PARTITION]).await.expect("the store answers");
    asked.into_iter().map(|asked| asked.run).collect()
}

/// Claims one fire, with slots to spare.
async fn claim(leader: &mut Node, job: &TestJob, fire: u32) -> ClaimReply {
    leader.claim(9, &[job.claim(fire)]).await.claims.remove(0)
}

async fn state(bed: &Bed, job: &TestJob, fire: u32) -> RunState {
    bed.run_of(job, fire).await.state
}

/// Ends attempts as the leader does when the grace has passed.
async fn see_to(bed: &Bed, leader: &Node, finishes: &[Finish]) -> Vec<FinishReply> {
    let runs = eventually("a grace that has passed", || async {
        let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
        (!peek.cancels.is_empty()).then_some(peek.cancels)
    })
    .await;
    let token = leader.lease.expect("it leads");
    let replies = bed.store.end_cancelled(token, finishes, &runs).await;
    replies.expect("the store answers").expect("it leads")
}

/// A job whose fire 0 is executed, and whose fire 1 waits to replace it.
async fn a_successor(bed: &Bed, grace: Duration) -> (Node, TestJob, Leased) {
    let job = bed.given(bed.job("j").replacing(grace)).await;
    let mut leader = bed.leader().await;
    let running = leader.start(&job, 0).await;
    assert_eq!(claim(&mut leader, &job, 1).await, done(RecordReply::Waiting));
    (leader, job, running)
}

pub async fn the_oldest_attempt_is_cancelled_and_its_successor_waits(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (mut leader, job, running) = a_successor(&bed, LONG).await;

    assert_eq!(asked(&bed).await, [job.run_id(0)]);
    let asked = bed.store.cancels(&[PARTITION]).await.expect("the store answers");
    assert_eq!(asked[0].report.reason, reason::REPLACED);
    assert_eq!(state(&bed, &job, 0).await, RunState::RUNNING, "until its holder says so");
    let next = bed.run_of(&job, 1).await;
    assert_eq!((next.state, next.started, next.attempt), (RunState::PENDING, None, 0));
    assert_eq!(leader.take(&job.ready, 9).await, [], "it waits for the other to end");
    assert_eq!(bed.attempts().await.len(), 1);
    assert_eq!(leader.finish(job.success(&running)).await, FinishReply::Recorded, "just in time");
}

pub async fn a_successor_starts_when_the_cancelled_attempt_has_ended(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (mut leader, job, running) = a_successor(&bed, LONG).await;

    assert_eq!(leader.finish(job.finish(&running, CANCELLED)).await, FinishReply::Recorded);

    assert_eq!(state(&bed, &job, 0).await, RunState::Ended(EndState::Cancelled));
    let taken = leader.take(&job.ready, 9).await;
    assert_eq!(ids(&taken), [job.run_id(1)]);
    assert_eq!(leader.finish(job.success(&taken[0])).await, FinishReply::Recorded);
    let kinds: Vec<_> = bed.events().await.into_iter().map(|event| event.kind).collect();
    use EventKind::{JobCreated, RunCancelled, RunPending, RunStarted, RunSucceeded};
    let expected =
        [JobCreated, RunPending, RunStarted, RunPending, RunCancelled, RunStarted, RunSucceeded];
    assert_eq!(kinds, expected);
}

pub async fn a_successor_starts_when_the_grace_has_passed(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (mut leader, job, running) = a_successor(&bed, Duration::from_millis(20)).await;

    let replies = see_to(&bed, &leader, &[job.finish(&running, CANCELLED)]).await;

    assert_eq!(replies, [FinishReply::Recorded]);
    assert_eq!(state(&bed, &job, 0).await, RunState::Ended(EndState::Cancelled));
    assert_eq!(ids(&leader.take(&job.ready, 9).await), [job.run_id(1)]);
    assert_eq!(leader.finish(job.success(&running)).await, FinishReply::Superseded, "too late");
    assert_eq!(state(&bed, &job, 0).await, RunState::Ended(EndState::Cancelled));
}

pub async fn one_successor_waits_at_most(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (mut leader, job, running) = a_successor(&bed, LONG).await;

    for fire in 2..4 {
        assert_eq!(claim(&mut leader, &job, fire).await, replaced(RecordReply::Waiting));
        let dropped = bed.run_of(&job, fire - 1).await;
        assert_eq!(dropped.state, RunState::Ended(EndState::Skipped));
        assert_eq!((dropped.report.reason.as_str(), dropped.started), (reason::REPLACED, None));
        let unfinished = bed.runs(job.uid()).await;
        let unfinished = unfinished.iter().filter(|run| run.ended.is_none());
        assert_eq!(unfinished.count(), 2, "one that runs, one that waits");
    }

    assert_eq!(asked(&bed).await, [job.run_id(0)], "it was asked once");
    leader.finish(job.finish(&running, CANCELLED)).await;
    assert_eq!(ids(&leader.take(&job.ready, 9).await), [job.run_id(3)]);
    let status = bed.read(&job).await.status;
    assert_eq!((status.fires, status.last_fire), (4, Some(job.fire_time(3))));
    let skipped = bed.events().await.into_iter().filter(|e| e.kind == EventKind::RunSkipped);
    let skipped: Vec<_> = skipped.filter_map(|event| Some(event.run?.id)).collect();
    assert_eq!(skipped, [job.run_id(1), job.run_id(2)]);
}

pub async fn a_run_that_waits_is_replaced_at_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").replacing(LONG)).await;
    let mut leader = bed.leader().await;
    leader.claim_only(job.claim(0)).await;

    assert_eq!(leader.claim_only(job.claim(1)).await, done(RecordReply::Ready));

    let first = bed.run_of(&job, 0).await;
    assert_eq!(first.state, RunState::Ended(EndState::Cancelled), "nobody has to be asked");
    assert_eq!((first.report.reason.as_str(), first.attempt), (reason::REPLACED, 0));
    assert_eq!(asked(&bed).await, []);
    let taken = leader.take(&job.ready, 9).await;
    assert_eq!(ids(&taken), [job.run_id(1)]);
    // One that waits for its retry is as easily replaced.
    let later = NextStep::Again { after: LONG, lost: false };
    leader.finish(job.finish(&taken[0], later)).await;
    assert_eq!(claim(&mut leader, &job, 2).await, done(RecordReply::Leased));
    assert_eq!(state(&bed, &job, 1).await, RunState::Ended(EndState::Cancelled));
}

pub async fn the_oldest_of_several_is_replaced(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2).replacing(LONG)).await;
    let mut leader = bed.leader().await;
    let oldest = leader.start(&job, 0).await;
    leader.start(&job, 1).await;

    assert_eq!(claim(&mut leader, &job, 2).await, done(RecordReply::Waiting));

    assert_eq!(asked(&bed).await, [oldest.run.draft.id]);
    leader.finish(job.finish(&oldest, CANCELLED)).await;
    assert_eq!(ids(&leader.take(&job.ready, 9).await), [job.run_id(2)]);
    assert_eq!(claim(&mut leader, &job, 3).await, done(RecordReply::Waiting));
    assert!(asked(&bed).await.contains(&job.run_id(1)), "the oldest of those that are left");
}

pub async fn a_catch_up_is_not_replaced(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").replacing(LONG)).await;
    let mut leader = bed.leader().await;
    let mut running = leader.start(&job, 0).await;

    let reply = leader.claim(9, &[job.claim_all(1..4)]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Waiting; 3])]);
    assert_eq!(asked(&bed).await, [job.run_id(0)], "what ran before makes way");
    assert_eq!(claim(&mut leader, &job, 4).await, done(RecordReply::Waiting));
    assert_eq!(claim(&mut leader, &job, 5).await, replaced(RecordReply::Waiting));
    leader.finish(job.finish(&running, CANCELLED)).await;
    for fire in [1, 2, 3, 5] {
        running = leader.take(&job.ready, 9).await.remove(0);
        assert_eq!(running.run.draft.id, job.run_id(fire), "in order, none of them lost");
        leader.finish(job.success(&running)).await;
    }
    assert_eq!(state(&bed, &job, 4).await, RunState::Ended(EndState::Skipped));
}

pub async fn a_successor_behind_a_catch_up_cancels_nobody(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").replacing(LONG)).await;
    let mut leader = bed.leader().await;
    let first = leader.claim(9, &[job.claim_all(0..2)]).await.leased.remove(0);

    assert_eq!(claim(&mut leader, &job, 2).await, done(RecordReply::Waiting));

    assert_eq!(asked(&bed).await, [], "it would not start any sooner");
    leader.finish(job.success(&first)).await;
    let second = leader.take(&job.ready, 9).await.remove(0);
    assert_eq!(second.run.draft.id, job.run_id(1));
    assert_eq!(claim(&mut leader, &job, 3).await, replaced(RecordReply::Waiting));
    assert_eq!(asked(&bed).await, [job.run_id(1)], "now it would");
}

pub async fn a_requested_run_replaces_as_well(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (mut leader, job, running) = a_successor(&bed, LONG).await;

    let wanted = job.admit(None);
    let admitted = bed.store.admit_run(&wanted).await.expect("the store answers");

    let Admitted::Run(run) = admitted else { panic!("the job is as it was read") };
    assert_eq!((run.draft.id, run.state, run.started), (wanted.draft.id, RunState::PENDING, None));
    assert_eq!(bed.run(&job, run.draft.id).await, Some(*run), "as it is stored");
    assert_eq!(state(&bed, &job, 1).await, RunState::Ended(EndState::Skipped));
    assert_eq!(claim(&mut leader, &job, 2).await, replaced(RecordReply::Waiting));
    let requested = bed.run(&job, wanted.draft.id).await.expect("it is recorded");
    assert_eq!(requested.state, RunState::Ended(EndState::Skipped));
    leader.finish(job.finish(&running, CANCELLED)).await;
    assert_eq!(ids(&leader.take(&job.ready, 9).await), [job.run_id(2)]);
}

pub async fn a_replaced_run_is_not_tried_again(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let (mut leader, job, running) = a_successor(&bed, LONG).await;

    let again = NextStep::Again { after: Duration::ZERO, lost: false };
    assert_eq!(leader.finish(job.finish(&running, again)).await, FinishReply::Recorded);

    let run = bed.run_of(&job, 0).await;
    assert_eq!(run.state, RunState::Ended(EndState::Cancelled));
    assert_eq!(run.report.reason, reason::REPLACED);
    assert_eq!(ids(&leader.take(&job.ready, 9).await), [job.run_id(1)]);
}

//! How many runs of a job there are at once, and in which order they start.

use std::sync::Arc;

use bellwether_domain::plan::{Admission, CATCH_UP};
use bellwether_domain::{Covers, EndState, RunDraft, RunId, RunState};

use super::bed::{Bed, ids};
use super::job::TestJob;
use crate::{ClaimItem, ClaimReply, RecordReply, Store, reason};

/// The same claim as the next pass of a catch-up.
fn continuing(mut item: ClaimItem) -> ClaimItem {
    item.claim.admission.continues = true;
    item.claim.catching_up = true;
    item
}

async fn states(bed: &Bed, job: &TestJob) -> Vec<(RunId, RunState)> {
    bed.runs(job.uid()).await.into_iter().map(|run| (run.draft.id, run.state)).collect()
}

pub async fn a_fire_time_at_the_limit_is_recorded_as_skipped(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.start(&job, 0).await;
    let covers = Covers { first: job.fire_time(1), last: job.fire_time(4), others: 3 };
    let mut claim = continuing(job.claim(1));
    claim.claim.admission.continues = false;
    claim.claim.fires[0].draft = RunDraft { covers, ..job.draft(4) };
    claim.claim.last_fire = job.fire_time(4);
    claim.claim.next = Some(job.point(5));

    let reply = leader.claim(1, &[claim]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Skipped])]);
    assert_eq!(reply.leased, []);
    let run = bed.run_of(&job, 4).await;
    assert_eq!(run.state, RunState::Ended(EndState::Skipped));
    assert_eq!((run.draft.covers, run.attempt, run.started), (covers, 0, None));
    assert_eq!((run.ended, run.claimed), (Some(reply.now), reply.now));
    assert_eq!(run.report.reason, reason::NO_PLACE);
    assert_eq!(Some(run.epoch), leader.lease.map(|token| token.epoch));
    let status = bed.read(&job).await.status;
    assert_eq!((status.last_fire, status.fires), (Some(job.fire_time(4)), 1));
    assert!(!status.catching_up, "a catch-up that found no place is over");
}

pub async fn a_place_is_free_again_after_the_finish(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let full = leader.claim(1, &[job.claim(1)]).await;
    assert_eq!(full.claims, [ClaimReply::Done(vec![RecordReply::Skipped])]);

    leader.finish(job.success(&leased)).await;

    let reply = leader.claim(1, &[job.claim(2)]).await;
    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
}

pub async fn a_run_that_waits_for_a_retry_keeps_its_place(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let later = bellwether_domain::NextStep::Again { after: super::bed::LONG, lost: false };
    leader.finish(job.finish(&leased, later)).await;

    let reply = leader.claim(1, &[job.claim(1)]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Skipped])]);
}

pub async fn queued_runs_wait_and_start_in_order(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(2)).await;
    let mut leader = bed.leader().await;
    let mut running = leader.start(&job, 0).await;

    let mut records = Vec::new();
    for fire in 1..4 {
        records.extend(leader.claim(9, &[job.claim(fire)]).await.claims);
    }

    let done = |record| ClaimReply::Done(vec![record]);
    let waits = done(RecordReply::Waiting);
    assert_eq!(records, [waits.clone(), waits, done(RecordReply::Skipped)]);
    assert_eq!(leader.take(&job.ready, 9).await, [], "they wait for the first to end");
    for fire in 1..3 {
        leader.finish(job.success(&running)).await;
        let mut taken = leader.take(&job.ready, 9).await;
        assert_eq!(ids(&taken), [job.run_id(fire)], "one after the other");
        running = taken.remove(0);
    }
    leader.finish(job.success(&running)).await;
    assert_eq!(leader.take(&job.ready, 9).await, []);
    assert_eq!(bed.attempts().await, []);
}

pub async fn a_claim_is_judged_once_for_all_its_fires(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2)).await;
    let mut leader = bed.leader().await;

    let reply = leader.claim(9, &[job.claim_all(0..5)]).await;

    use RecordReply::{Leased, Waiting};
    let expected = vec![Leased, Leased, Waiting, Waiting, Waiting];
    assert_eq!(reply.claims, [ClaimReply::Done(expected)], "beyond places, all or none");
    assert_eq!(ids(&reply.leased), [job.run_id(0), job.run_id(1)]);
    assert_eq!(bed.read(&job).await.status.fires, 5);
}

pub async fn a_catch_up_runs_in_order_at_most_max_instances_at_once(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(2)).await;
    let mut leader = bed.leader().await;
    let mut running = leader.claim(9, &[job.claim_all(0..6)]).await.leased;
    let mut order = ids(&running);

    // The second ends before the first each time.
    while let Some(leased) = running.pop() {
        assert!(running.len() < 2, "two at once");
        leader.finish(job.success(&leased)).await;
        let taken = leader.take(&job.ready, 9).await;
        order.extend(ids(&taken));
        running.extend(taken);
    }

    let expected: Vec<_> = (0..6).map(|fire| job.run_id(fire)).collect();
    assert_eq!(order, expected);
    assert_eq!(states(&bed, &job).await.len(), 6);
}

pub async fn a_catch_up_goes_on_beyond_the_places(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.claim(1, &[job.claim_all(0..3)]).await;

    let reply = leader.claim(1, &[continuing(job.claim_all(3..5))]).await;

    let waits = vec![RecordReply::Waiting; 2];
    assert_eq!(reply.claims, [ClaimReply::Done(waits)]);
    assert!(bed.read(&job).await.status.catching_up);
    assert_eq!(states(&bed, &job).await.len(), 5);
}

pub async fn a_catch_up_with_too_many_waiting_is_put_off(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let most = u32::try_from(CATCH_UP).expect("a small number");
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let first = leader.claim(1, &[job.claim_all(0..most)]).await.leased.remove(0);
    let before = bed.read(&job).await;

    let next = continuing(job.claim(most));
    let reply = leader.claim(1, std::slice::from_ref(&next)).await;

    assert_eq!(reply.claims, [ClaimReply::Deferred]);
    assert_eq!(bed.read(&job).await, before, "nothing is written");
    leader.finish(job.success(&first)).await;
    let reply = leader.claim(0, &[next]).await;
    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Waiting])]);
}

pub async fn the_limit_is_the_one_that_the_claim_names(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(3)).await;
    let mut leader = bed.leader().await;
    let first = leader.start(&job, 0).await;
    leader.claim(9, &[job.claim(1)]).await;
    leader.claim(9, &[job.claim(2)]).await;

    // A finish that was decided under a raised limit readies all that may start by then.
    let mut finish = job.success(&first);
    finish.max_instances = 2;
    leader.finish(finish).await;

    assert_eq!(ids(&leader.take(&job.ready, 9).await), [job.run_id(1), job.run_id(2)]);
    let mut raised = job.claim(3);
    raised.claim.admission = Admission { max_instances: 3, places: 3, ..job.admission() };
    let reply = leader.claim(9, &[raised]).await;
    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
}

pub async fn who_waited_is_readied_before_who_comes(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(2)).await;
    let mut leader = bed.leader().await;
    leader.claim(1, &[job.claim_all(0..2)]).await;

    // The limit was raised: both the one that waits and the new one may start.
    let mut raised = job.claim(2);
    raised.claim.admission.max_instances = 3;
    let reply = leader.claim(9, &[raised]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Ready])]);
    assert_eq!(reply.leased, [], "neither passes the other by");
    assert_eq!(ids(&leader.take(&job.ready, 9).await), [job.run_id(1), job.run_id(2)]);
}

pub async fn a_claim_that_admits_nothing_readies_nothing(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.claim(1, &[job.claim_all(0..2)]).await;

    let mut raised = job.claim(2);
    raised.claim.admission =
        Admission { max_instances: 2, places: 2, continues: false, replaces: None };
    let reply = leader.claim(9, &[raised]).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Skipped])]);
    assert_eq!(reply.leased, [], "what it leases is its own");
    assert_eq!(leader.take(&job.ready, 9).await, []);
}

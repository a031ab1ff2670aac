//! Takes from the ready lists, and claims that pass them by.

use std::sync::Arc;

use bellwether_domain::{Owner, Priority, RunState};
use uuid::Uuid;

use super::bed::{Bed, ids};
use crate::{ClaimReply, Lane, ReadyKey, RecordReply, Store, Take, Turn};

fn done(record: RecordReply) -> ClaimReply {
    ClaimReply::Done(vec![record])
}

pub async fn a_claim_passes_by_the_ready_lists_only_while_they_are_empty(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let waiting = bed.given(bed.job("waiting").with_priority(Priority::Low)).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    assert_eq!(leader.claim_only(waiting.claim(0)).await, done(RecordReply::Ready));

    let reply = leader.claim(9, &[job.claim(0)]).await;

    assert_eq!(reply.claims, [done(RecordReply::Ready)], "it waits behind who came first");
    assert_eq!(reply.leased, []);
    assert_eq!(ids(&leader.take(&waiting.ready, 9).await), [waiting.run_id(0)]);
    assert_eq!(ids(&leader.take(&job.ready, 9).await), [job.run_id(0)]);
    let third = bed.given(bed.job("third")).await;
    assert_eq!(leader.claim(9, &[third.claim(0)]).await.claims, [done(RecordReply::Leased)]);
}

pub async fn a_claim_leases_no_more_than_there_are_free_slots(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;

    let reply = leader.claim(2, &[job.claim_all(0..4)]).await;

    use RecordReply::{Leased, Ready};
    assert_eq!(reply.claims, [ClaimReply::Done(vec![Leased, Leased, Ready, Ready])]);
    assert_eq!(reply.leased.len(), 2);
}

pub async fn what_claims_leave_free_serves_the_takes(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let ready = bed.given(bed.job("ready").max_instances(9)).await;
    let mut leader = bed.leader().await;
    leader.claim_only(ready.claim_all(0..4)).await;
    let job = bed.given(bed.job("j")).await;
    let take = ready.take(9, &leader);

    let turn = Turn { claims: vec![job.claim(0)], free: 3, takes: vec![take], ..Turn::default() };
    let reply = leader.turn(turn).await;

    let expected = [0, 1, 2].map(|fire| ready.run_id(fire));
    assert_eq!(ids(&reply.leased), expected, "three slots, in the order of the list");
    let head = bed.store.heads(&[super::bed::PARTITION]).await.expect("the store answers")[0];
    assert_eq!(head.ready, 2);
}

pub async fn lists_are_taken_from_in_the_order_of_the_takes(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mut leader = bed.leader().await;
    let mut runs = Vec::new();
    for (id, priority) in
        [("low", Priority::Low), ("normal", Priority::Normal), ("high", Priority::High)]
    {
        let job = bed.given(bed.job(id).with_priority(priority)).await;
        leader.claim_only(job.claim(0)).await;
        runs.push(job.run_id(0));
    }
    let take = |priority| Take {
        ready: ReadyKey { lane: Lane::Node, priority },
        most: 9,
        owner: leader.boot.into(),
    };
    let takes: Vec<_> = Priority::ALL.into_iter().map(take).collect();

    let first = leader.turn(Turn { takes: takes.clone(), free: 2, ..Turn::default() }).await;
    let second = leader.turn(Turn { takes, free: 2, ..Turn::default() }).await;

    assert_eq!(ids(&first.leased), [runs[2], runs[1]]);
    assert_eq!(ids(&second.leased), [runs[0]]);
}

pub async fn a_take_gets_at_most_what_it_asks_for(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;
    leader.claim_only(job.claim_all(0..3)).await;
    let take = job.take(2, &leader);

    let reply = leader.turn(Turn { takes: vec![take], free: 9, ..Turn::default() }).await;

    assert_eq!(ids(&reply.leased), [job.run_id(0), job.run_id(1)]);
    assert_eq!(leader.take(&job.ready, 0).await, []);
}

pub async fn takes_skip_runs_that_are_not_pending(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mut leader = bed.leader().await;
    let gone = bed.given(bed.job("gone")).await;
    let job = bed.given(bed.job("j")).await;
    leader.claim_only(gone.claim(0)).await;
    leader.claim_only(job.claim(0)).await;
    bed.store.delete_job(&gone.delete()).await.expect("the store answers");

    let taken = leader.take(&job.ready, 9).await;

    assert_eq!(ids(&taken), [job.run_id(0)]);
    assert_eq!(bed.attempts().await.len(), 1);
}

pub async fn any_registered_node_may_take(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.claim_only(job.claim(0)).await;
    let mut other = bed.node().await;

    let taken = other.take(&job.ready, 1).await;

    assert_eq!(ids(&taken), [job.run_id(0)]);
    assert_eq!(taken[0].owner, Owner::from(other.boot));
    assert_eq!(taken[0].run.state, RunState::RUNNING);
    assert_eq!(leader.take(&job.ready, 1).await, [], "a run is taken once");
}

pub async fn runs_for_workers_wait_in_their_queue(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9).for_workers("mail")).await;
    let other = bed.given(bed.job("other").for_workers("print")).await;
    let mut leader = bed.leader().await;

    let reply = leader.claim(9, &[job.claim_all(0..2), other.claim(0)]).await;

    assert_eq!(reply.leased, [], "a node does not execute what is for workers");
    let head = bed.store.heads(&[super::bed::PARTITION]).await.expect("the store answers")[0];
    assert_eq!(head.ready, 0, "no node can take them");
    let session = Owner(Uuid::now_v7());
    let take = Take { ready: job.ready.clone(), most: 9, owner: session };
    let taken = leader.turn(Turn { takes: vec![take], ..Turn::default() }).await.leased;
    assert_eq!(ids(&taken), [job.run_id(0), job.run_id(1)], "whatever slots the node has");
    assert!(taken.iter().all(|leased| leased.owner == session));
    let done = leader.finish(job.success(&taken[0])).await;
    assert_eq!(done, crate::FinishReply::Recorded, "judged by the session, not by the node");
}

pub async fn a_taken_run_tells_whether_its_job_is_still_the_same(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.claim_only(job.claim(0)).await;
    let mut change = job.change(crate::Change::Define(Box::new(job.definition.clone())));
    change.expected_last = Some(job.fire_time(0));
    change.expected_next = Some(job.fire_time(1));
    let write = bed.store.change_job(&change).await.expect("the store answers");
    assert_eq!(write, crate::Write::Done);

    let taken = leader.take(&job.ready, 1).await;

    assert_eq!(taken[0].etag, Some(change.etag), "the version that counts now");
}

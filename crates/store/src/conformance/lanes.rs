//! The lane of a node: each of its turns is answered exactly once.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{NextStep, Priority};

use super::bed::{Bed, PARTITION, eventually, ids};
use crate::{ClaimReply, RecordReply, Seq, Store, Turn, TurnError};

pub async fn a_turn_sent_again_gets_its_answer_again(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").max_instances(9)).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&job, 0).await;
    let turn = Turn {
        finishes: vec![job.success(&leased)],
        claims: vec![job.claim(1)],
        free: 1,
        ..Turn::default()
    };
    let first = leader.turn(turn.clone()).await;
    let (events, runs) = (bed.events().await, bed.runs(job.uid()).await);

    for _ in 0..2 {
        let again = leader.same_turn(turn.clone()).await.expect("the number was answered");
        assert_eq!(again, first);
    }

    assert_eq!(bed.events().await, events, "nothing happened again");
    assert_eq!(bed.runs(job.uid()).await, runs);
}

pub async fn an_older_turn_is_stale(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.turn(Turn::default()).await;
    leader.turn(Turn::default()).await;

    leader.seq = Seq(1);
    let late = leader.same_turn(Turn { claims: vec![job.claim(0)], ..Turn::default() }).await;

    assert!(matches!(late, Err(TurnError::Stale)), "{late:?}");
    assert_eq!(bed.runs(job.uid()).await, [], "nothing is written");
    leader.seq = Seq(2);
    assert_eq!(leader.claim_only(job.claim(0)).await, ClaimReply::Done(vec![RecordReply::Ready]));
}

pub async fn numbers_may_be_left_out(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mut node = bed.node().await;
    node.seq = Seq(41);
    node.turn(Turn::default()).await;

    node.seq = Seq(20);
    let late = node.same_turn(Turn::default()).await;

    assert!(matches!(late, Err(TurnError::Stale)), "{late:?}");
}

pub async fn an_unregistered_node_has_no_turns(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let leader = bed.leader().await;
    let mut stranger = bed.node().await;
    stranger.boot = bellwether_domain::BootId(uuid::Uuid::now_v7());
    stranger.lease = leader.lease;

    let refused = stranger.try_turn(Turn { claims: vec![job.claim(0)], ..Turn::default() }).await;

    assert!(matches!(refused, Err(TurnError::Unregistered)), "{refused:?}");
    assert_eq!(bed.runs(job.uid()).await, []);
    let mut registered = bed.store.registered(PARTITION).await.expect("the store answers");
    registered.sort();
    assert_eq!(registered.len(), 2);
    assert!(registered.contains(&leader.boot));
}

pub async fn lanes_do_not_touch_each_other(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let [mut a, mut b] = [bed.node().await, bed.node().await];
    a.seq = Seq(99);
    a.turn(Turn::default()).await;

    assert!(b.try_turn(Turn::default()).await.is_ok());
}

pub async fn registering_again_raises_the_floor(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let mut node = bed.node().await;
    for _ in 0..3 {
        node.turn(Turn::default()).await;
    }

    // It gives up on turn 3, whose answer it did not see, and later on turn 4, which may arrive
    // yet: neither counts from then on.
    bed.store.register(PARTITION, node.boot, Seq(3)).await.expect("the store answers");
    let late = node.same_turn(Turn::default()).await;
    assert!(matches!(late, Err(TurnError::Stale)), "{late:?}");
    bed.store.register(PARTITION, node.boot, Seq(4)).await.expect("the store answers");

    for seq in [3, 4] {
        node.seq = Seq(seq);
        let late = node.same_turn(Turn::default()).await;
        assert!(matches!(late, Err(TurnError::Stale)), "{seq}: {late:?}");
    }
    node.seq = Seq(4);
    node.turn(Turn::default()).await;
    let registered = bed.store.registered(PARTITION).await.expect("the store answers");
    assert_eq!(registered, [node.boot]);
}

pub async fn a_late_registration_does_not_lower_the_floor(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.turn(Turn::default()).await;
    let turn = Turn { claims: vec![job.claim(0)], free: 1, ..Turn::default() };
    let second = leader.turn(turn.clone()).await;

    bed.store.register(PARTITION, leader.boot, Seq(0)).await.expect("the store answers");

    leader.seq = Seq(1);
    let late = leader.same_turn(turn.clone()).await;
    assert!(matches!(late, Err(TurnError::Stale)), "{late:?}");
    leader.seq = Seq(2);
    let again = leader.same_turn(turn).await.expect("turn 2 was answered");
    assert_eq!(again, second);
}

pub async fn the_lane_comes_before_the_epoch(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j")).await;
    let mut old = bed.leader().await;
    let turn = Turn { claims: vec![job.claim(0)], free: 1, ..Turn::default() };
    let first = old.turn(turn.clone()).await;
    old.be_deposed().await;
    bed.leader().await;

    let again = old.same_turn(turn).await.expect("the number was answered");

    assert_eq!(again, first, "it learns what it did, though another leads by now");
    old.seq = Seq(0);
    let late = old.same_turn(Turn::default()).await;
    assert!(matches!(late, Err(TurnError::Stale)), "{late:?}");
}

pub async fn a_turn_finishes_before_it_claims(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let job = bed.given(bed.job("j").queueing(1)).await;
    let mut leader = bed.leader().await;
    let first = leader.start(&job, 0).await;
    leader.claim(1, &[job.claim(1)]).await;

    let turn = Turn {
        finishes: vec![job.success(&first)],
        claims: vec![job.claim(2)],
        free: 9,
        takes: vec![job.take(9, &leader)],
        ..Turn::default()
    };
    let reply = leader.turn(turn).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Waiting])], "not skipped");
    assert_eq!(ids(&reply.leased), [job.run_id(1)], "the one that the finish readied");
}

pub async fn a_turn_promotes_before_it_claims(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let late = bed.given(bed.job("late")).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    let leased = leader.start(&late, 0).await;
    let soon = NextStep::Again { after: Duration::from_millis(1), lost: false };
    leader.finish(late.finish(&leased, soon)).await;
    eventually("the delay is over", || async {
        let peek = bed.store.peek(PARTITION, None, 9).await.expect("the store answers");
        (!peek.delayed.is_empty()).then_some(())
    })
    .await;

    let turn = Turn {
        promotes: vec![late.promote(0)],
        claims: vec![job.claim(0)],
        free: 9,
        ..Turn::default()
    };
    let reply = leader.turn(turn).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Ready])], "the list is in use");
}

pub async fn a_turn_claims_before_it_takes(store: Arc<dyn Store>) {
    let bed = Bed::new(store).await;
    let low = bed.given(bed.job("low").with_priority(Priority::Low)).await;
    let job = bed.given(bed.job("j")).await;
    let mut leader = bed.leader().await;
    leader.claim_only(low.claim(0)).await;

    let turn = Turn {
        claims: vec![job.claim(0)],
        free: 1,
        takes: vec![job.take(9, &leader), low.take(9, &leader)],
        ..Turn::default()
    };
    let reply = leader.turn(turn).await;

    assert_eq!(ids(&reply.leased), [job.run_id(0)], "what is claimed may be taken at once");
}

//! The lane of a node: each of its turns is answered exactly once.

use std::sync::Arc;

use super::bed::{Bed, PARTITION};
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

    // Turn 4 was sent, its outcome is unknown, and the node registers above it.
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
    let mut node = bed.node().await;
    let first = node.turn(Turn::default()).await;
    let second = node.turn(Turn::default()).await;
    assert!(first.now <= second.now);

    bed.store.register(PARTITION, node.boot, Seq(0)).await.expect("the store answers");

    let again = node.same_turn(Turn::default()).await.expect("turn 2 was answered");
    assert_eq!(again, second);
    node.seq = Seq(1);
    let late = node.same_turn(Turn::default()).await;
    assert!(matches!(late, Err(TurnError::Stale)), "{late:?}");
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

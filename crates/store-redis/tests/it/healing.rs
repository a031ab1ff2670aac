//! State that should not be, and what becomes of it: nobody is needed to put it right (I9).

use std::time::Duration;

use bellwether_domain::NextStep;
use bellwether_store::{
    ClaimReply, ClusterStore as _, JobStore as _, RecordReply, Seq, StoreError, Take, Turn,
    TurnError, TurnStore as _, Write,
};
use redis::AsyncCommands as _;

use crate::fixture::{Leader, NODE, P0, claim, finish, job, succeeded};
use crate::server::Server;

const DUE: &str = "{bw:test:0}:due";

#[tokio::test]
async fn a_due_entry_without_a_job_is_removed() {
    let server = Server::start();
    let leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    let mut connection = server.connection().await;
    let () = connection.zadd(DUE, "default/ghost", 1).await.expect("it answers");

    let peek = leader.peek().await;

    assert_eq!(peek.due.len(), 1);
    assert_eq!(peek.due[0].key, insert.definition.key);
    let left: Vec<String> = connection.zrange(DUE, 0, -1).await.expect("it answers");
    assert_eq!(left, ["default/a"]);
}

#[tokio::test]
async fn a_due_entry_ahead_of_its_job_is_put_right() {
    let server = Server::start();
    let leader = Leader::of(server.store().await).await;
    let later = leader.store.now().await.expect("it answers");
    let later = later.saturating_add(Duration::from_secs(3600));
    let write = leader.store.insert_job(&job("a", later)).await.expect("it answers");
    assert_eq!(write, Write::Done);
    let mut connection = server.connection().await;
    let () = connection.zadd(DUE, "default/a", 1).await.expect("it answers");

    assert_eq!(leader.peek().await.due, [], "the job says that it is not due");

    assert_eq!(leader.peek().await.head.due, Some(later));
}

#[tokio::test]
async fn a_place_that_no_run_holds_is_given_away() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    let mut connection = server.connection().await;
    let uid = insert.definition.uid.0.as_bytes();
    let active = "{bw:test:0}:active";
    let ghost: Vec<u8> = [&[0, 1][..], &[7; 16]].concat();
    let () = connection.hset(active, uid, ghost).await.expect("it answers");

    let turn = Turn { claims: vec![claim(&insert)], free: 1, ..Turn::default() };
    let reply = leader.turn(turn).await;

    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
    let places: Vec<u8> = connection.hget(active, uid).await.expect("it answers");
    assert_eq!(places.len(), 2 + 16, "the ghost is gone");
}

#[tokio::test]
async fn a_hint_to_no_run_is_passed_by() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    let mut connection = server.connection().await;
    let ready = "{bw:test:0}:ready:node:normal";
    let length: u64 = connection.rpush(ready, &[7_u8; 16][..]).await.expect("it answers");
    assert_eq!(length, 1);
    let turn = Turn { claims: vec![claim(&insert)], free: 1, ..Turn::default() };
    let reply = leader.turn(turn).await;
    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Ready])], "somebody is before it");

    let take =
        bellwether_store::Take { ready: crate::fixture::NODE, most: 2, owner: leader.boot.into() };
    let reply = leader.turn(Turn { takes: vec![take], free: 2, ..Turn::default() }).await;

    assert_eq!(reply.leased.len(), 1);
}

#[tokio::test]
async fn two_hints_to_one_run_lease_it_once() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    let item = claim(&insert);
    let run = item.claim.fires[0].draft.id.uuid;
    leader.turn(Turn { claims: vec![item], ..Turn::default() }).await;
    let mut connection = server.connection().await;
    let ready = "{bw:test:0}:ready:node:normal";
    let length: u64 = connection.rpush(ready, &run.as_bytes()[..]).await.expect("it answers");
    assert_eq!(length, 2);

    let take = Take { ready: NODE, most: 2, owner: leader.boot.into() };
    let reply = leader.turn(Turn { takes: vec![take], free: 2, ..Turn::default() }).await;

    assert_eq!(reply.leased.len(), 1);
}

#[tokio::test]
async fn a_run_that_cannot_be_read_holds_up_no_other() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let inserts = [leader.insert_due("a").await, leader.insert_due("b").await];
    let claims: Vec<_> = inserts.iter().map(claim).collect();
    let cut = claims[0].claim.fires[0].draft.id.uuid;
    leader.turn(Turn { claims, ..Turn::default() }).await;
    let mut connection = server.connection().await;
    let waiting = "{bw:test:0}:waiting";
    let () = connection.hset(waiting, cut.as_bytes(), "cut").await.expect("it answers");

    let take = Take { ready: NODE, most: 2, owner: leader.boot.into() };
    let reply = leader.turn(Turn { takes: vec![take], free: 2, ..Turn::default() }).await;

    assert_eq!(reply.leased.len(), 1);
    assert_eq!(reply.leased[0].run.draft.job, inserts[1].definition.key);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_does_not_tear_a_turn_in_two() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let inserts = [leader.insert_due("a").await, leader.insert_due("b").await];
    let claims = inserts.iter().map(claim).collect();
    let leased = leader.turn(Turn { claims, free: 2, ..Turn::default() }).await.leased;
    let mut connection = server.connection().await;
    let (attempts, cut) = ("{bw:test:0}:attempts", leased[1].run.draft.id.uuid);
    let whole: Vec<u8> = connection.hget(attempts, cut.as_bytes()).await.expect("it answers");
    let () = connection.hset(attempts, cut.as_bytes(), &whole[..20]).await.expect("it answers");

    let lost = NextStep::Again { after: Duration::ZERO, lost: true };
    let finishes = vec![succeeded(&leased[0]), finish(&leased[1], lost)];
    let turn = Turn { lease: Some(leader.token), finishes, ..Turn::default() };
    let failed = leader.store.turn(P0, leader.boot, Seq(leader.seq + 1), &turn).await;

    assert!(matches!(failed, Err(TurnError::Store(StoreError::Corrupt { .. }))), "{failed:?}");
    let () = connection.hset(attempts, cut.as_bytes(), whole).await.expect("it answers");
    let held = leader.store.attempts(P0).await.expect("it answers");
    assert_eq!(held.len(), 2, "neither was ended");
}

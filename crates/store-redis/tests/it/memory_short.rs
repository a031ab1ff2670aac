//! A server whose memory is used up: what frees goes through, what takes more is refused whole.

use std::time::Duration;

use bellwether_domain::{Epoch, NextStep};
use bellwether_store::{
    ClaimReply, FinishReply, JobStore as _, LeaseStore as _, MemberStore as _, NodeRecord, Seq,
    StoreError, Turn, TurnError, TurnStore as _, Write,
};

use crate::fixture::{Leader, P0, claim, delete, finish, job, key, succeeded};
use crate::server::Server;

/// From now on every write that takes memory is refused.
async fn use_up_memory(server: &Server) {
    let mut config = redis::cmd("CONFIG");
    config.arg("SET").arg("maxmemory").arg("1mb");
    let () = config.query_async(&mut server.connection().await).await.expect("it may be set");
}

#[tokio::test]
async fn a_job_is_refused_and_one_is_deleted() {
    let server = Server::start();
    let leader = Leader::of(server.store().await).await;
    let old = leader.insert_due("old").await;
    use_up_memory(&server).await;

    let now = old.next.fire_time;
    let refused = leader.store.insert_job(&job("new", now)).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    let view = leader.store.read_job(&key("new"), None).await.expect("reading needs no memory");
    assert!(view.job.is_none());

    let deleted = leader.store.delete_job(&delete(&old)).await.expect("deleting frees memory");
    assert_eq!(deleted, Write::Done);
    let view = leader.store.read_job(&key("old"), None).await.expect("reading needs no memory");
    assert!(view.job.is_none());
}

#[tokio::test]
async fn a_claim_is_refused_whole_and_its_number_may_be_used_again() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let first = leader.insert_due("first").await;
    let second = leader.insert_due("second").await;
    let turn = Turn { claims: vec![claim(&first)], free: 1, ..Turn::default() };
    let leased = leader.turn(turn).await.leased;
    use_up_memory(&server).await;

    let turn = Turn {
        lease: Some(leader.token),
        finishes: vec![succeeded(&leased[0])],
        claims: vec![claim(&second)],
        free: 1,
        ..Turn::default()
    };
    let refused = leader.store.turn(P0, leader.boot, Seq(2), &turn).await;
    assert!(matches!(refused, Err(TurnError::Store(StoreError::Refused(_)))), "{refused:?}");
    assert_eq!(leader.peek().await.due.len(), 2, "the second is still due, the first is again");
    assert_eq!(leader.store.attempts(P0).await.expect("it answers").len(), 1);

    let turn = Turn { claims: Vec::new(), ..turn };
    let reply = leader.store.turn(P0, leader.boot, Seq(2), &turn).await.expect("it frees memory");
    assert_eq!(reply.finishes, [FinishReply::Recorded]);
    assert_eq!(leader.store.attempts(P0).await.expect("it answers"), []);
}

#[tokio::test]
async fn what_recovers_and_what_keeps_a_node_alive_passes() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    let turn = Turn { claims: vec![claim(&insert)], free: 1, ..Turn::default() };
    let reply = leader.turn(turn).await;
    assert!(matches!(reply.claims[0], ClaimReply::Done(_)));
    use_up_memory(&server).await;

    let Leader { store, token, boot, .. } = leader;
    assert!(store.renew(token, Duration::from_secs(60)).await.expect("it passes"));
    store.beat(&node(boot)).await.expect("it passes");
    store.register(P0, boot, Seq(9)).await.expect("it passes");
    let again = NextStep::Again { after: Duration::from_secs(1), lost: true };
    let finishes = [finish(&reply.leased[0], again)];
    let reaped = store.reap(token, Some(boot), &finishes).await.expect("it passes");
    assert_eq!(reaped, Some(vec![FinishReply::Recorded]));
    assert!(store.release(token).await.expect("it passes"));
    store.acquire(P0, boot, Duration::from_secs(60), Epoch(0)).await.expect("it passes");
}

fn node(boot: bellwether_domain::BootId) -> NodeRecord {
    NodeRecord {
        boot,
        name: "n1".to_owned(),
        beat: 1,
        grpc_address: "127.0.0.1:1".to_owned(),
        http_address: "127.0.0.1:2".to_owned(),
        version: "0".to_owned(),
        capacity: 1,
        inflight: 0,
        draining: false,
        seen: None,
    }
}

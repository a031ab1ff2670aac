//! The keys of a partition lie in one slot of a Redis Cluster, and scripts declare those they touch.

use std::time::Duration;

use bellwether_domain::Policy;
use bellwether_domain::plan::Admission;
use bellwether_domain::{EndState, NextStep};
use bellwether_store::{
    AdmitRun, Admitted, JobStore as _, Keep, LeaseStore as _, RunStore as _, Turn, TurnStore as _,
    Write,
};

use crate::fixture::{Leader, NODE, P0, claim, delete, finish, succeeded};
use crate::server::Server;

/// A server that is a whole cluster by itself: it refuses a call whose keys lie apart.
async fn cluster() -> Server {
    let server = Server::start_with(&["--cluster-enabled", "yes"]);
    let mut connection = server.connection().await;
    let mut slots = redis::cmd("CLUSTER");
    slots.arg("ADDSLOTSRANGE").arg(0).arg(16383);
    let () = slots.query_async(&mut connection).await.expect("it is all ours");
    loop {
        let mut info = redis::cmd("CLUSTER");
        info.arg("INFO");
        let info: String = info.query_async(&mut connection).await.expect("it answers");
        if info.contains("cluster_state:ok") {
            return server;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn every_call_keeps_to_one_slot() {
    let server = cluster().await;
    let mut leader = Leader::of(server.store().await).await;
    let first = leader.insert_due("first").await;
    let second = leader.insert_due("second").await;
    let claims = vec![claim(&first), claim(&second)];
    let leased = leader.turn(Turn { claims, free: 2, ..Turn::default() }).await.leased;
    let again = NextStep::Again { after: Duration::from_millis(1), lost: false };
    let finishes = vec![succeeded(&leased[0]), finish(&leased[1], again)];
    leader.turn(Turn { finishes, ..Turn::default() }).await;
    let promotes = loop {
        let delayed = leader.peek().await.delayed;
        if !delayed.is_empty() {
            break delayed;
        }
    };
    leader.turn(Turn { promotes, ..Turn::default() }).await;

    let mut draft = leased[0].run.draft.clone();
    draft.id.uuid = uuid::Uuid::now_v7();
    let admit = AdmitRun {
        draft,
        expected: first.etag,
        admission: Admission::new(&Policy::default(), false),
        ready: NODE,
        keep: Keep::of(&Policy::default()),
        request: None,
    };
    let admitted = leader.store.admit_run(&admit).await.expect("it answers");
    assert!(matches!(admitted, Admitted::Run(_)));
    let take = bellwether_store::Take { ready: NODE, most: 9, owner: leader.boot.into() };
    let leased = leader.turn(Turn { takes: vec![take], free: 9, ..Turn::default() }).await.leased;
    assert_eq!(leased.len(), 2);
    let ended = NextStep::End(EndState::Lost);
    let finishes = [finish(&leased[0], ended), finish(&leased[1], ended)];
    let reaped = leader.store.reap(leader.token, Some(leader.boot), &finishes).await;
    assert_eq!(reaped.expect("it answers").map(|replies| replies.len()), Some(2));
    assert_eq!(leader.store.registered(P0).await.expect("it answers"), []);

    let uid = first.definition.uid;
    assert_eq!(leader.store.list_runs(P0, uid).await.expect("it answers").len(), 2);
    assert_eq!(leader.store.delete_job(&delete(&first)).await.expect("it answers"), Write::Done);
    assert!(leader.store.release(leader.token).await.expect("it answers"));
}

#[tokio::test]
async fn every_key_carries_the_tag_of_its_partition_or_of_its_cluster() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    let turn = Turn { claims: vec![claim(&insert)], free: 1, ..Turn::default() };
    let leased = leader.turn(turn).await.leased;
    leader.turn(Turn { finishes: vec![succeeded(&leased[0])], ..Turn::default() }).await;
    let mut all = redis::cmd("KEYS");
    all.arg("*");
    let keys: Vec<String> =
        all.query_async(&mut server.connection().await).await.expect("it answers");
    assert!(keys.len() >= 8, "{keys:?}");
    for key in keys {
        let tagged = key.starts_with("{bw:test:0}:") || key.starts_with("{bw:test}:");
        assert!(tagged, "{key}");
    }
}

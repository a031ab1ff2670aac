//! What grows, and where it ends.

use std::time::Duration;

use bellwether_domain::plan::{Admission, PlannedFire};
use bellwether_domain::{BootId, Policy, RunId};
use bellwether_store::{
    ClaimItem, ClaimReply, EventCursor, EventStore as _, FinishReply, InsertJob, Log, LogPage,
    RecordReply, Seq, StoreError, Take, Turn, TurnError, TurnStore as _,
};
use bellwether_store_redis::LARGEST_TURN;
use redis::AsyncCommands as _;
use uuid::Uuid;

use crate::fixture::{Leader, NODE, P0, claim, claim_at, succeeded};
use crate::server::Server;

const LOG: Log = Log::Partition(P0);

#[tokio::test]
async fn the_largest_turn_is_carried_out_and_a_larger_one_refused() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let mut claims = Vec::new();
    for number in 0..LARGEST_TURN / 100 {
        claims.push(catch_up(&leader.insert_due(&number.to_string()).await));
    }
    let reply = leader.turn(Turn { claims, ..Turn::default() }).await;
    let ready = ClaimReply::Done(vec![RecordReply::Ready; 100]);
    assert!(reply.claims.iter().all(|claim| *claim == ready));

    let most = u32::try_from(LARGEST_TURN).expect("it is small");
    let take = Take { ready: NODE, most, owner: leader.boot.into() };
    let turn = Turn { takes: vec![take.clone()], free: most, ..Turn::default() };
    let leased = leader.turn(turn).await.leased;
    assert_eq!(leased.len(), LARGEST_TURN);

    let finishes: Vec<_> = leased.iter().map(succeeded).collect();
    let reply = leader.turn(Turn { finishes: finishes.clone(), ..Turn::default() }).await;
    assert_eq!(reply.finishes, [FinishReply::Recorded; LARGEST_TURN]);

    let turn = Turn { finishes, takes: vec![Take { most: 1, ..take }], ..Turn::default() };
    let refused = leader.store.turn(P0, leader.boot, Seq(leader.seq + 1), &turn).await;
    assert!(matches!(refused, Err(TurnError::Store(StoreError::Refused(_)))), "{refused:?}");
}

/// A claim of a hundred fire times that may all run at once.
fn catch_up(insert: &InsertJob) -> ClaimItem {
    let mut item = claim(insert);
    let first = item.claim.fires[0].clone();
    let fire = |number| {
        let mut draft = first.draft.clone();
        draft.fire_time = insert.next.fire_time.saturating_add(Duration::from_millis(number));
        draft.id = RunId::scheduled(P0, draft.uid, draft.fire_time);
        PlannedFire { draft, verdict: first.verdict }
    };
    item.claim.fires = (0..100).map(fire).collect();
    item.claim.last_fire = item.claim.fires[99].draft.fire_time;
    let policy = Policy { max_instances: 100, ..Policy::default() };
    item.claim.admission = Admission::new(&policy, false);
    item
}

#[tokio::test]
async fn a_history_is_trimmed_now_and_then() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    let keep = u64::from(Policy::default().history_limit);
    let mut longest = 0;
    for number in 0..keep * 2 {
        let at = |number| insert.next.fire_time.saturating_add(Duration::from_millis(number));
        let claims = vec![claim_at(&insert, at(number), at(number + 1))];
        let leased = leader.turn(Turn { claims, free: 1, ..Turn::default() }).await.leased;
        let finishes = leased.iter().map(succeeded).collect();
        leader.turn(Turn { finishes, ..Turn::default() }).await;
        let key = format!("{{bw:test:0}}:history:{}:ok", insert.definition.uid.0.simple());
        let length: u64 = server.connection().await.llen(key).await.expect("it answers");
        longest = longest.max(length);
    }
    assert_eq!(longest, keep + 10);
}

#[tokio::test]
async fn the_log_of_events_keeps_within_its_memory() {
    const BOUND: usize = 8 << 20;
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due(&"x".repeat(256)).await;
    let turn = Turn { claims: vec![claim(&insert)], free: 1, ..Turn::default() };
    let before = &leader.store.ends(&[LOG]).await.expect("it answers")[0];
    let leased = leader.turn(turn).await.leased;
    let behind = &leader.store.ends(&[LOG]).await.expect("it answers")[0];
    let mut stranger = succeeded(&leased[0]);
    stranger.owner = BootId(Uuid::nil()).into();
    // Each turn writes about 0.3 MB of refusals.
    for _ in 0..60 {
        let finishes = vec![stranger.clone(); LARGEST_TURN];
        leader.turn(Turn { finishes, ..Turn::default() }).await;
    }
    let mut usage = redis::cmd("MEMORY");
    usage.arg("USAGE").arg("{bw:test:0}:events").arg("SAMPLES").arg(0);
    let used: usize = usage.query_async(&mut server.connection().await).await.expect("it answers");
    assert!((BOUND / 2..BOUND + BOUND / 4).contains(&used), "{used} bytes are used");
    let events = leader.store.events(P0, None, 10).await.expect("it answers");
    assert_eq!(events.len(), LARGEST_TURN, "those of one write are not torn apart");

    // Who was there before can tell that it missed something; who is at the end missed nothing.
    let nowhere = EventCursor("r0-0".to_owned());
    for place in [&nowhere, before, behind] {
        let page = leader.store.read_log(LOG, place, 1).await.expect("it answers");
        assert_eq!(page, LogPage::Expired, "{place:?}");
    }
    let end = &leader.store.ends(&[LOG]).await.expect("it answers")[0];
    let page = leader.store.read_log(LOG, end, 1).await.expect("it answers");
    assert_eq!(page, LogPage::Entries(Vec::new()));
}

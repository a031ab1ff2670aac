//! One run life, end to end.

use bellwether_domain::{EndState, RunState};
use bellwether_store::{
    ClaimReply, EventKind, EventStore as _, FinishReply, JobStore as _, RecordReply, RunStore as _,
    Turn, TurnStore as _,
};

use crate::fixture::{Leader, P0, claim, key, succeeded};
use crate::server::Server;

#[tokio::test]
async fn a_run_lives_from_its_claim_to_its_history() {
    let server = Server::start();
    let mut leader = Leader::of(server.store().await).await;
    let insert = leader.insert_due("a").await;
    let peek = leader.peek().await;
    assert_eq!(peek.due.len(), 1);
    assert_eq!(peek.due[0].key, key("a"));
    assert_eq!(peek.due[0].next, insert.next);

    let item = claim(&insert);
    let turn = Turn { claims: vec![item.clone()], free: 1, ..Turn::default() };
    let reply = leader.turn(turn).await;
    assert_eq!(reply.claims, [ClaimReply::Done(vec![RecordReply::Leased])]);
    assert_eq!(reply.leased.len(), 1);
    let leased = &reply.leased[0];
    let stored = leader.store.read_run(insert.definition.uid, leased.run.draft.id).await;
    assert_eq!(stored.expect("the store answers").as_ref(), Some(&leased.run));
    assert_eq!(leader.store.attempts(P0).await.expect("the store answers").len(), 1);

    let turn = Turn { finishes: vec![succeeded(leased)], ..Turn::default() };
    let reply = leader.turn(turn).await;
    assert_eq!(reply.finishes, [FinishReply::Recorded]);
    let runs = leader.store.list_runs(P0, insert.definition.uid).await.expect("it answers");
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].state, RunState::Ended(EndState::Succeeded));
    assert_eq!(runs[0].report.node, "n1");
    assert_eq!(leader.store.attempts(P0).await.expect("the store answers"), []);

    let view = leader.store.read_job(&key("a"), None).await.expect("it answers");
    let job = view.job.expect("it is there");
    assert_eq!(job.status.fires, 1);
    assert_eq!(job.status.last_fire, Some(insert.next.fire_time));
    let events = leader.store.events(P0, None, 100).await.expect("it answers");
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    let expected = [
        EventKind::JobCreated,
        EventKind::RunPending,
        EventKind::RunStarted,
        EventKind::RunSucceeded,
    ];
    assert_eq!(kinds, expected);
}

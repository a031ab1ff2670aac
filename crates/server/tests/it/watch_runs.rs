//! WatchRuns: each change of a run, as the run was after it.

use std::time::Duration;

use bellwether_domain::{EndState, NextStep};
use bellwether_proto::v1;
use bellwether_proto::v1::RunState;
use tonic::Streaming;

use crate::fixture::*;

const PATIENCE: Duration = Duration::from_secs(20);

async fn begin(node: &Node, request: v1::WatchRunsRequest) -> Streaming<v1::WatchRunsResponse> {
    let mut stream = node.runs().await.watch_runs(request).await.expect("a watch").into_inner();
    let first = stream.message().await.expect("it comes at once").expect("a response");
    assert!(first.runs.is_empty() && !first.cursor.is_empty());
    stream
}

async fn runs(stream: &mut Streaming<v1::WatchRunsResponse>, count: usize) -> Vec<v1::Run> {
    let mut seen = Vec::new();
    let all = async {
        while seen.len() < count {
            let part = stream.message().await.expect("a response");
            seen.extend(part.expect("a watch does not end").runs);
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, all).await;
    assert!(in_time.is_ok(), "{count} are wanted, and there are {:?}", changes(&seen));
    assert_eq!(seen.len(), count, "no more than there are: {seen:?}");
    seen
}

/// A run of the job that fails once and then succeeds.
async fn two_attempts(node: &Node, id: &str) -> String {
    let run = v1::RunJobRequest { job_id: id.to_owned(), ..<_>::default() };
    let run = node.jobs().await.run_job(run).await.expect("a run").into_inner().run;
    let leased = node.take(id).await;
    node.clock.pass(1);
    let again = NextStep::Again { after: Duration::ZERO, lost: false };
    node.end(id, &leased, again).await;
    let leased = node.take(id).await;
    node.clock.pass(1);
    node.end(id, &leased, NextStep::End(EndState::Succeeded)).await;
    run.expect("the reply has it").id
}

const CHANGES: [(RunState, i32); 5] = [
    (RunState::Pending, 0),
    (RunState::Running, 1),
    (RunState::Pending, 1),
    (RunState::Running, 2),
    (RunState::Succeeded, 2),
];

fn changes(runs: &[v1::Run]) -> Vec<(RunState, i32)> {
    runs.iter().map(|run| (run.state(), run.attempt)).collect()
}

#[tokio::test]
async fn every_change_of_a_run_is_seen_though_it_has_moved_on() {
    let node = Node::start().await;
    node.jobs().await.create_job(create(job("tick"))).await.expect("valid");
    let one = v1::WatchRunsRequest { job_id: "tick".to_owned(), ..<_>::default() };
    let mut stream = begin(&node, one).await;
    let id = two_attempts(&node, "tick").await;

    let seen = runs(&mut stream, 5).await;

    assert_eq!(changes(&seen), CHANGES);
    let get = v1::GetRunRequest { job_id: "tick".into(), run_id: id, ..<_>::default() };
    let now = node.runs().await.get_run(get).await.expect("it is kept").into_inner().run;
    assert_eq!(seen.last(), now.as_ref());
    let starts: Vec<_> = seen.iter().map(|run| run.start_time.map(|at| at.seconds)).collect();
    assert_eq!(starts[1], Some(START));
    assert_eq!(starts[3..], [Some(START + 1); 2]);
    assert!(seen[..4].iter().all(|run| run.end_time.is_none()));
}

#[tokio::test]
async fn filters_choose() {
    let node = Node::start().await;
    for id in ["a", "b"] {
        node.jobs().await.create_job(create(job(id))).await.expect("valid");
    }
    let ended = vec![RunState::Succeeded as i32, RunState::Failed as i32];
    let mut of_states =
        begin(&node, v1::WatchRunsRequest { states: ended, ..<_>::default() }).await;
    let mut all = begin(&node, v1::WatchRunsRequest::default()).await;
    let elsewhere = v1::WatchRunsRequest { namespace: "elsewhere".into(), ..<_>::default() };
    let mut elsewhere = begin(&node, elsewhere).await;
    let first = two_attempts(&node, "a").await;
    let second = two_attempts(&node, "b").await;
    let ids = |runs: &[v1::Run]| runs.iter().map(|run| run.id.clone()).collect::<Vec<_>>();

    assert_eq!(ids(&runs(&mut of_states, 2).await), [first, second.clone()]);
    let seen = runs(&mut all, 10).await;
    let of =
        |id: &str| changes(&seen.iter().filter(|r| r.job_id == id).cloned().collect::<Vec<_>>());
    assert_eq!([of("a"), of("b")], [CHANGES; 2]);
    let quiet = tokio::time::timeout(Duration::from_millis(200), elsewhere.message()).await;
    assert!(quiet.is_err(), "nothing of other namespaces: {quiet:?}");

    let one = v1::WatchRunsRequest { job_id: "b".into(), run_id: second, ..<_>::default() };
    let mut one = begin(&node, one).await;
    let third = two_attempts(&node, "b").await;
    let quiet = tokio::time::timeout(Duration::from_millis(200), one.message()).await;
    assert!(quiet.is_err(), "not of the run {third}: {quiet:?}");
}

#[tokio::test]
async fn a_run_that_is_gone_is_shown_by_what_the_log_says_of_it() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    let mut stream = begin(&node, v1::WatchRunsRequest::default()).await;
    let run = v1::RunJobRequest { job_id: "tick".to_owned(), ..<_>::default() };
    let run = jobs.run_job(run).await.expect("a run").into_inner().run.expect("a run");
    let delete = v1::DeleteJobRequest { job_id: "tick".to_owned(), ..<_>::default() };
    jobs.delete_job(delete).await.expect("deleted");

    let seen = runs(&mut stream, 2).await;

    assert_eq!(changes(&seen), [(RunState::Pending, 0), (RunState::Cancelled, 0)]);
    for seen in seen {
        assert_eq!((seen.id, seen.job_id), (run.id.clone(), "tick".to_owned()));
        assert_eq!(seen.fire_time, run.fire_time);
    }
}

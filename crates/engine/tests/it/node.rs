//! One node and two.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{EndState, PolicySpec, RetrySpec, Run, RunState};
use tokio::sync::Semaphore;

use crate::fixture::{Cluster, Script};

fn all_ended(runs: &[Run]) -> bool {
    !runs.is_empty() && runs.iter().all(|run| matches!(run.state, RunState::Ended(_)))
}

fn ended(state: EndState) -> impl Fn(&[Run]) -> bool {
    move |runs| runs.first().is_some_and(|run| run.state == RunState::Ended(state))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fire_time_is_executed_once() {
    let cluster = Cluster::new().await;
    let node = cluster.start_node("a");
    let job = cluster.every("tick", 20, 25).await;
    let runs =
        cluster.wait_for_runs(&job, "25 ended runs", |r| r.len() == 25 && all_ended(r)).await;
    let fire_times: HashSet<_> = runs.iter().map(|run| run.draft.fire_time).collect();
    assert_eq!(fire_times.len(), 25);
    assert_eq!(cluster.target.calls("tick").len(), 25);
    assert!(runs.iter().all(|run| run.started >= Some(run.draft.fire_time)), "none is early");
    node.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_attempt_is_repeated_after_its_backoff() {
    let cluster = Cluster::new().await;
    cluster.target.script("flaky", Script::Fail(2));
    let node = cluster.start_node("a");
    let retry = RetrySpec {
        max_attempts: Some(3),
        initial_backoff: Some(Duration::from_millis(40)),
        ..RetrySpec::default()
    };
    let job =
        cluster.once("flaky", PolicySpec { retry: Some(retry), ..PolicySpec::default() }).await;
    let runs = cluster.wait_for_runs(&job, "success", ended(EndState::Succeeded)).await;
    assert_eq!((runs.len(), runs[0].attempt, runs[0].lost), (1, 3, 0));
    let attempts: Vec<_> = cluster.target.calls("flaky").iter().map(|c| c.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    node.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_that_run_out_end_the_run_as_failed() {
    let cluster = Cluster::new().await;
    cluster.target.script("hopeless", Script::Fail(9));
    let node = cluster.start_node("a");
    let job = cluster.once("hopeless", PolicySpec::default()).await;
    let runs = cluster.wait_for_runs(&job, "failure", ended(EndState::Failed)).await;
    assert_eq!(runs[0].attempt, 1);
    node.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_past_its_timeout_is_ended() {
    let cluster = Cluster::new().await;
    cluster.target.script("slow", Script::Hold(Arc::new(Semaphore::new(0))));
    let node = cluster.start_node("a");
    let timeout = Some(Duration::from_millis(50));
    let job = cluster.once("slow", PolicySpec { timeout, ..PolicySpec::default() }).await;
    cluster.wait_for_runs(&job, "a timeout", ended(EndState::TimedOut)).await;
    node.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_panics_fails_its_attempt_and_nothing_else() {
    let cluster = Cluster::new().await;
    cluster.target.script("bomb", Script::Panic);
    let node = cluster.start_node("a");
    let bomb = cluster.once("bomb", PolicySpec::default()).await;
    let runs = cluster.wait_for_runs(&bomb, "failure", ended(EndState::Failed)).await;
    assert_eq!(runs[0].report.error.as_ref().map(|e| e.code.as_str()), Some("panic"));
    let calm = cluster.once("calm", PolicySpec::default()).await;
    cluster.wait_for_runs(&calm, "success", ended(EndState::Succeeded)).await;
    node.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fire_time_at_the_limit_is_skipped_and_recorded() {
    let cluster = Cluster::new().await;
    let permits = Arc::new(Semaphore::new(0));
    cluster.target.script("long", Script::Hold(Arc::clone(&permits)));
    let node = cluster.start_node("a");
    let job = cluster.every("long", 30, 2).await;
    let skipped = RunState::Ended(EndState::Skipped);
    cluster
        .wait_for_runs(&job, "a skipped record", |r| r.iter().any(|run| run.state == skipped))
        .await;
    assert_eq!(cluster.target.calls("long").len(), 1);
    permits.add_permits(100);
    let succeeded = RunState::Ended(EndState::Succeeded);
    cluster
        .wait_for_runs(&job, "two successes", |r| {
            r.iter().filter(|run| run.state == succeeded).count() == 2
        })
        .await;
    node.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaving_node_lets_attempts_end() {
    let cluster = Cluster::new().await;
    let permits = Arc::new(Semaphore::new(0));
    cluster.target.script("long", Script::Hold(Arc::clone(&permits)));
    let node = cluster.start_node("a");
    let job = cluster.once("long", PolicySpec::default()).await;
    cluster.target.wait_for_calls("long", 1).await;
    let drain = tokio::spawn(node.drain());
    permits.add_permits(1);
    drain.await.expect("the drain ends");
    let runs = cluster.runs(&job).await;
    assert_eq!(runs[0].state, RunState::Ended(EndState::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_within_the_drain_grace_goes_on_at_another_node() {
    let cluster = Cluster::new().await;
    let permits = Arc::new(Semaphore::new(0));
    cluster.target.script("long", Script::Hold(Arc::clone(&permits)));
    let leaving =
        cluster.start_node_with("a", |config| config.drain_grace = Duration::from_millis(20));
    let job = cluster.once("long", PolicySpec::default()).await;
    cluster.target.wait_for_calls("long", 1).await;
    let staying = cluster.start_node("b");
    leaving.drain().await;
    permits.add_permits(1);
    let runs = cluster.wait_for_runs(&job, "success", ended(EndState::Succeeded)).await;
    assert_eq!((runs[0].attempt, runs[0].lost, runs[0].report.node.as_str()), (2, 1, "b"));
    staying.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_the_work_and_nothing_runs_twice() {
    let cluster = Cluster::new().await;
    let (a, b) = (cluster.start_node("a"), cluster.start_node("b"));
    let mut jobs = Vec::new();
    for n in 0..20 {
        jobs.push(cluster.every(&format!("job-{n}"), 25, 10).await);
    }
    for job in &jobs {
        let what = "10 ended runs";
        cluster.wait_for_runs(job, what, |r| r.len() == 10 && all_ended(r)).await;
        let mut calls = cluster.target.calls(job.id.as_str());
        assert!(calls.iter().all(|call| call.attempt == 1));
        calls.sort_by_key(|call| call.fire_time);
        calls.dedup_by_key(|call| call.fire_time);
        assert_eq!(calls.len(), 10);
    }
    a.drain().await;
    b.drain().await;
}

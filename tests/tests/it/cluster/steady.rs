//! Nothing happens, which must work too.

use bellwether_client::v1;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::jobs;

use super::{given_jobs, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_share_the_work_and_fire_each_time_once() {
    let cluster = Cluster::start(ClusterOptions::default()).await;
    given_jobs(&cluster).await;
    rounds(&cluster, 10).await;
    let led: std::collections::BTreeSet<_> =
        cluster.leases().await.into_iter().map(|lease| lease.node).collect();
    assert!(led.iter().all(|node| !node.is_empty()), "{led:?}");
    let summary = cluster.judge_undisturbed("cluster: steady state").await;
    assert_eq!((summary.lost_attempts, summary.superseded), (0, 0), "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_hints_polling_finds_what_is_due() {
    let env = vec![("BELLWETHER_HINTS", "false")];
    let cluster = Cluster::start(ClusterOptions { env, ..<_>::default() }).await;
    given_jobs(&cluster).await;
    // A run that nothing but the request announces.
    let operator = cluster.operator();
    let idle = jobs::job("idle", jobs::never(), jobs::http(cluster.sink.url()));
    operator.create(idle).await.expect("a good job");
    for _ in 0..4 {
        let run = operator.run_now(&jobs::key("idle")).await.expect("it is there");
        assert_ne!(run.state, v1::RunState::Skipped, "{run:?}");
        let arrived = async || {
            let rows = cluster.ledger.rows_of(&jobs::key("idle"));
            let done = rows.iter().any(|row| row.run == run.id && row.end.is_some());
            let runs = operator.runs(&jobs::key("idle")).await.map_err(|s| s.to_string())?;
            let ended = runs.iter().all(bellwether_tests::record::RunRecord::has_ended);
            if done && ended { Ok(()) } else { Err(format!("{rows:?}")) }
        };
        bellwether_tests::wait::wait_for("the run", bellwether_tests::wait::PATIENCE, arrived)
            .await;
    }
    rounds(&cluster, 5).await;
    cluster.judge_undisturbed("cluster: without hints").await;
}

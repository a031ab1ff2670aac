//! Nodes that come and go as they should.

use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::wait::PATIENCE;

use super::{given_jobs, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_joins_disturbs_nothing() {
    let mut cluster = Cluster::start(ClusterOptions { nodes: 2, ..<_>::default() }).await;
    given_jobs(&cluster).await;
    for _ in 0..2 {
        let at = clock::now();
        cluster.join().await;
        cluster.fault("a node joins", at, at);
        rounds(&cluster, 4).await;
    }
    let summary = cluster.judge("cluster: nodes join").await;
    assert_eq!((summary.lost_attempts, summary.superseded), (0, 0), "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_leave_one_after_another_lose_no_attempt() {
    let mut cluster = Cluster::start(ClusterOptions::default()).await;
    given_jobs(&cluster).await;
    for _ in 0..3 {
        let leader = cluster.leader().await;
        let at = clock::now();
        cluster.nodes[leader].terminate();
        let status = cluster.nodes[leader].wait_exit(PATIENCE).await;
        assert_eq!(status.code(), Some(0));
        cluster.fault("SIGTERM of a leader", at, at);
        cluster.wait_led().await;
        rounds(&cluster, 3).await;
        cluster.nodes[leader].restart().await;
        cluster.nodes[leader].wait_ready().await;
    }
    rounds(&cluster, 2).await;
    let summary = cluster.judge("cluster: nodes leave").await;
    assert_eq!(summary.lost_attempts, 0, "{summary}");
}

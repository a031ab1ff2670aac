//! The way between a node and Redis: commands that arrive late, answers that never do, a node that
//! is cut off while it lives.

use std::time::Duration;

use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::proxy::Flow;
use bellwether_tests::wait::{PATIENCE, wait_for};

use super::{BEAT, given_jobs, rounds};

/// With so many partitions that a job mostly has one for itself.
async fn proxied() -> Cluster {
    let (lease_ttl, partitions, proxied) = (Duration::from_secs(1), 16, true);
    let options = ClusterOptions { lease_ttl, partitions, proxied, ..<_>::default() };
    let cluster = Cluster::start(options).await;
    given_jobs(&cluster).await;
    cluster
}

/// A leader has read what is due, and what it read is held on its way until others lead: then it
/// plans and its claim goes to Redis, which must refuse it. A leader that noticed by itself and
/// sent none proves nothing, so it is tried until a refusal is seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_arrives_after_its_leaders_time_is_refused() {
    let mut cluster = proxied().await;
    let refused = |cluster: &Cluster| -> usize {
        cluster.nodes.iter().map(|node| node.logged("claim refused: another leads")).sum()
    };
    for _ in 0..8 {
        let leader = cluster.leader().await;
        let held = clock::now();
        cluster.network(leader, Flow::HoldReplies);
        wait_for("every job to come due once", PATIENCE, async || {
            let passed = clock::now().since(held);
            if passed > BEAT { Ok(()) } else { Err(format!("{passed:?}")) }
        })
        .await;
        // From here on it cannot renew either.
        cluster.network(leader, Flow::Hold);
        cluster.wait_led().await;
        cluster.network(leader, Flow::Pass);
        cluster.fault("a leader held between plan and claim", held, clock::now());
        rounds(&cluster, 2).await;
        if refused(&cluster) > 0 {
            break;
        }
    }
    assert!(refused(&cluster) > 0, "no stale claim reached Redis, or none was refused");
    cluster.judge("cluster: leaders held between plan and claim").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_lost_make_nothing_happen_twice() {
    let mut cluster = proxied().await;
    for _ in 0..6 {
        let leader = cluster.leader().await;
        let lost = clock::now();
        cluster.network(leader, Flow::HoldReplies);
        // Long enough for commands to be carried out, too short for the lease to expire.
        cluster.deliveries(3).await;
        cluster.network(leader, Flow::Cut);
        cluster.network(leader, Flow::Pass);
        cluster.fault("a leader's answers lost", lost, clock::now());
        rounds(&cluster, 1).await;
    }
    cluster.judge("cluster: answers lost").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_cut_off_from_redis_gives_way_and_comes_back() {
    let mut cluster = proxied().await;
    for _ in 0..2 {
        let leader = cluster.leader().await;
        let cut = clock::now();
        cluster.network(leader, Flow::Cut);
        cluster.wait_led().await;
        cluster.fault("a leader cut off from Redis", cut, cut);
        rounds(&cluster, 2).await;
        cluster.network(leader, Flow::Pass);
        wait_for("the node to reach its store", PATIENCE, async || {
            let up = cluster.nodes[leader].metric("bellwether_store_up").await;
            if up == Some(1.0) { Ok(()) } else { Err(format!("{up:?}")) }
        })
        .await;
        rounds(&cluster, 2).await;
    }
    cluster.judge("cluster: a node cut off").await;
}

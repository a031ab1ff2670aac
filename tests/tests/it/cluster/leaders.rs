//! Leaders that die, and leaders that only seem to.

use std::time::Duration;

use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::wait::{PATIENCE, wait_for};

use super::{given_jobs, rounds};

fn quick_leases() -> ClusterOptions {
    ClusterOptions { lease_ttl: Duration::from_secs(1), ..ClusterOptions::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaders_killed_again_and_again_lose_no_fire_time() {
    let mut cluster = Cluster::start(quick_leases()).await;
    given_jobs(&cluster).await;
    for _ in 0..4 {
        let leader = cluster.leader().await;
        cluster.kill9(leader);
        cluster.wait_led().await;
        rounds(&cluster, 2).await;
        cluster.nodes[leader].restart().await;
        cluster.nodes[leader].wait_ready().await;
    }
    rounds(&cluster, 2).await;
    cluster.judge("cluster: leaders killed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaders_frozen_past_their_lease_do_no_harm_when_they_wake() {
    let mut cluster = Cluster::start(quick_leases()).await;
    given_jobs(&cluster).await;
    for _ in 0..3 {
        let leader = cluster.leader().await;
        let frozen = clock::now();
        cluster.nodes[leader].stop();
        // Taken over: every lease is another's, and what the frozen node held was given up.
        cluster.wait_led().await;
        rounds(&cluster, 3).await;
        cluster.nodes[leader].cont();
        cluster.fault("SIGSTOP of a leader past its lease", frozen, frozen);
        cluster.nodes[leader].wait_ready().await;
        rounds(&cluster, 2).await;
    }
    let taken_for_dead = "this node had been taken for dead; what it executed here is stopped";
    let told: usize = cluster.nodes.iter().map(|node| node.logged(taken_for_dead)).sum();
    assert!(told > 0, "no node was taken for dead, or none was told");
    cluster.judge("cluster: leaders frozen").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_nodes_killed_at_once_come_back_to_all_that_was_due() {
    let mut cluster = Cluster::start(quick_leases()).await;
    given_jobs(&cluster).await;
    let killed = clock::now();
    for node in 0..cluster.nodes.len() {
        cluster.kill9(node);
    }
    wait_for("fire times to pass while nobody is there", PATIENCE, async || {
        let passed = clock::now().since(killed);
        if passed > super::BEAT * 4 { Ok(()) } else { Err(format!("{passed:?}")) }
    })
    .await;
    for node in 0..cluster.nodes.len() {
        cluster.nodes[node].restart().await;
    }
    cluster.wait_led().await;
    cluster.fault("no node at all", killed, clock::now());
    rounds(&cluster, 4).await;
    cluster.judge("cluster: all nodes killed").await;
}

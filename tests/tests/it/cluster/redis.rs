//! The store that all share goes away.

use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::redis_server::Persistence;

use super::{given_jobs, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_killed_and_restarted_loses_nothing_that_it_acknowledged() {
    let persistence = Persistence::Always;
    let mut cluster = Cluster::start(ClusterOptions { persistence, ..<_>::default() }).await;
    given_jobs(&cluster).await;
    for _ in 0..3 {
        let killed = clock::now();
        cluster.redis.kill();
        cluster.redis.restart().await;
        cluster.fault("kill -9 of Redis", killed, clock::now());
        rounds(&cluster, 4).await;
    }
    cluster.judge("cluster: Redis killed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_and_a_leader_killed_together_lose_nothing() {
    let persistence = Persistence::Always;
    let mut cluster = Cluster::start(ClusterOptions { persistence, ..<_>::default() }).await;
    given_jobs(&cluster).await;
    let leader = cluster.leader().await;
    let killed = clock::now();
    cluster.redis.kill();
    cluster.kill9(leader);
    cluster.redis.restart().await;
    cluster.fault("kill -9 of Redis", killed, clock::now());
    cluster.wait_led().await;
    rounds(&cluster, 3).await;
    cluster.nodes[leader].restart().await;
    rounds(&cluster, 2).await;
    cluster.judge("cluster: Redis and a leader killed").await;
}

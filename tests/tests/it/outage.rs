//! The store away: what a node says of it, and how it comes back.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::http;
use bellwether_tests::jobs;
use bellwether_tests::node::NodeOptions;
use bellwether_tests::port;
use bellwether_tests::redis_server::{Persistence, RedisServer};
use bellwether_tests::wait::{PATIENCE, wait_for};
use tonic::Code;
use tonic_types::StatusExt as _;

const BEAT: Duration = Duration::from_millis(250);

async fn given_a_firing_cluster() -> Cluster {
    let persistence = Persistence::Always;
    let cluster = Cluster::start(ClusterOptions { nodes: 1, persistence, ..<_>::default() }).await;
    let job = jobs::job("tick", jobs::every(BEAT), jobs::http(cluster.sink.url()));
    cluster.operator().create(job).await.expect("a good job");
    cluster.deliveries(2).await;
    cluster
}

async fn store_is(up: f64, cluster: &Cluster) {
    wait_for(&format!("store_up to be {up}"), PATIENCE, async || {
        let found = cluster.nodes[0].metric("bellwether_store_up").await;
        if found == Some(up) { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
}

/// A create that is asked once, and must be refused: the store is away.
async fn is_unavailable(cluster: &Cluster, id: &str) {
    let request = v1::CreateJobRequest {
        job: Some(jobs::job(id, jobs::never(), jobs::noop())),
        ..<_>::default()
    };
    let status = cluster.nodes[0].client().create_job(request).await;
    let status = status.expect_err("the store is away");
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    let retry = status.get_details_retry_info().and_then(|retry| retry.retry_delay);
    assert!(retry.is_some_and(|delay| !delay.is_zero()), "when to ask again? {status:?}");
    let info = status.get_details_error_info().expect("it says why");
    assert_eq!(info.domain, "bellwether", "{info:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_down_calls_are_refused_and_afterwards_the_node_goes_on() {
    let mut cluster = given_a_firing_cluster().await;
    let killed = clock::now();
    cluster.redis.kill();

    is_unavailable(&cluster, "refused").await;
    store_is(0.0, &cluster).await;
    for page in ["/livez", "/readyz"] {
        let answer = cluster.nodes[0].probe(page).await.expect("the node is up");
        assert_eq!(answer.status, 200, "{page}: {answer:?}");
    }

    cluster.redis.restart().await;
    cluster.fault("Redis down for a while", killed, clock::now());
    store_is(1.0, &cluster).await;
    cluster.deliveries(3).await;
    cluster.judge("outage: Redis down").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_frozen_calls_are_answered_in_time_and_afterwards_the_node_goes_on() {
    let mut cluster = given_a_firing_cluster().await;
    let frozen = clock::now();
    cluster.redis.pause();

    is_unavailable(&cluster, "unanswered").await;
    store_is(0.0, &cluster).await;
    let answer = cluster.nodes[0].probe("/livez").await.expect("the node is up");
    assert_eq!(answer.status, 200, "{answer:?}");

    cluster.redis.resume();
    cluster.fault("Redis frozen for a while", frozen, clock::now());
    store_is(1.0, &cluster).await;
    cluster.deliveries(3).await;
    cluster.judge("outage: Redis frozen").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_starts_before_its_store_waits_for_it() {
    let mut redis = RedisServer::start(Persistence::None).await;
    redis.kill();
    let http = format!("127.0.0.1:{}", port::free());
    let mut node = NodeOptions::new("n1", &redis.url()).flag("--http-listen", &http).launch();

    wait_for("the node to answer probes", PATIENCE, async || {
        assert!(node.is_running(), "it ended instead of waiting");
        let (live, ready) = (http::get(&http, "/livez").await?, http::get(&http, "/readyz").await?);
        let seen = (live.status, ready.status);
        if seen == (200, 503) { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await;

    redis.restart().await;
    node.wait_listening().await;
    node.wait_ready().await;
    let job = jobs::job("idle", jobs::never(), jobs::noop());
    let request = v1::CreateJobRequest { job: Some(job), ..<_>::default() };
    node.client().create_job(request).await.expect("the store is there now");
}

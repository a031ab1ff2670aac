//! The way between a node and Redis: commands that arrive late, answers that never do, a node that
//! is cut off while it lives.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_domain::Timestamp;
use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::jobs;
use bellwether_tests::proxy::Flow;
use bellwether_tests::sink::Behaviour;
use bellwether_tests::wait::{PATIENCE, wait_for};

use super::{BEAT, given_jobs, names, rounds};

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
        passes(held, BEAT).await;
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

/// Answers take a while, so that at any time some are on their way, and those are lost. A turn
/// whose answer is lost is sent again and must get the answer of the first time: were it carried
/// out anew, what it had taken would be found only when the node compares itself with the store.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_lost_make_nothing_happen_twice() {
    let mut cluster = proxied().await;
    for _ in 0..10 {
        let leader = cluster.leader().await;
        let lost = clock::now();
        cluster.network(leader, Flow::SlowReplies(Duration::from_millis(40)));
        cluster.deliveries(4).await;
        cluster.network(leader, Flow::Cut);
        cluster.network(leader, Flow::Pass);
        cluster.fault("a leader's answers lost", lost, clock::now());
    }
    // Past the time in which what fell by the wayside would be late.
    rounds(&cluster, 6).await;
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

/// What is claimed was planned from a definition that a client has replaced since. The claim must
/// be refused even though its leader leads and the job's next fire time has come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_planned_before_its_job_changed_is_refused() {
    let (partitions, proxied) = (16, true);
    let lease_ttl = Duration::from_secs(6);
    let options = ClusterOptions { lease_ttl, partitions, proxied, ..<_>::default() };
    let mut cluster = Cluster::start(options).await;
    given_jobs(&cluster).await;
    for round in 1..=3 {
        let leader = cluster.leader().await;
        let held = clock::now();
        cluster.network(leader, Flow::HoldReplies);
        passes(held, BEAT).await;
        let operator = cluster.operator();
        let changed = clock::now();
        for id in names() {
            let beat = BEAT / 3 + Duration::from_millis(round);
            let trigger = jobs::job(&id, jobs::every(beat), jobs::noop()).trigger;
            let change = v1::Job { id, trigger, ..v1::Job::default() };
            operator.update(change, &["trigger"]).await.expect("a good change");
        }
        // The new triggers' first fire times come while the old plan is on its way.
        passes(changed, BEAT * 2 / 3).await;
        cluster.network(leader, Flow::Pass);
        cluster.fault("jobs changed between plan and claim", held, clock::now());
        rounds(&cluster, 2).await;
    }
    cluster.judge("cluster: jobs changed between plan and claim").await;
}

/// An attempt's handler answers a node that cannot reach the store. By the time it can, the run
/// has a second attempt somewhere else: the late result must be refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_comes_after_its_attempt_was_given_up_is_refused() {
    let (lease_ttl, partitions, proxied) = (Duration::from_secs(1), 1, true);
    let options = ClusterOptions { lease_ttl, partitions, proxied, ..<_>::default() };
    let mut cluster = Cluster::start(options).await;
    let key = jobs::key("slow");
    cluster.sink.script(&key, &[Behaviour::Hold]);
    let soon = clock::now().saturating_add(Duration::from_millis(200));
    let job = jobs::job("slow", jobs::once(soon), jobs::http(cluster.sink.url()));
    cluster.operator().create(job).await.expect("a good job");
    let attempt = async |cluster: &Cluster, number: u32| {
        wait_for(&format!("attempt {number}"), PATIENCE, async || {
            let rows = cluster.ledger.rows_of(&key);
            let last = rows.last().map(|row| row.attempt);
            if last == Some(number) { Ok(()) } else { Err(format!("{rows:?}")) }
        })
        .await;
    };
    attempt(&cluster, 1).await;

    // A claim leases its run straight to the leader.
    let leader = cluster.leader().await;
    let cut = clock::now();
    cluster.network(leader, Flow::Cut);
    cluster.sink.release(&key);
    cluster.sink.script(&key, &[Behaviour::Hold]);
    attempt(&cluster, 2).await;

    cluster.network(leader, Flow::Pass);
    cluster.fault("a leader cut off while its attempt ended", cut, cut);
    wait_for("the refusal of the late result", PATIENCE, async || {
        let refused = "result refused: the attempt was no longer this node's";
        let count = cluster.nodes[leader].logged(refused);
        if count > 0 { Ok(()) } else { Err("none".to_owned()) }
    })
    .await;
    cluster.sink.release(&key);
    let summary = cluster.judge("cluster: a late result").await;
    assert_eq!((summary.superseded, summary.lost_attempts), (1, 1), "{summary}");
}

/// Waits until `span` has passed since `from`: time in which jobs come due.
async fn passes(from: Timestamp, span: Duration) {
    wait_for("jobs to come due", PATIENCE, async || {
        let passed = clock::now().since(from);
        if passed > span { Ok(()) } else { Err(format!("{passed:?}")) }
    })
    .await;
}

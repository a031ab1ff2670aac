//! One node and a Redis: what was under way when one of them went away.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_domain::Timestamp;
use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::jobs;
use bellwether_tests::redis_server::Persistence;
use bellwether_tests::sink::Behaviour;
use bellwether_tests::wait::{PATIENCE, wait_for};

const BEAT: Duration = Duration::from_millis(250);

async fn one_node(options: ClusterOptions) -> Cluster {
    let lease_ttl = Duration::from_secs(1);
    Cluster::start(ClusterOptions { nodes: 1, lease_ttl, ..options }).await
}

/// Creates jobs whose runs call the sink, besides `held`, whose first delivery the sink holds.
async fn given_jobs(cluster: &Cluster, held: &str) {
    cluster.sink.script(&jobs::key(held), &[Behaviour::Hold]);
    let operator = cluster.operator();
    for id in [held, "other/1", "other/2", "other/3"] {
        let job = jobs::job(id, jobs::every(BEAT), jobs::http(cluster.sink.url()));
        operator.create(job).await.expect("a good job");
    }
    deliveries(cluster, held, 1).await;
    cluster.deliveries(6).await;
}

async fn deliveries(cluster: &Cluster, id: &str, count: usize) {
    let key = jobs::key(id);
    wait_for(&format!("{count} deliveries of {id}"), PATIENCE, async || {
        let rows = cluster.ledger.rows_of(&key);
        if rows.len() >= count { Ok(()) } else { Err(format!("{rows:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_cut_by_kill_9_is_lost_and_a_second_one_follows() {
    let mut cluster = one_node(ClusterOptions::default()).await;
    given_jobs(&cluster, "held").await;
    let cut = cluster.ledger.rows_of(&jobs::key("held")).remove(0);

    let killed = clock::now();
    cluster.nodes[0].kill9();
    cluster.nodes[0].restart().await;
    cluster.nodes[0].wait_ready().await;
    cluster.fault("kill -9 of the only node in mid-run", killed, clock::now());

    deliveries(&cluster, "held", 2).await;
    let second = cluster.ledger.rows_of(&jobs::key("held")).remove(1);
    assert_eq!((second.run, second.attempt), (cut.run, 2), "{second:?} after {cut:?}");
    cluster.sink.release(&jobs::key("held"));
    let operator = cluster.operator();
    let run = wait_for("the run to end", PATIENCE, async || {
        let runs = operator.runs(&jobs::key("held")).await.map_err(|status| status.to_string())?;
        let run = runs.into_iter().find(|run| run.id == cut.run).ok_or("it is gone")?;
        if run.has_ended() { Ok(run) } else { Err(format!("{run:?}")) }
    })
    .await;
    assert_eq!((run.attempt, run.lost, run.state), (2, 1, v1::RunState::Succeeded), "{run:?}");

    cluster.deliveries(6).await;
    let summary = cluster.judge("recovery: kill -9 in mid-run").await;
    assert!(summary.lost_attempts >= 1, "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_asked_to_leave_lets_its_runs_end() {
    let mut cluster = one_node(ClusterOptions::default()).await;
    given_jobs(&cluster, "held").await;

    let asked = clock::now();
    cluster.nodes[0].terminate();
    wait_for("the node to say that it leaves", PATIENCE, async || {
        let answer = cluster.nodes[0].probe("/readyz").await?;
        if answer.status == 503 { Ok(()) } else { Err(format!("{answer:?}")) }
    })
    .await;
    let live = cluster.nodes[0].probe("/livez").await.expect("it lives while it leaves");
    assert_eq!(live.status, 200);
    assert!(cluster.nodes[0].is_running(), "it left its run behind");
    cluster.sink.release(&jobs::key("held"));
    let status = cluster.nodes[0].wait_exit(PATIENCE).await;
    assert_eq!(status.code(), Some(0));
    let left = cluster.ledger.rows();
    assert!(left.iter().all(|row| row.end.is_some()), "{left:?}");

    cluster.nodes[0].restart().await;
    cluster.nodes[0].wait_ready().await;
    cluster.fault("SIGTERM of the only node in mid-run", asked, clock::now());
    cluster.deliveries(6).await;
    let summary = cluster.judge("recovery: SIGTERM in mid-run").await;
    assert_eq!(summary.lost_attempts, 0, "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_outlasts_the_drain_grace_is_handed_back() {
    let flags = vec![("--drain-grace", "300ms")];
    let mut cluster = one_node(ClusterOptions { flags, ..<_>::default() }).await;
    given_jobs(&cluster, "held").await;
    let cut = cluster.ledger.rows_of(&jobs::key("held")).remove(0);

    let asked = clock::now();
    cluster.nodes[0].terminate();
    let status = cluster.nodes[0].wait_exit(PATIENCE).await;
    assert_eq!(status.code(), Some(0));
    cluster.nodes[0].restart().await;
    cluster.nodes[0].wait_ready().await;
    cluster.fault("SIGTERM of the only node, its grace too short", asked, clock::now());

    deliveries(&cluster, "held", 2).await;
    let second = cluster.ledger.rows_of(&jobs::key("held")).remove(1);
    assert_eq!((second.run, second.attempt), (cut.run, 2), "{second:?} after {cut:?}");
    cluster.sink.release(&jobs::key("held"));
    let summary = cluster.judge("recovery: drain grace exceeded").await;
    assert!(summary.lost_attempts >= 1, "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_killed_and_comes_back_loses_nothing() {
    let persistence = Persistence::Always;
    let mut cluster = one_node(ClusterOptions { persistence, ..<_>::default() }).await;
    given_jobs(&cluster, "held").await;

    for _ in 0..2 {
        let killed = clock::now();
        cluster.redis.kill();
        cluster.redis.restart().await;
        cluster.fault("kill -9 of Redis", killed, clock::now());
        cluster.deliveries(6).await;
    }
    cluster.sink.release(&jobs::key("held"));
    let summary = cluster.judge("recovery: Redis killed under one node").await;
    assert_eq!(summary.lost_attempts, 0, "the node was there throughout: {summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_due_while_nobody_was_there_is_one_run_that_covers_it() {
    let mut cluster = one_node(ClusterOptions::default()).await;
    let operator = cluster.operator();
    let sink = cluster.sink.url().to_owned();
    let create = async |id: &str, coalesce| {
        let job = jobs::job(id, jobs::every(BEAT), jobs::http(&sink));
        let job = jobs::with_policy(job, |policy| policy.set_coalesce(coalesce));
        operator.create(job).await.expect("a good job")
    };
    create("latest", v1::Coalesce::Latest).await;
    create("earliest", v1::Coalesce::Earliest).await;
    create("all", v1::Coalesce::All).await;
    cluster.deliveries(6).await;

    let killed = clock::now();
    cluster.nodes[0].kill9();
    // Long enough for several fire times of each.
    wait_for("time to pass while nobody is there", PATIENCE, async || {
        let passed = clock::now().since(killed);
        if passed > BEAT * 6 { Ok(()) } else { Err(format!("{passed:?}")) }
    })
    .await;
    cluster.nodes[0].restart().await;
    cluster.nodes[0].wait_ready().await;
    let healed = clock::now();
    cluster.fault("nobody there for a while", killed, healed);
    cluster.deliveries(20).await;

    let operator = cluster.operator();
    for (id, merged) in [("latest", true), ("earliest", true), ("all", false)] {
        let runs = operator.runs(&jobs::key(id)).await.expect("it is there");
        let widest = runs.iter().max_by_key(|run| run.covers.others).expect("it ran");
        assert_eq!(widest.covers.others >= 4, merged, "{id}: {widest:?}");
        let own = if id == "earliest" { widest.covers.first } else { widest.covers.last };
        assert_eq!(widest.fire_time, own, "{id}: {widest:?}");
        let late = |at: Timestamp| killed < at && at < healed;
        let caught_up = runs.iter().filter(|run| late(run.fire_time)).count();
        assert!(merged || caught_up >= 4, "{id} caught up with {caught_up}");
    }
    cluster.judge("recovery: nobody there").await;
}

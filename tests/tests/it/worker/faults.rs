//! Workers and nodes that go away with runs in hand.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_tests::clock;
use bellwether_tests::jobs;
use bellwether_tests::record::EndKind;
use bellwether_tests::sink::Behaviour;
use bellwether_tests::wait::{PATIENCE, wait_for};

use super::{came, cluster, deliveries, ended, given_job, setup};

/// Beside what happens to the worker, an HTTP job fires and must not be late: the judge looks.
async fn given_bystander(cluster: &bellwether_tests::cluster::Cluster) {
    let bystander =
        jobs::job("bystander", jobs::every(super::BEAT), jobs::http(cluster.sink.url()));
    cluster.operator().create(bystander).await.expect("a good job");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_worker_held_goes_to_another_after_the_grace() {
    let mut cluster = cluster(2).await;
    given_bystander(&cluster).await;
    let mut worker = setup(&cluster, "w1", 0, &["mail"]).start();
    cluster.sink.script(&jobs::key("held"), &[Behaviour::Hold]);
    given_job(&cluster, "held", "mail").await;
    given_job(&cluster, "other", "mail").await;
    deliveries(&cluster, "held", 1).await;
    deliveries(&cluster, "other", 2).await;
    let cut = cluster.ledger.rows_of(&jobs::key("held")).remove(0);

    let killed = clock::now();
    worker.kill9();
    let _second = setup(&cluster, "w2", 1, &["mail"]).start();
    deliveries(&cluster, "held", 2).await;
    cluster.fault("kill -9 of a worker in mid-run", killed, clock::now());

    let second = cluster.ledger.rows_of(&jobs::key("held")).remove(1);
    assert_eq!((second.run, second.attempt), (cut.run, 2), "{second:?} after {cut:?}");
    assert!(second.start.since(killed).as_millis() >= 1_300, "not before the grace: {second:?}");
    cluster.sink.release(&jobs::key("held"));
    cluster.deliveries(6).await;
    let summary = cluster.judge("worker: kill -9 in mid-run").await;
    assert!(summary.lost_attempts >= 1, "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stood_still_past_its_grace_reports_in_vain() {
    let mut cluster = cluster(2).await;
    given_bystander(&cluster).await;
    let first = setup(&cluster, "w1", 0, &["mail"]).start();
    // Long enough for the late result of the first to come while the second is under way.
    let second_takes = Behaviour::Work(Duration::from_secs(3));
    cluster.sink.script(&jobs::key("once"), &[Behaviour::Hold, second_takes]);
    let once = jobs::job("once", jobs::once(clock::now()), jobs::worker("mail"));
    cluster.operator().create(once).await.expect("a good job");
    deliveries(&cluster, "once", 1).await;

    let stopped = clock::now();
    first.stop();
    let second = setup(&cluster, "w2", 1, &["mail"]).start();
    deliveries(&cluster, "once", 2).await;
    // The first goes on, its handler is done, and its result is late: the second attempt is under way.
    first.cont();
    cluster.fault("a worker stood still past its grace", stopped, clock::now());
    cluster.sink.release(&jobs::key("once"));
    let rows = cluster.ledger.rows_of(&jobs::key("once"));
    let (run, attempts) = (rows[0].run, [rows[0].attempt, rows[1].attempt]);
    assert_eq!(attempts, [1, 2], "{rows:?}");
    wait_for("the late result to be refused", PATIENCE, async || {
        let ends = cluster.attempt_ends().await;
        let refused = |end: &&bellwether_tests::record::AttemptEnd| {
            end.run == run && end.attempt == 1 && end.how == EndKind::Superseded
        };
        ends.iter().find(refused).map(|_| ()).ok_or(format!("{ends:?}"))
    })
    .await;
    let run = ended(&cluster, "once").await;
    assert_eq!((run.state(), run.attempt, run.worker.as_str()), (v1::RunState::Succeeded, 2, "w2"));
    first.leave(PATIENCE).await;
    second.leave(PATIENCE).await;
    let summary = cluster.judge("worker: stood still past its grace").await;
    assert_eq!((summary.lost_attempts, summary.superseded), (1, 1), "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_behind_a_busy_worker_dies_and_nothing_repeats() {
    let mut cluster = cluster(3).await;
    given_bystander(&cluster).await;
    let worker = setup(&cluster, "w1", 0, &["mail"]).start();
    for id in ["held/1", "held/2", "held/3"] {
        cluster.sink.script(&jobs::key(id), &[Behaviour::Hold]);
        given_job(&cluster, id, "mail").await;
    }
    given_job(&cluster, "other", "mail").await;
    for id in ["held/1", "held/2", "held/3", "other"] {
        deliveries(&cluster, id, 1).await;
    }
    assert_eq!(came(&cluster.nodes[0]), 1);

    cluster.kill9(0);
    wait_for("the worker to resume", PATIENCE, async || {
        let came: Vec<_> = cluster.nodes.iter().map(came).collect();
        if came[1] + came[2] > 0 { Ok(()) } else { Err(format!("{came:?}")) }
    })
    .await;
    // Results of runs that the dead node had delivered are stored by the one that the worker is at.
    for id in ["held/1", "held/2", "held/3"] {
        cluster.sink.release(&jobs::key(id));
        deliveries(&cluster, id, 2).await;
    }
    cluster.deliveries(12).await;
    worker.leave(PATIENCE).await;
    let _rest = setup(&cluster, "w2", 1, &["mail"]).start();
    let rows = cluster.ledger.rows();
    let by_worker = rows.iter().filter(|row| row.job != jobs::key("bystander"));
    let repeated: Vec<_> = by_worker.filter(|row| row.attempt > 1).collect();
    assert!(repeated.is_empty(), "{repeated:?}");
    cluster.judge("worker: kill -9 of its node").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drained_node_sends_its_workers_on_and_their_runs_go_on() {
    let mut cluster = cluster(2).await;
    given_bystander(&cluster).await;
    let worker = setup(&cluster, "w1", 0, &["mail"]).start();
    cluster.sink.script(&jobs::key("held"), &[Behaviour::Hold]);
    given_job(&cluster, "held", "mail").await;
    given_job(&cluster, "other", "mail").await;
    deliveries(&cluster, "held", 1).await;
    deliveries(&cluster, "other", 2).await;
    let asked = clock::now();
    cluster.nodes[0].terminate();
    let status = cluster.nodes[0].wait_exit(PATIENCE).await;
    assert_eq!(status.code(), Some(0));
    cluster.fault("SIGTERM of the worker's node", asked, clock::now());
    assert_eq!(came(&cluster.nodes[1]), 1, "the worker went on to the other node");
    cluster.sink.release(&jobs::key("held"));
    deliveries(&cluster, "held", 2).await;
    cluster.deliveries(8).await;
    worker.leave(PATIENCE).await;
    let _rest = setup(&cluster, "w2", 1, &["mail"]).start();
    let summary = cluster.judge("worker: its node drained").await;
    assert_eq!((summary.lost_attempts, summary.superseded), (0, 0), "{summary}");
}

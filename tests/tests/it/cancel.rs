//! Attempts that end before their time: cancelled, replaced, too long, lost with their node.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_domain::Timestamp;
use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::jobs;
use bellwether_tests::operator::Operator;
use bellwether_tests::record::RunRecord;
use bellwether_tests::sink::Behaviour;
use bellwether_tests::wait::{PATIENCE, wait_for};
use tonic::Code;

use crate::bed::Bed;

macro_rules! over_either_store {
    ($($case:ident),* $(,)?) => {
        mod redis {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$case(crate::bed::Bed::redis().await).await;
                }
            )*
        }

        mod memory {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$case(crate::bed::Bed::memory().await).await;
                }
            )*
        }
    };
}

over_either_store!(
    a_running_attempt_is_cancelled_and_the_next_run_starts,
    a_later_fire_time_replaces_the_attempt_that_goes_on,
);

/// Well below any `cancel_grace` of these jobs: who ends sooner was ended by its holder.
const AT_ONCE: Duration = Duration::from_secs(3);
const GRACE: Option<prost_types::Duration> = Some(prost_types::Duration { seconds: 60, nanos: 0 });

async fn state(operator: &Operator, id: &str, run: &RunRecord) -> RunRecord {
    let runs = operator.runs(&jobs::key(id)).await.expect("the job is there");
    runs.into_iter().find(|other| other.id == run.id).expect("the run is there")
}

async fn until(operator: &Operator, id: &str, run: &RunRecord, wanted: v1::RunState) -> RunRecord {
    wait_for(&format!("{wanted:?}"), PATIENCE, async || {
        let run = state(operator, id, run).await;
        if run.state == wanted { Ok(run) } else { Err(format!("{run:?}")) }
    })
    .await
}

async fn a_running_attempt_is_cancelled_and_the_next_run_starts(bed: Bed) {
    let key = jobs::key("long");
    bed.sink.script(&key, &[Behaviour::Hold]);
    let job = jobs::job("long", jobs::never(), jobs::http(bed.sink.url()));
    let job = jobs::with_policy(job, |policy| {
        policy.overlap = Some(v1::Overlap::Queue as i32);
        policy.cancel_grace = GRACE;
    });
    bed.operator.create(job).await.expect("a good job");
    let first = bed.operator.run_now(&key).await.expect("a run");
    let second = bed.operator.run_now(&key).await.expect("a run");
    bed.deliveries("long", Timestamp::MIN, 1).await;

    let asked = clock::now();
    let answer = bed.operator.cancel(&first, "no longer needed").await.expect("it goes on");
    assert!(!answer.has_ended() || answer.state == v1::RunState::Cancelled, "{answer:?}");

    let ended = until(&bed.operator, "long", &first, v1::RunState::Cancelled).await;
    assert_eq!(ended.reason, "no longer needed");
    assert!(clock::now().since(asked) < AT_ONCE, "its holder was told, and did not wait");
    until(&bed.operator, "long", &second, v1::RunState::Succeeded).await;
    let again = bed.operator.cancel(&first, "once more").await.expect("it is cancelled");
    assert_eq!(again.reason, "no longer needed");
    let late = bed.operator.cancel(&second, "").await.expect_err("it succeeded");
    assert_eq!(late.code(), Code::FailedPrecondition, "{late}");
    let outcome = "bellwether_runs_total{target=\"http\",outcome=\"cancelled\"}";
    assert_eq!(bed.node.metric(outcome).await, Some(1.0));
    bed.sink.release(&key);
}

async fn a_later_fire_time_replaces_the_attempt_that_goes_on(bed: Bed) {
    let key = jobs::key("latest");
    bed.sink.script(&key, &[Behaviour::Hold, Behaviour::Hold]);
    let beat = Duration::from_millis(700);
    let job = jobs::job("latest", jobs::every(beat), jobs::http(bed.sink.url()));
    let job = jobs::with_policy(job, |policy| {
        policy.overlap = Some(v1::Overlap::Replace as i32);
        policy.cancel_grace = GRACE;
    });
    bed.operator.create(job).await.expect("a good job");

    let rows = bed.deliveries("latest", Timestamp::MIN, 4).await;

    for pair in rows.windows(2).take(2) {
        let lateness = pair[1].start.since(pair[1].fire_time);
        assert!(lateness < AT_ONCE, "{lateness:?}: it started when the other one had ended");
    }
    bed.operator.pause(&key).await.expect("it is there");
    let runs = bed.runs("latest", |runs| runs.len() >= 3).await;
    let of = |row: usize| runs.iter().find(|run| run.id == rows[row].run).expect("it is kept");
    for held in [0, 1] {
        assert_eq!(of(held).state, v1::RunState::Cancelled, "{:?}", of(held));
        assert_eq!(of(held).reason, "replaced by a later run");
    }
    assert_eq!(of(2).state, v1::RunState::Succeeded);
    bed.sink.release(&key);
}

/// Two nodes of which the first holds an attempt of the job `held`.
async fn a_held_attempt(options: ClusterOptions, policy: impl FnOnce(&mut v1::Policy)) -> Cluster {
    let cluster = Cluster::start(ClusterOptions { nodes: 1, ..options }).await;
    cluster.sink.script(&jobs::key("held"), &[Behaviour::Hold]);
    let past = Timestamp::from_millis(clock::now().as_millis() - 1_000);
    let job = jobs::job("held", jobs::once(past), jobs::http(cluster.sink.url()));
    cluster.operator().create(jobs::with_policy(job, policy)).await.expect("a good job");
    cluster.deliveries(1).await;
    cluster
}

async fn held_run(operator: &Operator) -> RunRecord {
    let mut runs = operator.runs(&jobs::key("held")).await.expect("it is there");
    runs.pop().expect("it has a run")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_outlives_the_leader_and_the_holder_of_the_attempt() {
    let options = ClusterOptions { lease_ttl: Duration::from_secs(1), ..<_>::default() };
    let mut cluster = a_held_attempt(options, |policy| {
        policy.cancel_grace = Some(prost_types::Duration { seconds: 1, nanos: 0 });
        policy.retry = Some(v1::RetryPolicy { max_attempts: Some(5), ..<_>::default() });
    })
    .await;
    let run = held_run(&cluster.operator()).await;
    cluster.join().await;

    // The holder leads as well, and hears nothing of what is asked of it.
    let stopped = clock::now();
    cluster.nodes[0].stop();
    let other = Operator::new(cluster.nodes[1].client(), <_>::default());
    let asked = other.cancel(&run, "stop").await.expect("the store keeps it");
    assert_eq!(asked.state, v1::RunState::Running);
    let ended = until(&other, "held", &run, v1::RunState::Cancelled).await;
    assert_eq!((ended.reason.as_str(), ended.attempt), ("stop", 1), "{ended:?}");

    // What the holder says when it wakes changes nothing.
    cluster.sink.release(&jobs::key("held"));
    cluster.nodes[0].cont();
    cluster.fault("SIGSTOP of leader and holder", stopped, clock::now());
    cluster.wait_led().await;
    let after = state(&cluster.operator(), "held", &run).await;
    assert_eq!((after.state, after.ended), (v1::RunState::Cancelled, ended.ended));
    cluster.judge("cancel: leader and holder stopped").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeout_holds_when_the_node_of_the_attempt_has_died() {
    // The others would take it for dead only much later.
    let env = vec![("BELLWETHER_SESSION_TTL", "60s")];
    let lease_ttl = Duration::from_secs(1);
    let options = ClusterOptions { env, lease_ttl, ..ClusterOptions::default() };
    let mut cluster = a_held_attempt(options, |policy| {
        policy.timeout = Some(prost_types::Duration { seconds: 1, nanos: 0 });
    })
    .await;

    let killed = clock::now();
    cluster.nodes[0].kill9();
    cluster.nodes[0].restart().await;
    cluster.nodes[0].wait_ready().await;
    cluster.fault("kill -9 of the only node", killed, clock::now());

    let operator = cluster.operator();
    let run = held_run(&operator).await;
    let run = until(&operator, "held", &run, v1::RunState::TimedOut).await;
    assert_eq!((run.attempt, run.lost), (1, 0), "{run:?}");
    assert!(clock::now().since(killed) < Duration::from_secs(20), "by its deadline");
    cluster.sink.release(&jobs::key("held"));
    cluster.judge("timeout: its node is dead").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_attempts_use_no_attempts_and_end_the_run_after_max_lost() {
    let lease_ttl = Duration::from_secs(1);
    let options = ClusterOptions { lease_ttl, ..ClusterOptions::default() };
    let mut cluster = a_held_attempt(options, |policy| policy.max_lost = Some(2)).await;
    cluster.sink.behave(&jobs::key("held"), Behaviour::Hold);
    cluster.sink.script(&jobs::key("once"), &[Behaviour::Hold]);
    let past = Timestamp::from_millis(clock::now().as_millis() - 1_000);
    let once = jobs::job("once", jobs::once(past), jobs::http(cluster.sink.url()));
    let once = jobs::with_policy(once, |policy| {
        policy.on_lost = Some(v1::OnLost::Fail as i32);
        policy.retry = Some(v1::RetryPolicy { max_attempts: Some(9), ..<_>::default() });
    });
    cluster.operator().create(once).await.expect("a good job");
    cluster.deliveries(1).await;

    for kill in 1..=2 {
        let killed = clock::now();
        cluster.nodes[0].kill9();
        cluster.nodes[0].restart().await;
        cluster.nodes[0].wait_ready().await;
        cluster.fault("kill -9 of the only node", killed, clock::now());
        if kill == 1 {
            cluster.deliveries(1).await;
        }
    }

    let operator = cluster.operator();
    let run = held_run(&operator).await;
    let run = until(&operator, "held", &run, v1::RunState::Lost).await;
    assert_eq!((run.attempt, run.lost), (2, 2), "max_attempts is 1: {run:?}");
    let runs = operator.runs(&jobs::key("once")).await.expect("it is there");
    let failed = until(&operator, "once", &runs[0], v1::RunState::Lost).await;
    assert_eq!((failed.attempt, failed.lost), (1, 1), "{failed:?}");
    cluster.sink.release(&jobs::key("held"));
    cluster.sink.release(&jobs::key("once"));
    let summary = cluster.judge("lost: after max_lost").await;
    assert!(summary.lost_attempts >= 3, "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catch_up_runs_one_after_the_other_across_a_change_of_leader() {
    let lease_ttl = Duration::from_secs(1);
    let options = ClusterOptions { nodes: 1, lease_ttl, ..ClusterOptions::default() };
    let mut cluster = Cluster::start(options).await;
    let key = jobs::key("each");
    let beat = Duration::from_millis(100);
    let job = jobs::job("each", jobs::every(beat), jobs::http(cluster.sink.url()));
    let job = jobs::with_policy(job, |policy| {
        policy.coalesce = Some(v1::Coalesce::All as i32);
        policy.overlap = Some(v1::Overlap::Replace as i32);
    });
    cluster.operator().create(job).await.expect("a good job");
    cluster.deliveries(2).await;

    let killed = clock::now();
    cluster.nodes[0].kill9();
    wait_for("time to pass while nobody is there", PATIENCE, async || {
        let passed = clock::now().since(killed);
        if passed > beat * 20 { Ok(()) } else { Err(format!("{passed:?}")) }
    })
    .await;
    // The first one of the catch-up lasts, so that the leader changes while the others wait.
    cluster.sink.script(&key, &[Behaviour::Work(Duration::from_secs(4))]);
    cluster.nodes[0].restart().await;
    cluster.nodes[0].wait_ready().await;
    let healed = clock::now();
    cluster.fault("nobody there for a while", killed, healed);
    cluster.join().await;
    cluster.deliveries(1).await;
    cluster.kill9(0);
    cluster.wait_led().await;
    cluster.deliveries(15).await;

    let caught_up = |at: Timestamp| killed < at && at < healed;
    let mut rows = cluster.ledger.rows_of(&key);
    rows.retain(|row| caught_up(row.fire_time) && row.attempt == 1);
    assert!(rows.len() >= 15, "{} of them", rows.len());
    assert!(rows.windows(2).all(|pair| pair[0].fire_time < pair[1].fire_time), "{rows:?}");
    let operator = cluster.operator();
    operator.pause(&key).await.expect("it is there");
    let runs = operator.runs(&key).await.expect("it is there");
    let late = runs.iter().filter(|run| caught_up(run.fire_time));
    let lost: Vec<_> = late.filter(|run| run.state == v1::RunState::Skipped).collect();
    assert_eq!(lost, Vec::<&RunRecord>::new(), "a catch-up is exempt from overlap");
    cluster.judge("catch-up: another leader").await;
}

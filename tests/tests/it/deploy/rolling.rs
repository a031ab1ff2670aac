//! A rolling restart of three real nodes, as the manifest says.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::{Duration, Instant};

use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::deploy::manifests::text;
use bellwether_tests::deploy::pods::{Departure, Deployment};
use bellwether_tests::deploy::rollout::Rollout;
use bellwether_tests::handover::handovers;
use bellwether_tests::jobs;
use bellwether_tests::operator::Operator;
use bellwether_tests::wait::{PATIENCE, wait_for};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::Status;

use super::overlay;
use crate::cluster::{given_jobs, rounds};

/// How many clients make calls all the time, each over a connection of its own.
const CLIENTS: usize = 3;

/// So many that each node leads some, and a lease so short that they are shared out soon. Nothing else
/// depends on it here: a node that leaves lets its leases go, and nobody waits for them to run out.
const PARTITIONS: u16 = 24;
const LEASE_TTL: Duration = Duration::from_secs(1);

/// The calls of a client.
#[derive(Debug, Default)]
struct Calls {
    made: usize,
    failed: Vec<Status>,
    slowest: Duration,
}

impl Calls {
    async fn note<T>(&mut self, call: impl Future<Output = Result<T, Status>>) {
        let began = Instant::now();
        self.failed.extend(call.await.err());
        self.made += 1;
        self.slowest = self.slowest.max(began.elapsed());
    }
}

/// Creates, changes, looks at and deletes a job, again and again until it is told to stop.
async fn call(operator: Operator, client: usize, stop: watch::Receiver<bool>) -> Calls {
    let (id, mut calls) = (format!("client/{client}"), Calls::default());
    let key = jobs::key(&id);
    while !*stop.borrow() {
        calls.note(operator.create(jobs::job(&id, jobs::never(), jobs::noop()))).await;
        calls.note(operator.pause(&key)).await;
        calls.note(operator.get(&key)).await;
        calls.note(operator.resume(&key, false)).await;
        calls.note(operator.delete(&key)).await;
    }
    calls
}

/// Waits until every node has something to hand over.
async fn wait_shared(cluster: &Cluster) {
    wait_for("every node to lead", PATIENCE, async || {
        let leases = cluster.leases().await;
        let leaders: BTreeSet<_> = leases.iter().map(|lease| lease.node.as_str()).collect();
        let all = cluster.nodes.iter().all(|node| leaders.contains(node.name()));
        if all { Ok(()) } else { Err(format!("{leaders:?}")) }
    })
    .await;
}

/// The cluster, its pods as the manifest has them, and jobs that fire.
async fn given() -> (Cluster, Deployment, Rollout) {
    let manifests = overlay("dev");
    let rollout = Rollout::of(manifests.get("Deployment", "bellwether"));
    let replicas = rollout.replicas.expect("no autoscaler says in this overlay");
    let toml = text(manifests.get("ConfigMap", "bellwether"), "/data/bellwether.toml");
    let options = ClusterOptions {
        nodes: usize::try_from(replicas).expect("a few"),
        partitions: PARTITIONS,
        lease_ttl: LEASE_TTL,
        config: Some(toml.to_owned()),
        ..<_>::default()
    };
    let mut cluster = Cluster::start(options).await;
    let deployment = Deployment::over(&mut cluster, rollout.clone()).await;
    given_jobs(&cluster).await;
    wait_shared(&cluster).await;
    (cluster, deployment, rollout)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_loses_nothing_repeats_nothing_and_fails_no_call() {
    let (mut cluster, mut deployment, rollout) = given().await;
    let (stop, stopped) = watch::channel(false);
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(call(cluster.operator_at(deployment.address()), client, stopped.clone()));
    }

    let (at, began) = (clock::now(), Instant::now());
    let departures = deployment.roll(&mut cluster).await;
    let mut told = format!("rolling restart in {:.1?}", began.elapsed());

    rounds(&cluster, 2).await;
    stop.send(true).expect("the clients listen");
    let calls = clients.join_all().await;
    let mut handovers = handovers(&cluster);
    handovers.retain(|handover| handover.at >= at);
    for Departure { node, took } in &departures {
        let of_node = handovers.iter().filter(|handover| handover.from == *node);
        let gaps: Vec<_> = of_node.map(|handover| handover.gap).collect();
        let gap = gaps.iter().max();
        let gap = gap.unwrap_or_else(|| panic!("{node} had nothing to hand over"));
        let count = gaps.len();
        told += &format!(
            "\n  {node}: {count} partitions handed over, without a leader for {gap:?} at most; gone \
             {took:.1?} after SIGTERM"
        );
        assert!(*took + rollout.pre_stop < rollout.grace, "{node} nearly had to be killed");
    }
    let made: usize = calls.iter().map(|calls| calls.made).sum();
    let failed: Vec<_> = calls.iter().flat_map(|calls| &calls.failed).collect();
    let slowest = calls.iter().map(|calls| calls.slowest).max().unwrap_or_default();
    // Past what the test runner captures.
    let count = failed.len();
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "{told}\n  {made} calls, {count} failed, slowest {slowest:.1?}");
    assert!(failed.is_empty(), "{failed:?}");
    assert!(made > 50, "only {made} calls were made meanwhile");
    assert_eq!(departures.len(), 3);

    let summary = cluster.judge_undisturbed("deploy: rolling restart").await;
    assert_eq!((summary.lost_attempts, summary.superseded), (0, 0), "{summary}");
}

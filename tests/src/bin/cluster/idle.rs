//! What an idle cluster costs, and how soon it wakes.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_domain::{JobKey, PartitionCount, Timestamp};
use bellwether_tests::clock;
use bellwether_tests::cluster::{Cluster, ClusterOptions};
use bellwether_tests::cpu::cpu_time;
use bellwether_tests::jobs;
use bellwether_tests::operator::{Knowledge, Operator};
use bellwether_tests::wait::{PATIENCE, wait_for};
use clap::Args;
use futures::stream::{self, StreamExt as _};

/// What a node may cost of a core, in percent.
const COST: f64 = 3.0;

/// How late a job may fire.
const LATENESS: Duration = Duration::from_millis(100);

/// How long before their times probes are created, in turn: the last are due as soon as they are
/// there.
const NOTICES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(50), Duration::from_millis(10)];

/// How many calls are under way at once while the jobs are created.
const CALLS: usize = 16;

/// How long the nodes are left alone before their cost counts.
const SETTLING: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many jobs there are, all far in the future
    #[arg(long, default_value_t = 10_000)]
    jobs: u32,
    /// For how many seconds the cost is measured
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// How many jobs are created then, one after the other, each over a node that does not lead
    #[arg(long, default_value_t = 40)]
    probes: u32,
    /// How many partitions the cluster has
    #[arg(long, default_value_t = 16)]
    partitions: u16,
}

/// Measures with hints and without, and prints both; whether all figures are within their limits.
pub(crate) async fn run(options: &Options) -> bool {
    let mut holds = true;
    for hints in [true, false] {
        holds &= measure(options, hints).await;
    }
    holds
}

async fn measure(options: &Options, hints: bool) -> bool {
    let env = if hints { Vec::new() } else { vec![("BELLWETHER_HINTS", "false")] };
    let lease_ttl = Duration::from_secs(3);
    let partitions = options.partitions;
    let cluster =
        Cluster::start(ClusterOptions { partitions, lease_ttl, env, ..<_>::default() }).await;
    create_all(&cluster, options.jobs).await;
    let costs = costs(&cluster, Duration::from_secs(options.seconds)).await;
    let mut lateness = Vec::new();
    for number in 0..options.probes {
        lateness.push(probe(&cluster, options.partitions, number).await);
    }
    lateness.sort_unstable();
    let middle = lateness.get(lateness.len() / 2).copied().unwrap_or_default();
    let worst = lateness.last().copied().unwrap_or_default();
    let hinted = if hints { "with hints" } else { "without hints" };
    let shown: Vec<_> = costs.iter().map(|cost| format!("{cost:.2} %")).collect();
    println!(
        "{hinted}, {} jobs in {} partitions: of a core {} for the nodes and Redis (limit {COST} % \
         a node); {} jobs created over a node that does not lead: late by {} ms p50, {} ms max \
         (limit {} ms)",
        options.jobs,
        options.partitions,
        shown.join(", "),
        lateness.len(),
        middle.as_millis(),
        worst.as_millis(),
        LATENESS.as_millis(),
    );
    let nodes = &costs[..costs.len() - 1];
    nodes.iter().all(|cost| *cost < COST) && worst < LATENESS
}

async fn create_all(cluster: &Cluster, count: u32) {
    let operator = &cluster.operator();
    let jobs = (0..count).map(|number| {
        let job = jobs::job(&format!("idle/{number:06}"), jobs::never(), jobs::noop());
        async move { operator.create(job).await.expect("a good job").etag }
    });
    stream::iter(jobs).buffer_unordered(CALLS).count().await;
}

/// Of a core, in percent: each node, and Redis at the end.
async fn costs(cluster: &Cluster, span: Duration) -> Vec<f64> {
    passes(SETTLING).await;
    let nodes = cluster.nodes.iter().map(bellwether_tests::node::Node::pid);
    let pids: Vec<u32> = nodes.chain([cluster.redis.pid()]).collect();
    let used = || pids.iter().map(|pid| cpu_time(*pid)).collect::<Vec<_>>();
    let (began, before) = (clock::now(), used());
    passes(span).await;
    let (lasted, after) = (clock::now().since(began), used());
    let share = |(after, before): (&Duration, &Duration)| {
        100.0 * after.saturating_sub(*before).as_secs_f64() / lasted.as_secs_f64()
    };
    after.iter().zip(&before).map(share).collect()
}

/// How late a job fires that is created, shortly before its time, over a node that does not lead
/// its partition.
async fn probe(cluster: &Cluster, partitions: u16, number: u32) -> Duration {
    let key = jobs::key(&format!("probe/{number}"));
    let count = PartitionCount::new(partitions).expect("the cluster came up with them");
    let leases = cluster.leases().await;
    let leader = leader(&leases, &key, count);
    let other = cluster.nodes.iter().find(|node| node.name() != leader);
    let other = other.expect("there are three nodes");
    let at = clock::now().saturating_add(NOTICES[number as usize % NOTICES.len()]);
    let job = jobs::job(key.id.as_str(), jobs::once(at), jobs::http(cluster.sink.url()));
    let operator = Operator::new(other.client(), Knowledge::default());
    operator.create(job).await.expect("a good job");
    let arrived = wait_for("the job to fire", PATIENCE, async || {
        let rows = cluster.ledger.rows_of(&key);
        rows.first().map(|row| row.start).ok_or_else(|| "not yet".to_owned())
    })
    .await;
    arrived.since(at)
}

fn leader<'a>(leases: &'a [v1::PartitionLease], key: &JobKey, count: PartitionCount) -> &'a str {
    let partition = i32::from(key.partition(count).0);
    let lease = leases.iter().find(|lease| lease.partition == partition);
    lease.map_or("", |lease| lease.node.as_str())
}

/// Waits until `span` has passed.
async fn passes(span: Duration) {
    let until: Timestamp = clock::now().saturating_add(span);
    wait_for("time to pass", span + PATIENCE, async || {
        if clock::now() >= until { Ok(()) } else { Err("not yet".to_owned()) }
    })
    .await;
}

//! The measurement: jobs fire, and what is kept of that is counted now and then.

use std::time::Duration;

use bellwether_client::{ClientOptions, v1};
use bellwether_domain::Timestamp;
use bellwether_proto::convert::duration_to_proto;
use futures::stream::{self, StreamExt as _};

use super::census::Census;
use super::endpoint::Endpoint;
use crate::clock;
use crate::jobs;
use crate::node::{Node, NodeOptions, client};
use crate::operator::{Knowledge, Operator};
use crate::redis_server::{Persistence, RedisServer};
use crate::wait::wait_for;

/// Of so many jobs one fails, one misses and one skips what it fires: a tenth.
const PATTERN: u32 = 30;

/// How many calls are under way at once while jobs are created.
const CALLS: usize = 16;

/// How much longer than planned it may take: a machine that others use as well.
const PATIENCE: u32 = 20;

/// What fires.
#[derive(Clone, Debug)]
pub struct Workload {
    /// How many jobs, with the history limits that jobs have by default.
    pub jobs: u32,
    /// How often each fires.
    pub every: Duration,
    /// At least so many fire times become runs or records.
    pub runs: u64,
    /// Whether a tenth of them fail, are missed and are skipped.
    pub mixed: bool,
    /// How many partitions the cluster has.
    pub partitions: u16,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What was counted, and after how many fires: with the jobs alone, at a tenth, at the half and
    /// at the end.
    pub counts: Vec<(u64, Census)>,
    /// What became of the fires, by the node's metrics.
    pub fires: Fires,
    /// How long the firing took.
    pub took: Duration,
}

/// What became of fire times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fires {
    /// Runs.
    pub claimed: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Records of what came too late.
    pub missed: u64,
    /// Records of what found no place.
    pub skipped: u64,
}

impl Fires {
    /// Runs and records.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.claimed + self.missed + self.skipped
    }
}

/// Starts everything, lets the jobs fire and counts.
///
/// # Panics
/// When something does not come up, or the firing takes far longer than planned.
pub async fn run(workload: &Workload) -> Measured {
    let redis = RedisServer::start(Persistence::None).await;
    let endpoint = Endpoint::start().await;
    let node = NodeOptions::new("n1", &redis.url())
        .flag("--partitions", &workload.partitions.to_string())
        .start()
        .await;
    node.wait_ready().await;
    let patient = ClientOptions { deadline: Duration::from_secs(60), ..ClientOptions::default() };
    let operator = Operator::new(client(&[node.grpc()], patient), Knowledge::default());
    let lead = Duration::from_secs(2) + Duration::from_millis(8) * workload.jobs;
    let began = clock::now().saturating_add(lead);
    create(workload, &operator, &endpoint, began).await;
    let mut connection = redis.connection().await;
    let mut counts = vec![(fires(&node).await.all(), Census::take(&mut connection).await)];
    for share in [workload.runs / 10, workload.runs / 2, workload.runs] {
        let all = reach(workload, &node, lead, share).await;
        counts.push((all, Census::take(&mut connection).await));
    }
    Measured { counts, fires: fires(&node).await, took: clock::now().since(began) }
}

async fn create(workload: &Workload, operator: &Operator, endpoint: &Endpoint, from: Timestamp) {
    let jobs = (0..workload.jobs).map(|number| {
        let first = from.saturating_add(workload.every * number / workload.jobs);
        let job = job(workload, endpoint, number, first);
        async move { operator.create(job).await.expect("a good job").etag }
    });
    stream::iter(jobs).buffer_unordered(CALLS).count().await;
}

fn job(workload: &Workload, endpoint: &Endpoint, number: u32, first: Timestamp) -> v1::Job {
    let trigger = jobs::every_from(first, workload.every);
    // Every fire time is to become something of its own, however late it is looked at.
    let all = Some(v1::Coalesce::All as i32);
    let policy = v1::Policy { coalesce: all, queue_limit: Some(100), ..v1::Policy::default() };
    let queue = Some(v1::Overlap::Queue as i32);
    let at_once = Some(v1::policy::Misfire::MisfireGrace(duration_to_proto(Duration::ZERO)));
    let (target, policy) = match number % PATTERN {
        0 if workload.mixed => {
            (jobs::http(&endpoint.failing()), v1::Policy { overlap: queue, ..policy })
        }
        1 if workload.mixed => (jobs::noop(), v1::Policy { misfire: at_once, ..policy }),
        2 if workload.mixed => (jobs::http(&endpoint.holding()), v1::Policy::default()),
        _ => (jobs::noop(), v1::Policy { overlap: queue, ..policy }),
    };
    v1::Job { policy: Some(policy), ..jobs::job(&format!("memory/{number:06}"), trigger, target) }
}

/// Waits until so many have fired; how many have.
async fn reach(workload: &Workload, node: &Node, lead: Duration, share: u64) -> u64 {
    let each = share / u64::from(workload.jobs).max(1);
    let planned = workload.every * u32::try_from(each).unwrap_or(u32::MAX);
    let within = lead + (planned + Duration::from_secs(5)) * PATIENCE;
    wait_for(&format!("{share} fires"), within, async || {
        let all = fires(node).await.all();
        if all >= share { Ok(all) } else { Err(format!("{all}")) }
    })
    .await
}

/// What became of fire times so far.
async fn fires(node: &Node) -> Fires {
    let page = node.probe("/metrics").await.expect("the node serves its metrics").body;
    let sum = |name: &str, label: &str| -> u64 {
        let of = |line: &&str| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']))
                && line.contains(label)
        };
        let value = |line: &str| line.rsplit_once(' ')?.1.parse::<u64>().ok();
        page.lines().filter(of).filter_map(value).sum()
    };
    Fires {
        claimed: sum("bellwether_fires_claimed_total", ""),
        failed: sum("bellwether_runs_total", "outcome=\"failed\""),
        missed: sum("bellwether_fires_missed_total", ""),
        skipped: sum("bellwether_fires_skipped_total", ""),
    }
}

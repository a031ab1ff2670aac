//! The measurement: given jobs, they fire, everything is read back.

use std::time::Duration;

use bellwether_client::{Client, ClientOptions, v1};
use bellwether_domain::{JobKey, Timestamp};
use bellwether_proto::convert::timestamp_to_proto;
use bellwether_tests::check::{Evidence, Verdict, check};
use bellwether_tests::clock;
use bellwether_tests::cpu::cpu_time;
use bellwether_tests::jobs;
use bellwether_tests::node::{Node, NodeOptions, client};
use bellwether_tests::operator::{Knowledge, Operator};
use bellwether_tests::record::RunRecord;
use bellwether_tests::redis_server::RedisServer;
use bellwether_tests::wait::wait_for;
use bellwether_tests::worker::{IDLE, WorkerProcess, WorkerSetup};
use futures::stream::{self, StreamExt as _};

use crate::Options;

/// How many runs a job keeps: the most that one may.
pub(crate) const KEPT: u32 = 10_000;

/// The queue of the worker.
const QUEUE: &str = "load";

/// How many calls are under way at once while jobs are created and runs are read.
const CALLS: usize = 16;

/// How long the longest wait may be beyond what the measurement itself takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was seen.
pub(crate) struct Measured {
    /// When the jobs began to fire, and
    pub(crate) began: Timestamp,
    /// when they had their last fire time.
    pub(crate) ended: Timestamp,
    /// Every run.
    pub(crate) runs: Vec<RunRecord>,
    /// What the checker says.
    pub(crate) verdict: Verdict,
    /// CPU time between the two, of the node and
    pub(crate) node_cpu: Duration,
    /// of Redis, and
    pub(crate) redis_cpu: Duration,
    /// of the worker, if there is one.
    pub(crate) worker_cpu: Option<Duration>,
    /// Memory of Redis at the end, in bytes.
    pub(crate) redis_memory: u64,
}

/// Starts everything, lets the jobs fire, and reads what came of it.
pub(crate) async fn run(options: &Options) -> Measured {
    let redis = RedisServer::start(options.persistence.into()).await;
    let node = start_node(options, &redis).await;
    let worker = options.worker.then(|| start_worker(&node));
    let knowledge = Knowledge::default();
    let operator = Operator::new(patient_client(&node), knowledge.clone());

    let allowance = Duration::from_secs(3) + Duration::from_millis(5) * options.jobs;
    let began = clock::now().saturating_add(allowance);
    let ended = began.saturating_add(Duration::from_secs(options.seconds.into()));
    create(options, &operator, began, ended).await;
    assert!(clock::now() < began, "the jobs were not created in {allowance:?}");

    reach(began).await;
    let worker_time = || worker.as_ref().map(|worker| cpu_time(worker.pid()));
    let (node_before, redis_before) = (cpu_time(node.pid()), cpu_time(redis.pid()));
    let worker_before = worker_time();
    reach(ended).await;
    let (node_after, redis_after) = (cpu_time(node.pid()), cpu_time(redis.pid()));
    let worker_cpu =
        worker_time().zip(worker_before).map(|(after, before)| after.saturating_sub(before));

    let runs = read_back(&operator, options.jobs).await;
    let oracle = knowledge.oracle.lock().clone();
    let grace = Duration::from_secs(10);
    let evidence = Evidence { oracle, runs, grace, terms: node.terms(), ..Evidence::default() };
    let verdict = check(&evidence);
    Measured {
        began,
        ended,
        runs: evidence.runs,
        verdict,
        node_cpu: node_after.saturating_sub(node_before),
        redis_cpu: redis_after.saturating_sub(redis_before),
        worker_cpu,
        redis_memory: memory(&redis).await,
    }
}

async fn start_node(options: &Options, redis: &RedisServer) -> Node {
    let mut node =
        NodeOptions::new("n1", &redis.url()).flag("--partitions", &options.partitions.to_string());
    if let Some(concurrency) = options.concurrency {
        node = node.flag("--concurrency", &concurrency.to_string());
    }
    let node = node.start().await;
    node.wait_ready().await;
    node
}

/// One worker that takes as much as a worker may.
fn start_worker(node: &Node) -> WorkerProcess {
    let setup = WorkerSetup {
        name: "w1".to_owned(),
        nodes: vec![node.grpc().to_owned()],
        queues: vec![QUEUE.to_owned()],
        capacity: 10_000,
        sink: None,
    };
    setup.start()
}

fn patient_client(node: &Node) -> Client {
    client(&[node.grpc()], ClientOptions { deadline: PATIENCE, ..ClientOptions::default() })
}

fn key(number: u32) -> JobKey {
    jobs::key(&format!("load/{number:06}"))
}

/// Creates the jobs, whose fire times all lie from `began` on and before `ended`.
async fn create(options: &Options, operator: &Operator, began: Timestamp, ended: Timestamp) {
    let last = Timestamp::from_millis(ended.as_millis() - 1);
    let jobs = (0..options.jobs).map(|number| {
        let share = if options.aligned { 0 } else { number };
        let first = began.saturating_add(options.every * share / options.jobs);
        let job = jobs::job(
            key(number).id.as_str(),
            jobs::every_from(first, options.every),
            match options.worker {
                true => jobs::for_handler(QUEUE, IDLE),
                false => jobs::noop(),
            },
        );
        let mut job = jobs::with_policy(job, |policy| {
            policy.history_limit = i32::try_from(KEPT).ok();
            policy.failed_history_limit = i32::try_from(KEPT).ok();
        });
        if let Some(trigger) = &mut job.trigger {
            trigger.end_time = Some(timestamp_to_proto(last));
        }
        async move { operator.create(job).await.expect("a good job").etag }
    });
    stream::iter(jobs).buffer_unordered(CALLS).count().await;
}

/// Waits until the instant has come.
async fn reach(at: Timestamp) {
    let left = at.since(clock::now()) + PATIENCE;
    wait_for("the time to come", left, async || {
        if clock::now() >= at { Ok(()) } else { Err("an earlier one".to_owned()) }
    })
    .await;
}

/// Every run of every job, once all have ended.
async fn read_back(operator: &Operator, count: u32) -> Vec<RunRecord> {
    let reads = (0..count).map(|number| async move {
        let key = key(number);
        wait_for(&format!("every run of {key} to end"), PATIENCE, async || {
            let job = operator.get(&key).await.map_err(|status| status.to_string())?;
            let runs = operator.runs(&key).await.map_err(|status| status.to_string())?;
            let settled = runs.iter().all(RunRecord::has_ended);
            let finished = job.state() == v1::JobState::Finished;
            if settled && finished { Ok(runs) } else { Err(format!("{} runs", runs.len())) }
        })
        .await
    });
    let runs: Vec<Vec<_>> = stream::iter(reads).buffer_unordered(CALLS).collect().await;
    runs.into_iter().flatten().collect()
}

async fn memory(redis: &RedisServer) -> u64 {
    let mut connection = redis.connection().await;
    let info: String = redis::cmd("INFO")
        .arg("memory")
        .query_async(&mut connection)
        .await
        .expect("the server is up");
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
    used.and_then(|used| used.trim().parse().ok()).expect("INFO says what is used")
}

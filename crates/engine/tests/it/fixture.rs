//! A cluster of engines in one process over one embedded store, with a scripted target.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::trigger::{DateSpec, IntervalSpec, TriggerKind, TriggerSpec};
use bellwether_domain::{
    AttemptEnd, AttemptReport, BootId, Definition, Etag, JobDefaults, JobId, JobKey, JobSpec,
    JobUid, Limits, Namespace, PartitionCount, PolicySpec, Run, Schedule, Target, Timestamp,
};
use bellwether_engine::{
    Attempt, Engine, EngineConfig, Execution, Health, TargetExecutor, Workers,
};
use bellwether_store::clock::SystemClock;
use bellwether_store::{ClusterStore, InsertJob, JobStore, MemoryStore, RunStore, Store, Write};
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// How long a condition may take to hold. Generous: it bounds a hang, it measures nothing.
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) const PARTITIONS: u16 = 4;

/// An embedded store with what the tests ask of it.
pub(crate) struct Cluster {
    pub(crate) store: MemoryStore,
    pub(crate) target: Arc<Scripted>,
    uids: Mutex<HashMap<String, JobUid>>,
}

impl Cluster {
    pub(crate) async fn new() -> Self {
        let store = MemoryStore::new(Arc::new(SystemClock));
        store.open(PartitionCount::new(PARTITIONS)).await.expect("a new cluster");
        Self { store, target: Arc::new(Scripted::default()), uids: Mutex::default() }
    }

    pub(crate) fn start_node(&self, name: &str) -> Engine {
        self.start_node_with(name, |_| {})
    }

    pub(crate) fn start_node_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut EngineConfig),
    ) -> Engine {
        let mut config = EngineConfig {
            boot: BootId(Uuid::now_v7()),
            node: name.to_owned(),
            grpc_address: String::new(),
            http_address: String::new(),
            version: "test".to_owned(),
            partitions: PartitionCount::new(PARTITIONS).expect("a valid count"),
            lease_ttl: Duration::from_millis(300),
            session_ttl: Duration::from_millis(300),
            concurrency: 16,
            drain_grace: Duration::from_secs(10),
            defaults: JobDefaults::default(),
            limits: Limits::default(),
            finished_ttl: Duration::from_secs(604_800),
            hints: true,
        };
        change(&mut config);
        let store: Arc<dyn Store> = Arc::new(self.store.clone());
        let workers = Workers::new(Duration::from_secs(10));
        Engine::start(config, store, Arc::clone(&self.target) as _, Health::default(), &workers)
    }

    /// Adds a job that fires once, at once.
    pub(crate) async fn once(&self, id: &str, policy: PolicySpec) -> JobKey {
        let now = self.store.now().await.expect("the embedded store answers");
        self.add(id, TriggerKind::Date(DateSpec { at: now }), policy).await
    }

    /// Adds a job of a namespace that calls `target` once, at once.
    pub(crate) async fn once_in(&self, namespace: &str, id: &str, target: Target) -> JobKey {
        let now = self.store.now().await.expect("the embedded store answers");
        let key = JobKey {
            namespace: Namespace::new(namespace).expect("a valid namespace"),
            id: JobId::new(id).expect("a valid id"),
        };
        let kind = TriggerKind::Date(DateSpec { at: now });
        self.insert(key, kind, target, PolicySpec::default()).await
    }

    /// Adds a job that fires every `ms` milliseconds, `times` times.
    pub(crate) async fn every(&self, id: &str, ms: u64, times: u32) -> JobKey {
        let every = Duration::from_millis(ms);
        let kind =
            TriggerKind::Interval(IntervalSpec { every, anchor: None, fire_immediately: false });
        let policy = PolicySpec {
            max_fires: Some(times),
            history_limit: Some(1_000),
            failed_history_limit: Some(1_000),
            ..PolicySpec::default()
        };
        self.add(id, kind, policy).await
    }

    async fn add(&self, id: &str, kind: TriggerKind, policy: PolicySpec) -> JobKey {
        let key =
            JobKey { namespace: Namespace::default(), id: JobId::new(id).expect("a valid id") };
        self.insert(key, kind, Target::Noop, policy).await
    }

    async fn insert(
        &self,
        key: JobKey,
        kind: TriggerKind,
        target: Target,
        policy: PolicySpec,
    ) -> JobKey {
        let now = self.store.now().await.expect("the embedded store answers");
        let uid = JobUid(Uuid::now_v7());
        self.uids.lock().insert(key.id.to_string(), uid);
        let definition = Definition {
            key: key.clone(),
            uid,
            created: now,
            spec: JobSpec {
                description: String::new(),
                labels: Default::default(),
                trigger: TriggerSpec { kind, start_time: None, end_time: None },
                target,
                policy,
            },
        };
        let trigger = definition.compile().expect("a valid trigger");
        let schedule = Schedule { trigger: &trigger, uid, jitter: Duration::ZERO };
        let next = schedule.upcoming(now, None).expect("it fires");
        let insert =
            InsertJob { definition, etag: Etag([7; 8]), next, due_at_once: true, reply: None };
        let written = self.store.insert_job(&insert).await.expect("the embedded store answers");
        assert_eq!(written, Write::Done);
        key
    }

    /// The runs of a job, the latest first.
    pub(crate) async fn runs(&self, key: &JobKey) -> Vec<Run> {
        let count = PartitionCount::new(PARTITIONS).expect("a valid count");
        let uid = self.uids.lock()[key.id.as_str()];
        self.store.list_runs(key.partition(count), uid).await.expect("the store answers")
    }

    /// Waits until the job's runs satisfy `holds` and returns them.
    pub(crate) async fn wait_for_runs(
        &self,
        key: &JobKey,
        what: &str,
        holds: impl Fn(&[Run]) -> bool,
    ) -> Vec<Run> {
        let started = std::time::Instant::now();
        loop {
            let runs = self.runs(key).await;
            if holds(&runs) {
                return runs;
            }
            assert!(started.elapsed() < DEADLINE, "{what}: still {runs:#?}");
            tokio::time::sleep(Duration::from_millis(5)).await; // paced: polls a condition
        }
    }
}

/// A target that does what the test says, by job id, and remembers what it was asked.
#[derive(Default)]
pub(crate) struct Scripted {
    calls: Mutex<Vec<Call>>,
    /// How many executions go on, and the most that ever did, by namespace and by host.
    at_once: Mutex<HashMap<String, (usize, usize)>>,
    scripts: Mutex<HashMap<String, Script>>,
}

/// One execution as the handler saw it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) job: String,
    pub(crate) fire_time: Timestamp,
    pub(crate) attempt: u32,
}

/// What a job's executions do.
#[derive(Clone)]
pub(crate) enum Script {
    /// Fail retryably this many times, then succeed.
    Fail(u32),
    /// Wait until a permit is given.
    Hold(Arc<Semaphore>),
    /// Panic.
    Panic,
}

impl Scripted {
    pub(crate) fn script(&self, job: &str, script: Script) {
        self.scripts.lock().insert(job.to_owned(), script);
    }

    /// The most executions that went on at once, of a namespace or at a host.
    pub(crate) fn most_at_once(&self, subject: &str) -> usize {
        self.at_once.lock().get(subject).map_or(0, |(_, most)| *most)
    }

    fn begin(&self, subject: &str) {
        let mut at_once = self.at_once.lock();
        let (now, most) = at_once.entry(subject.to_owned()).or_default();
        *now += 1;
        *most = (*most).max(*now);
    }

    fn end(&self, subject: &str) {
        if let Some((now, _)) = self.at_once.lock().get_mut(subject) {
            *now -= 1;
        }
    }

    pub(crate) fn calls(&self, job: &str) -> Vec<Call> {
        self.calls.lock().iter().filter(|call| call.job == job).cloned().collect()
    }

    pub(crate) async fn wait_for_calls(&self, job: &str, count: usize) {
        let started = std::time::Instant::now();
        while self.calls(job).len() < count {
            assert!(started.elapsed() < DEADLINE, "{job}: still {:?}", self.calls(job));
            tokio::time::sleep(Duration::from_millis(5)).await; // paced: polls a condition
        }
    }
}

#[async_trait]
impl TargetExecutor for Scripted {
    async fn execute(&self, attempt: &Attempt) -> Execution {
        let draft = &attempt.run.draft;
        let job = draft.job.id.as_str().to_owned();
        let call =
            Call { job: job.clone(), fire_time: draft.fire_time, attempt: attempt.run.attempt };
        self.calls.lock().push(call);
        let subjects = [Some(draft.job.namespace.to_string()), attempt.target.host()];
        subjects.iter().flatten().for_each(|subject| self.begin(subject));
        let script = self.scripts.lock().get(&job).cloned();
        let end = match script {
            Some(Script::Fail(times)) if attempt.run.attempt <= times => {
                AttemptEnd::Failed { retryable: true, retry_after: None }
            }
            Some(Script::Hold(permits)) => {
                permits.acquire().await.expect("never closed").forget();
                AttemptEnd::Succeeded
            }
            Some(Script::Panic) => panic!("as scripted"),
            Some(Script::Fail(_)) | None => AttemptEnd::Succeeded,
        };
        subjects.iter().flatten().for_each(|subject| self.end(subject));
        Execution { end, report: AttemptReport::default() }
    }
}

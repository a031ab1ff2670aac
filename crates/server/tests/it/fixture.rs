//! A server in this process, and what the tests ask it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bellwether_domain::address::AddressPolicy;
use bellwether_domain::plan::{DueJob, plan};
use bellwether_domain::{
    AttemptReport, BootId, Clock, Epoch, Job, JobDefaults, JobKey, Limits, NextStep, Partition,
    PartitionCount, Priority, StreamPolicy, Timestamp,
};
use bellwether_engine::{Health, Workers};
use bellwether_proto::v1;
use bellwether_proto::v1::cluster_service_client::ClusterServiceClient;
use bellwether_proto::v1::job_service_client::JobServiceClient;
use bellwether_proto::v1::run_service_client::RunServiceClient;
use bellwether_server::{Server, ServerConfig, ServerError};
use bellwether_store::{
    Acquired, ClaimItem, ClaimReply, ClusterStore, EventStore, Finish, FinishReply, JobStore, Keep,
    Lane, LeaseStore, LeaseToken, Leased, MemoryStore, ReadyKey, Seq, Take, Turn, TurnStore,
};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

/// Where the clock stands at first: 2026-01-01T00:00:00Z, in seconds.
pub(crate) const START: i64 = 1_767_225_600;

const PARTITIONS: u16 = 4;

/// A clock that a test moves, or that moves on a little each time it is read.
#[derive(Default)]
pub(crate) struct HandClock {
    ms: AtomicI64,
    step: AtomicI64,
}

impl HandClock {
    /// Moves the clock by `seconds`.
    pub(crate) fn pass(&self, seconds: i64) {
        self.ms.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// Lets the clock move by `ms` milliseconds whenever it is read.
    pub(crate) fn tick_by(&self, ms: i64) {
        self.step.store(ms, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        let step = self.step.load(Ordering::SeqCst);
        Timestamp::from_millis(self.ms.fetch_add(step, Ordering::SeqCst))
    }
}

/// A server with its store and its clock.
pub(crate) struct Node {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) store: MemoryStore,
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<Result<(), ServerError>>,
}

/// What a server of these tests is told.
pub(crate) fn config() -> ServerConfig {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    ServerConfig {
        grpc_listen: free,
        http_listen: free,
        cluster: "default".to_owned(),
        version: "test".to_owned(),
        defaults: JobDefaults::default(),
        addresses: AddressPolicy { loopback: true, ..AddressPolicy::default() },
        streams: StreamPolicy::default(),
        limits: Limits::default(),
        metrics_open: false,
    }
}

impl Node {
    pub(crate) async fn start() -> Self {
        Self::start_with(config(), Health::default()).await
    }

    pub(crate) async fn start_with(config: ServerConfig, health: Health) -> Self {
        let clock = Arc::new(HandClock::default());
        clock.pass(START);
        let store = MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>);
        Self::serve(clock, store, config, health).await
    }

    /// Stops the server and starts another on the same store.
    pub(crate) async fn restart_with(self, config: ServerConfig) -> Self {
        let (clock, store) = (Arc::clone(&self.clock), self.store.clone());
        self.stop().await.expect("it ends well");
        Self::serve(clock, store, config, Health::default()).await
    }

    async fn serve(
        clock: Arc<HandClock>,
        store: MemoryStore,
        config: ServerConfig,
        health: Health,
    ) -> Self {
        let info = store.open(PartitionCount::new(PARTITIONS)).await.expect("a new cluster");
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let workers = Workers::new(Duration::from_secs(10));
        let server = Server::bind(config, Arc::new(store.clone()), info, health, workers, metrics)
            .expect("port 0 is always free");
        let (grpc, http) = (server.grpc_addr(), server.http_addr());
        let stop = CancellationToken::new();
        let served = tokio::spawn(server.serve(stop.clone()));
        Self { clock, store, grpc, http, stop, served }
    }

    /// Stops the server and waits for its end.
    pub(crate) async fn stop(self) -> Result<(), ServerError> {
        self.stop.cancel();
        self.served.await.expect("serving does not panic")
    }

    pub(crate) async fn channel(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.grpc))
            .expect("an address is a URI")
            .connect()
            .await
            .expect("the server listens")
    }

    pub(crate) async fn jobs(&self) -> JobServiceClient<Channel> {
        JobServiceClient::new(self.channel().await)
    }

    pub(crate) async fn runs(&self) -> RunServiceClient<Channel> {
        RunServiceClient::new(self.channel().await)
    }

    pub(crate) async fn cluster(&self) -> ClusterServiceClient<Channel> {
        ClusterServiceClient::new(self.channel().await)
    }

    /// Everything that clients can have written: all jobs, and how often anything happened.
    pub(crate) async fn written(&self) -> (Vec<Job>, usize) {
        let (mut jobs, mut events) = (Vec::new(), 0);
        for partition in (0..PARTITIONS).map(Partition) {
            jobs.extend(self.store.list_jobs(partition, None, None, 10_000).await.expect("jobs"));
            events += self.store.events(partition, None, 100_000).await.expect("events").len();
        }
        (jobs, events)
    }

    /// Claims what is due of the job, as the leader of its partition would.
    pub(crate) async fn claim(&self, id: &str) {
        let key = key(id);
        let partition = partition(id);
        let boot = BootId(Uuid::now_v7());
        let token = self.lead(id, boot).await;
        self.store.register(partition, boot, Seq(0)).await.expect("a lane");
        let peek = self.store.peek(partition, None, 100).await.expect("a look");
        let due = peek.due.iter().find(|due| due.key == key).expect("the job is due");
        let job = self.store.read_job(&key, None).await.expect("a read").job.expect("the job");
        let trigger = job.definition.compile().expect("a valid trigger");
        let policy = job.effective_policy(&JobDefaults::default());
        let due = DueJob {
            partition,
            definition: &job.definition,
            trigger: &trigger,
            policy: &policy,
            etag: due.etag,
            next: due.next,
            fires: due.fires,
            catching_up: due.catching_up,
        };
        let claim = plan(peek.now, &due);
        let lane = Lane::of(&key.namespace, &job.definition.spec.target);
        let ready = ReadyKey { lane, priority: policy.priority };
        let item = ClaimItem { claim, ready, keep: Keep::of(&policy) };
        let turn = Turn { lease: Some(token), claims: vec![item], ..Turn::default() };
        let reply = self.store.turn(partition, boot, Seq(1), &turn).await.expect("a turn");
        assert!(matches!(reply.claims[..], [ClaimReply::Done(_)]), "{:?}", reply.claims);
        assert!(self.store.release(token).await.expect("a release"));
    }

    /// Makes `boot` lead the job's partition.
    pub(crate) async fn lead(&self, id: &str, boot: BootId) -> LeaseToken {
        let ttl = Duration::from_secs(1);
        let lease = self.store.acquire(partition(id), boot, ttl, Epoch(0)).await.expect("a lease");
        let Acquired::Leader(token) = lease else { panic!("the lease is free: {lease:?}") };
        token
    }

    /// Takes the run of the job that waits, as any node would.
    pub(crate) async fn take(&self, id: &str) -> Leased {
        let (partition, boot) = (partition(id), BootId(Uuid::now_v7()));
        self.store.register(partition, boot, Seq(0)).await.expect("a lane");
        let ready = ReadyKey { lane: Lane::Node, priority: Priority::Normal };
        let take = Take { ready, most: 1, owner: boot.into() };
        let turn = Turn { takes: vec![take], free: 1, ..Turn::default() };
        let mut reply = self.store.turn(partition, boot, Seq(1), &turn).await.expect("a turn");
        reply.leased.pop().expect("a run waits")
    }

    /// Ends an attempt of the job, as the node that took it would.
    pub(crate) async fn end(&self, id: &str, leased: &Leased, step: NextStep) {
        let job = self.store.read_job(&key(id), None).await.expect("a read").job.expect("the job");
        let policy = job.effective_policy(&JobDefaults::default());
        let finish = Finish {
            run: leased.run.draft.id,
            attempt: leased.run.attempt,
            owner: leased.owner,
            job: key(id),
            uid: job.definition.uid,
            step,
            report: AttemptReport { node: "n1".to_owned(), ..AttemptReport::default() },
            max_instances: policy.max_instances,
            ready: ReadyKey { lane: Lane::Node, priority: Priority::Normal },
            keep: Keep::of(&policy),
            failures: None,
        };
        let turn = Turn { finishes: vec![finish], ..Turn::default() };
        let boot = BootId(Uuid::now_v7());
        self.store.register(partition(id), boot, Seq(0)).await.expect("a lane");
        let reply = self.store.turn(partition(id), boot, Seq(1), &turn).await.expect("a turn");
        assert_eq!(reply.finishes, [FinishReply::Recorded]);
    }
}

fn partition(id: &str) -> Partition {
    key(id).partition(PartitionCount::new(PARTITIONS).expect("a count"))
}

pub(crate) fn key(id: &str) -> JobKey {
    format!("default/{id}").parse().expect("a valid id")
}

pub(crate) fn at(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}

/// A trigger that fires every so many seconds.
pub(crate) fn every(seconds: i64) -> v1::Trigger {
    every_ms(seconds * 1_000)
}

pub(crate) fn every_ms(ms: i64) -> v1::Trigger {
    let nanos = i32::try_from(ms % 1_000).expect("below 1,000") * 1_000_000;
    let every = prost_types::Duration { seconds: ms / 1_000, nanos };
    let interval = v1::IntervalTrigger { every: Some(every), ..<_>::default() };
    v1::Trigger { kind: Some(v1::trigger::Kind::Interval(interval)), ..<_>::default() }
}

pub(crate) fn date(seconds: i64) -> v1::Trigger {
    let date = v1::DateTrigger { at: Some(at(seconds)) };
    v1::Trigger { kind: Some(v1::trigger::Kind::Date(date)), ..<_>::default() }
}

pub(crate) fn cron(expression: &str, timezone: &str) -> v1::Trigger {
    let cron = v1::CronTrigger {
        form: Some(v1::cron_trigger::Form::Expression(expression.to_owned())),
        timezone: timezone.to_owned(),
        ..<_>::default()
    };
    v1::Trigger { kind: Some(v1::trigger::Kind::Cron(cron)), ..<_>::default() }
}

pub(crate) fn noop() -> v1::Target {
    v1::Target { kind: Some(v1::target::Kind::Noop(v1::NoopTarget {})) }
}

pub(crate) fn http(url: &str) -> v1::HttpTarget {
    v1::HttpTarget { url: url.to_owned(), ..<_>::default() }
}

pub(crate) fn to_http(target: v1::HttpTarget) -> v1::Target {
    v1::Target { kind: Some(v1::target::Kind::Http(target)) }
}

/// A job that does nothing each minute.
pub(crate) fn job(id: &str) -> v1::Job {
    v1::Job { id: id.to_owned(), trigger: Some(every(60)), target: Some(noop()), ..<_>::default() }
}

pub(crate) fn create(job: v1::Job) -> v1::CreateJobRequest {
    v1::CreateJobRequest { job: Some(job), ..<_>::default() }
}

pub(crate) fn replace(job: v1::Job) -> v1::CreateJobRequest {
    let on_conflict = v1::OnConflict::Replace as i32;
    v1::CreateJobRequest { job: Some(job), on_conflict, ..<_>::default() }
}

pub(crate) fn get(id: &str) -> v1::GetJobRequest {
    v1::GetJobRequest { job_id: id.to_owned(), ..<_>::default() }
}

pub(crate) fn request_id() -> String {
    Uuid::new_v4().to_string()
}

/// Code, reason, and the first field that is wrong.
pub(crate) fn said(status: &Status) -> (Code, String, String) {
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone()).unwrap_or_default();
    let field = details
        .bad_request()
        .and_then(|bad| bad.field_violations.first())
        .map(|violation| violation.field.clone())
        .unwrap_or_default();
    (status.code(), reason, field)
}

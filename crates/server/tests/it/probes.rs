//! Health, reflection, the HTTP pages, and how a server begins and ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{AttemptEnd, AttemptReport, BootId, JobDefaults, Limits, PartitionCount};
use bellwether_engine::{
    Attempt, Engine, EngineConfig, Execution, Health, TargetExecutor, Workers,
};
use bellwether_proto::v1::job_service_client::JobServiceClient;
use bellwether_server::{Probes, Server, ServerConfig, ServerError};
use bellwether_store::clock::SystemClock;
use bellwether_store::{ClusterStore, MemoryStore};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Streaming};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::fixture::{Node, config, get, said};

/// How long a condition may take to hold. It bounds a hang, it measures nothing.
const DEADLINE: Duration = Duration::from_secs(20);

struct Nothing;

#[tonic::async_trait]
impl TargetExecutor for Nothing {
    async fn execute(&self, _: &Attempt) -> Execution {
        Execution { end: AttemptEnd::Succeeded, report: AttemptReport::default() }
    }
}

/// An engine on a store of its own, which sets `health`.
async fn engine(health: Health) -> Engine {
    let partitions = PartitionCount::new(1).expect("a count");
    let store = MemoryStore::new(Arc::new(SystemClock));
    store.open(Some(partitions)).await.expect("a new cluster");
    let config = EngineConfig {
        boot: BootId(Uuid::now_v7()),
        node: "one".to_owned(),
        grpc_address: String::new(),
        http_address: String::new(),
        version: "test".to_owned(),
        partitions,
        lease_ttl: Duration::from_secs(3),
        session_ttl: Duration::from_secs(3),
        concurrency: 1,
        drain_grace: Duration::from_secs(1),
        defaults: JobDefaults::default(),
        limits: Limits::default(),
        finished_ttl: Duration::from_secs(604_800),
        hints: true,
    };
    let workers = Workers::new(Duration::from_secs(10));
    Engine::start(config, Arc::new(store), Arc::new(Nothing), health, &workers)
}

/// The status line and the body that `path` is answered with.
async fn page(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    (code, body.unwrap_or_default())
}

/// What is answered to whoever asks whether the process lives.
async fn alive(client: &mut HealthClient<Channel>) -> ServingStatus {
    let request = HealthCheckRequest { service: "liveness".to_owned() };
    client.check(request).await.expect("known").into_inner().status()
}

/// The next status of a watch.
async fn next(watched: &mut Streaming<HealthCheckResponse>) -> ServingStatus {
    let message = tokio::time::timeout(DEADLINE, watched.message()).await;
    message.expect("in time").expect("no error").expect("no end").status()
}

#[tokio::test]
async fn a_server_is_alive_before_it_is_ready_and_not_ready_once_it_drains() {
    let health = Health::default();
    let node = Node::start_with(config(), health.clone()).await;
    let mut client = HealthClient::new(node.channel().await);
    assert_eq!(alive(&mut client).await, ServingStatus::Serving);
    let check = |service: &str| HealthCheckRequest { service: service.to_owned() };
    assert_eq!(page(node.http, "/livez").await.0, 200);
    assert_eq!(page(node.http, "/readyz").await.0, 503);
    let status = client.check(check("")).await.expect("known").into_inner().status();
    assert_eq!(status, ServingStatus::NotServing);
    let watched = client.watch(check("bellwether.v1.JobService")).await.expect("a watch");
    let mut watched = watched.into_inner();
    assert_eq!(next(&mut watched).await, ServingStatus::NotServing);

    let engine = engine(health).await;
    assert_eq!(next(&mut watched).await, ServingStatus::Serving);
    assert_eq!(page(node.http, "/readyz").await, (200, "ok\n".to_owned()));
    for service in ["", "readiness", "bellwether.v1.JobService", "bellwether.v1.ClusterService"] {
        let status = client.check(check(service)).await.expect("known").into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{service}");
    }
    let answer = client.check(check("nonsense")).await.expect_err("unknown");
    assert_eq!(answer.code(), Code::NotFound);

    engine.drain().await;
    assert_eq!(next(&mut watched).await, ServingStatus::NotServing);
    assert_eq!(page(node.http, "/readyz").await, (503, "draining\n".to_owned()));
    assert_eq!(page(node.http, "/livez").await.0, 200);
    assert_eq!(alive(&mut client).await, ServingStatus::Serving);

    // The watch is still open and does not hold up the end.
    tokio::time::timeout(DEADLINE, node.stop()).await.expect("an end").expect("a good one");
    assert!(!matches!(watched.message().await, Ok(Some(_))), "the watch ended");
}

#[tokio::test]
async fn without_its_store_it_is_alive_not_ready_and_unavailable_at_the_same_addresses() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let probes = Probes::bind(&config(), Health::default(), recorder.handle());
    let probes = probes.expect("port 0 is always free");
    let (grpc, http) = (probes.grpc_addr(), probes.http_addr());
    let stop = CancellationToken::new();
    let served = tokio::spawn(probes.serve(stop.clone()));

    assert_eq!(page(http, "/livez").await.0, 200);
    assert_eq!(page(http, "/readyz").await.0, 503);
    let uri = format!("http://{grpc}");
    let channel = Channel::from_shared(uri).expect("an address is a URI").connect_lazy();
    let mut client = HealthClient::new(channel.clone());
    assert_eq!(alive(&mut client).await, ServingStatus::Serving);
    let readiness = HealthCheckRequest { service: "readiness".to_owned() };
    let watched = client.watch(readiness).await.expect("a watch");
    assert_eq!(next(&mut watched.into_inner()).await, ServingStatus::NotServing);
    let status = JobServiceClient::new(channel).get_job(get("tick")).await;
    let status = status.expect_err("there is no store to look into");
    assert_eq!(said(&status), (Code::Unavailable, "STORE_UNAVAILABLE".into(), String::new()));
    assert!(status.get_details_retry_info().is_some(), "when to ask again? {status:?}");

    // The open watch does not keep the addresses from the server.
    stop.cancel();
    let ended = tokio::time::timeout(DEADLINE, served).await.expect("an end");
    ended.expect("no panic").expect("a good one");
    let config = ServerConfig { grpc_listen: grpc, http_listen: http, ..config() };
    let node = Node::start_with(config, Health::default()).await;
    assert_eq!((node.grpc, node.http), (grpc, http));
    assert_eq!(page(http, "/livez").await.0, 200);
}

#[tokio::test]
async fn reflection_lists_the_services() {
    let node = Node::start().await;
    let mut client = ServerReflectionClient::new(node.channel().await);
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let request = ServerReflectionRequest { host: String::new(), message_request };
    let replies = client.server_reflection_info(tokio_stream::once(request)).await;
    let reply = replies.expect("a stream").into_inner().next().await.expect("a reply");
    let Some(MessageResponse::ListServicesResponse(list)) = reply.expect("ok").message_response
    else {
        panic!("a list")
    };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    for name in ["JobService", "RunService", "WorkerService", "ClusterService"] {
        let name = format!("bellwether.v1.{name}");
        assert!(names.contains(&name.as_str()), "{name} in {names:?}");
    }
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
}

#[tokio::test]
async fn metrics_are_shown_on_loopback() {
    let node = Node::start().await;
    assert_eq!(page(node.http, "/metrics").await.0, 200);
    assert_eq!(page(node.http, "/nonsense").await.0, 404);
}

#[tokio::test]
async fn metrics_off_loopback_need_to_be_opened() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    for (metrics_open, expected) in [(false, 403), (true, 200)] {
        let config = ServerConfig { http_listen: everywhere, metrics_open, ..config() };
        let node = Node::start_with(config, Health::default()).await;
        let address = SocketAddr::from(([127, 0, 0, 1], node.http.port()));
        let (code, body) = page(address, "/metrics").await;
        assert_eq!(code, expected, "{body}");
        assert_eq!(code == 403, body.contains("--metrics-open"));
        assert_eq!(page(address, "/livez").await.0, 200);
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_before_anything_is_served() {
    let node = Node::start().await;
    let store = MemoryStore::new(Arc::new(SystemClock));
    let info = store.open(None).await.expect("a new cluster");
    let bind = |config| {
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let workers = Workers::new(Duration::from_secs(10));
        let health = Health::default();
        Server::bind(config, Arc::new(store.clone()), info, health, workers, metrics)
    };
    let taken = [
        ("gRPC", node.grpc, ServerConfig { grpc_listen: node.grpc, ..config() }),
        ("HTTP", node.http, ServerConfig { http_listen: node.http, ..config() }),
    ];
    for (name, taken, config) in taken {
        let error = bind(config).err().expect("it is taken");
        assert_eq!(error.to_string(), format!("{name} cannot listen on {taken}"));
        let ServerError::Listen { cause, .. } = error else { panic!("{error}") };
        assert_eq!(cause.kind(), std::io::ErrorKind::AddrInUse);
    }
}

//! A node in this process: store, targets, engine and server, put together.

mod metric;
mod process;
pub(crate) mod signals;
mod store;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::BootId;
use bellwether_engine::{Engine, EngineConfig, Health, RunReport, Workers};
use bellwether_server::{Probes, Server, ServerConfig, ServerError};
use bellwether_store::ClusterInfo;
use bellwether_targets::{StreamsConfig, Targets, TargetsConfig};
use tokio::sync::broadcast::Receiver;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::command::version::VERSION;
use crate::config::settings::{Settings, host_name};
use crate::failure::Failure;
pub(crate) use process::Process;
use store::chain;

/// A store that answers within this time is not waited for in public.
const QUICK: Duration = Duration::from_millis(300);

/// A running node.
pub(crate) struct Node {
    engine: Engine,
    /// `None` once it has ended.
    server: Option<JoinHandle<Result<(), ServerError>>>,
    stop_server: CancellationToken,
    grpc: SocketAddr,
    http: SocketAddr,
}

/// Why a node does not start.
#[derive(Debug)]
pub(crate) enum StartError {
    /// Another process listens at the address.
    Taken(SocketAddr),
    /// Something else.
    Failed(Failure),
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Taken(address) => {
                Self::failed(format!("another process listens on {address} already"))
            }
            StartError::Failed(failure) => failure,
        }
    }
}

impl From<Failure> for StartError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<ServerError> for StartError {
    fn from(error: ServerError) -> Self {
        match &error {
            ServerError::Listen { address, cause, .. }
                if cause.kind() == std::io::ErrorKind::AddrInUse =>
            {
                Self::Taken(*address)
            }
            _ => Self::Failed(Failure::failed(chain(&error))),
        }
    }
}

impl Node {
    /// Starts a node. While its store is away it waits, and answers probes meanwhile.
    ///
    /// # Errors
    /// An address that is taken, a store that is another one than was said.
    pub(crate) async fn start(settings: &Settings, process: &Process) -> Result<Self, StartError> {
        let targets = Targets::new(targets_config(settings))
            .map_err(|error| Failure::failed(chain(&error)))?;
        let store = store::connect(settings).await?;
        let health = Health::default();
        let mut config = server_config(settings);
        let opening = store::open(store.as_ref(), settings.partitions, &settings.store);
        let info = probed(opening, &mut config, &health, process).await?;
        let workers = Workers::new(settings.worker_grace);
        let (bound, metrics) = (Arc::clone(&store), process.metrics());
        let server = Server::bind(config, bound, info, health.clone(), workers.clone(), metrics)?;
        let (grpc, http) = (server.grpc_addr(), server.http_addr());
        // A program that started the node with port 0 reads here what it got.
        tracing::info!(%grpc, %http, "listening");
        let config = engine_config(settings, info, (grpc, http));
        let engine = Engine::start(config, store, Arc::new(targets), health, &workers);
        let stop_server = CancellationToken::new();
        let server = tokio::spawn(server.serve(stop_server.clone()));
        Ok(Self { engine, server: Some(server), stop_server, grpc, http })
    }

    /// Where it serves gRPC.
    pub(crate) fn grpc_address(&self) -> SocketAddr {
        self.grpc
    }

    /// Where it serves HTTP.
    pub(crate) fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// The runs that end on it, from now on.
    pub(crate) fn watch_runs(&self) -> Receiver<RunReport> {
        self.engine.watch_runs()
    }

    /// Waits for the server to fail, which it does not do by itself.
    pub(crate) async fn failure(&mut self) -> Failure {
        let Some(server) = &mut self.server else { return Failure::failed("the server ended") };
        let ended = server.await;
        self.server = None;
        match ended {
            Ok(Ok(())) => Failure::failed("the server ended"),
            Ok(Err(error)) => Failure::failed(chain(&error)),
            Err(error) => Failure::failed(format!("the server ended: {error}")),
        }
    }

    /// Takes nothing new, lets runs end within the grace, and then stops to answer: whoever asks
    /// meanwhile learns that the node is on its way out.
    pub(crate) async fn leave(self) {
        self.engine.drain().await;
        self.stop_server.cancel();
        if let Some(server) = self.server {
            // One that failed meanwhile has nothing left to stop.
            let _ = server.await;
        }
    }
}

/// Waits for `opening`, and answers probes when that takes its time. If the ports were to be any, the
/// server gets the same.
async fn probed(
    opening: impl Future<Output = Result<ClusterInfo, Failure>>,
    config: &mut ServerConfig,
    health: &Health,
    process: &Process,
) -> Result<ClusterInfo, StartError> {
    tokio::pin!(opening);
    if let Ok(info) = tokio::time::timeout(QUICK, &mut opening).await {
        return Ok(info?);
    }
    let probes = Probes::bind(config, health.clone(), process.metrics())?;
    config.grpc_listen = probes.grpc_addr();
    config.http_listen = probes.http_addr();
    let (grpc, http) = (config.grpc_listen, config.http_listen);
    tracing::info!(%grpc, %http, "waits for the store");
    let stop = CancellationToken::new();
    let opened = async {
        let info = opening.await;
        stop.cancel();
        info
    };
    let (info, served) = tokio::join!(opened, probes.serve(stop.clone()));
    served?;
    Ok(info?)
}

fn targets_config(settings: &Settings) -> TargetsConfig {
    let streams = StreamsConfig {
        policy: settings.streams.policy.clone(),
        url: settings.streams.url.as_ref().map(ToString::to_string),
        dedup: settings.streams.dedup,
        ..StreamsConfig::default()
    };
    TargetsConfig { streams, ..TargetsConfig::new(settings.addresses.clone()) }
}

fn server_config(settings: &Settings) -> ServerConfig {
    ServerConfig {
        grpc_listen: settings.grpc_listen,
        http_listen: settings.http_listen,
        cluster: settings.cluster.clone(),
        version: VERSION.to_owned(),
        defaults: settings.defaults.clone(),
        addresses: settings.addresses.clone(),
        streams: settings.streams.policy.clone(),
        limits: settings.limits.clone(),
        metrics_open: settings.metrics_open,
    }
}

fn engine_config(
    settings: &Settings,
    info: ClusterInfo,
    (grpc, http): (SocketAddr, SocketAddr),
) -> EngineConfig {
    EngineConfig {
        boot: BootId(Uuid::now_v7()),
        node: settings.node.clone(),
        grpc_address: reachable(grpc),
        http_address: reachable(http),
        version: VERSION.to_owned(),
        partitions: info.partitions,
        lease_ttl: settings.lease_ttl,
        session_ttl: settings.session_ttl,
        concurrency: settings.concurrency,
        drain_grace: settings.drain_grace,
        defaults: settings.defaults.clone(),
        limits: settings.limits.clone(),
        finished_ttl: settings.finished_ttl,
        hints: settings.hints,
    }
}

/// An address as others may use it: who listens everywhere is found by the name of the host.
fn reachable(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        return format!("{}:{}", host_name(), listen.port());
    }
    listen.to_string()
}

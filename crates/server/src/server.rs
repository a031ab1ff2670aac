//! The server of a node that has its store.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bellwether_engine::{Health, Workers};
use bellwether_store::{ClusterInfo, Store};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::config::{ServerConfig, ServerError};
use crate::listeners::{Listeners, Routes, Served};
use crate::quota::Quotas;
use crate::watch::pulse::Pulse;
use crate::{grpc, http};

/// How long calls under way may take once the server is told to stop; then they are dropped. A
/// write that is dropped so has an unknown outcome, as when the connection breaks.
const GRACE: Duration = Duration::from_secs(5);

/// A server that listens and does not serve yet.
#[must_use = "it serves when `serve` is awaited"]
pub struct Server {
    listeners: Listeners,
    routes: Routes,
    api: Arc<Api>,
    /// Ends what only the server's own end may end: streams, watches of its health.
    closing: CancellationToken,
}

impl Server {
    /// Listens on both addresses, so that one that is in use is known before anything runs. Must
    /// be called within a tokio runtime.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub fn bind(
        config: ServerConfig,
        store: Arc<dyn Store>,
        info: ClusterInfo,
        health: Health,
        workers: Workers,
        metrics: PrometheusHandle,
    ) -> Result<Self, ServerError> {
        let listeners = Listeners::bind(&config)?;
        let metrics_open = config.shows_metrics();
        let closing = CancellationToken::new();
        let api = Arc::new(Api {
            store,
            partitions: info.partitions,
            defaults: config.defaults,
            streams: config.streams,
            limits: config.limits,
            quotas: Quotas::default(),
            addresses: config.addresses,
            cluster: config.cluster,
            version: config.version,
            pulse: Arc::new(Pulse::new()),
            closing: closing.clone(),
        });
        let pages = http::Pages { health: health.clone(), metrics, metrics_open };
        let worker_grace = Some(workers.grace());
        let routes = Routes {
            grpc: grpc::routes(&api, health, workers, closing.clone())?,
            http: http::routes(pages),
            worker_grace,
        };
        Ok(Self { listeners, routes, api, closing })
    }

    /// Where gRPC is served.
    #[must_use]
    pub fn grpc_addr(&self) -> SocketAddr {
        self.listeners.grpc_addr()
    }

    /// Where HTTP is served.
    #[must_use]
    pub fn http_addr(&self) -> SocketAddr {
        self.listeners.http_addr()
    }

    /// Serves until `stop` is cancelled; calls under way may then end within a grace of five
    /// seconds. Dropping the future ends everything at once.
    ///
    /// # Errors
    /// A listener that failed.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), ServerError> {
        let Self { listeners, routes, api, closing } = self;
        let serving = async {
            let served = listeners.serve(routes, stop, closing.clone(), GRACE).await;
            // Also where a listener failed.
            closing.cancel();
            served
        };
        let (served, ()) = tokio::join!(serving, api.pulse.run(&*api.store, &closing));
        if served? == Served::Cut {
            tracing::warn!(grace = ?GRACE, "calls under way dropped at the end of the grace");
        }
        Ok(())
    }
}

//! The two listeners of a node.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bellwether_engine::Health;
use bellwether_store::{ClusterInfo, Store};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::config::{ServerConfig, ServerError};
use crate::{grpc, http};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How long calls under way may take once the server is told to stop; then they are dropped. A
/// write that is dropped so has an unknown outcome, as when the connection breaks.
const GRACE: Duration = Duration::from_secs(5);

/// A server that listens and does not serve yet.
#[must_use = "it serves when `serve` is awaited"]
pub struct Server {
    grpc: Bound,
    http: Bound,
    grpc_routes: tonic::service::Routes,
    http_routes: axum::Router,
    /// Ends what only the server's own end may end: watches of its health.
    closing: CancellationToken,
}

/// A listener that nobody serves yet.
pub(crate) struct Bound {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
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
        metrics: PrometheusHandle,
    ) -> Result<Self, ServerError> {
        let grpc = Bound::new("gRPC", config.grpc_listen)?;
        let http = Bound::new("HTTP", config.http_listen)?;
        let metrics_open = metrics_open(&config);
        let api = Arc::new(Api {
            store,
            partitions: info.partitions,
            defaults: config.defaults,
            addresses: config.addresses,
            cluster: config.cluster,
            version: config.version,
        });
        let closing = CancellationToken::new();
        let pages = http::Pages { health: health.clone(), metrics, metrics_open };
        Ok(Self {
            grpc,
            http,
            grpc_routes: grpc::routes(&api, health, closing.clone())?,
            http_routes: http::routes(pages),
            closing,
        })
    }

    /// Where gRPC is served.
    #[must_use]
    pub fn grpc_addr(&self) -> SocketAddr {
        self.grpc.address
    }

    /// Where HTTP is served.
    #[must_use]
    pub fn http_addr(&self) -> SocketAddr {
        self.http.address
    }

    /// Serves until `stop` is cancelled; calls under way may then end within a grace of five
    /// seconds. Dropping the future ends everything at once.
    ///
    /// # Errors
    /// A listener that failed.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), ServerError> {
        // A failure of one listener ends the other.
        let closing = self.closing.clone();
        let grpc = grpc::serve(self.grpc.listener, self.grpc_routes, closing.clone());
        let http = http::serve(self.http.listener, self.http_routes, closing.clone());
        let both = async {
            tokio::try_join!(
                async { grpc.await.map_err(|cause| serve_error("gRPC", cause)) },
                async { http.await.map_err(|cause| serve_error("HTTP", cause)) },
            )
        };
        let grace = async {
            stop.cancelled().await;
            closing.cancel();
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            served = both => served.map(|_| ()),
            () = grace => {
                tracing::warn!(grace = ?GRACE, "calls under way dropped at the end of the grace");
                Ok(())
            }
        }
    }
}

/// Whether whoever reaches the HTTP listener may read the metrics.
pub(crate) fn metrics_open(config: &ServerConfig) -> bool {
    config.metrics_open || config.http_listen.ip().is_loopback()
}

pub(crate) fn serve_error(
    service: &'static str,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ServerError {
    ServerError::Serve { service, cause: cause.into() }
}

impl Bound {
    pub(crate) fn new(service: &'static str, address: SocketAddr) -> Result<Self, ServerError> {
        listen(address).map_err(|cause| ServerError::Listen { service, address, cause })
    }
}

fn listen(address: SocketAddr) -> std::io::Result<Bound> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restarted node takes its port back though old connections linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok(Bound { listener, address })
}

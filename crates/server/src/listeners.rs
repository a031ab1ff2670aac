//! The two addresses of a node, bound together, served together and ended together.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

use crate::config::{ServerConfig, ServerError};
use crate::{grpc, http};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// Listeners that nobody serves yet.
pub(crate) struct Listeners {
    grpc: Bound,
    http: Bound,
}

/// What is served on them.
pub(crate) struct Routes {
    pub(crate) grpc: tonic::service::Routes,
    pub(crate) http: axum::Router,
    /// How long a worker's session outlives its stream, where workers are served.
    pub(crate) worker_grace: Option<Duration>,
}

struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

/// How serving ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// Every call under way was answered.
    Whole,
    /// The grace was over first; what was under way was dropped.
    Cut,
}

impl Listeners {
    /// Listens on both addresses, so that one that is in use is known before anything runs. Must
    /// be called within a tokio runtime.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub(crate) fn bind(config: &ServerConfig) -> Result<Self, ServerError> {
        let grpc = Bound::new("gRPC", config.grpc_listen)?;
        let http = Bound::new("HTTP", config.http_listen)?;
        Ok(Self { grpc, http })
    }

    /// Where gRPC is served.
    pub(crate) fn grpc_addr(&self) -> SocketAddr {
        self.grpc.address
    }

    /// Where HTTP is served.
    pub(crate) fn http_addr(&self) -> SocketAddr {
        self.http.address
    }

    /// Serves until `stop` is cancelled; then `closing` is, and calls under way may end within
    /// `grace`. Dropping the future ends everything at once.
    ///
    /// # Errors
    /// A listener that failed, which ends the other.
    pub(crate) async fn serve(
        self,
        routes: Routes,
        stop: CancellationToken,
        closing: CancellationToken,
        grace: Duration,
    ) -> Result<Served, ServerError> {
        let grpc =
            grpc::serve(self.grpc.listener, routes.grpc, routes.worker_grace, closing.clone());
        let http = http::serve(self.http.listener, routes.http, closing.clone());
        let both = async {
            tokio::try_join!(
                async { grpc.await.map_err(|cause| serve_error("gRPC", cause)) },
                async { http.await.map_err(|cause| serve_error("HTTP", cause)) },
            )
        };
        let grace = async {
            stop.cancelled().await;
            closing.cancel();
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            served = both => served.map(|_| Served::Whole),
            () = grace => Ok(Served::Cut),
        }
    }
}

fn serve_error(
    service: &'static str,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ServerError {
    ServerError::Serve { service, cause: cause.into() }
}

impl Bound {
    fn new(service: &'static str, address: SocketAddr) -> Result<Self, ServerError> {
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

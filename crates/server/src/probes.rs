//! The answers of a node whose store has not answered yet.
//!
//! Without the store a node does not know its cluster, so it cannot serve the API; but whoever
//! watches over the process must see that it lives, lest it is restarted for the store's outage.
//! So both listeners are served: `/livez` and the health service's `liveness` say that it lives,
//! `/readyz` and `readiness` that it is not ready, and every call of the API is answered
//! UNAVAILABLE, with when to ask again.

use std::net::SocketAddr;
use std::time::Duration;

use bellwether_engine::Health;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{ServerConfig, ServerError};
use crate::listeners::{Listeners, Routes};
use crate::{grpc, http};

/// How long requests under way may take once the addresses are handed over to the server.
const GRACE: Duration = Duration::from_secs(1);

/// The probes alone, where the server is going to listen.
#[must_use = "they are served when `serve` is awaited"]
pub struct Probes {
    listeners: Listeners,
    routes: Routes,
    /// Ends the watches of its health.
    closing: CancellationToken,
}

impl Probes {
    /// Listens as `config` says. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub fn bind(
        config: &ServerConfig,
        health: Health,
        metrics: PrometheusHandle,
    ) -> Result<Self, ServerError> {
        let listeners = Listeners::bind(config)?;
        let closing = CancellationToken::new();
        let metrics_open = config.shows_metrics();
        let pages = http::Pages { health: health.clone(), metrics, metrics_open };
        let routes = Routes {
            grpc: grpc::routes_without_store(health, closing.clone()),
            http: http::routes(pages),
            worker_grace: None,
        };
        Ok(Self { listeners, routes, closing })
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

    /// Serves until `stop` is cancelled. Afterwards the addresses are free again, for
    /// [`Server::bind`](crate::Server::bind).
    ///
    /// # Errors
    /// A listener that failed.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), ServerError> {
        let Self { listeners, routes, closing } = self;
        // What is cut off was no more than a question whether the node is there.
        listeners.serve(routes, stop, closing, GRACE).await.map(|_| ())
    }
}

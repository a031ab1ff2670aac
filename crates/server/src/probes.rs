//! The pages of a node whose store has not answered yet.
//!
//! Without the store a node does not know its cluster, so it cannot serve the API; but whoever
//! watches over the process must see that it lives, lest it is restarted for the store's outage.
//! `/livez` says so and `/readyz` says 503. gRPC is refused meanwhile, which clients take for the
//! UNAVAILABLE that it is.

use std::net::SocketAddr;
use std::time::Duration;

use bellwether_engine::Health;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{ServerConfig, ServerError};
use crate::http;
use crate::listeners::{Bound, serve_error};

/// How long requests under way may take once the pages are handed over to the server.
const GRACE: Duration = Duration::from_secs(1);

/// The HTTP pages alone, where the server is going to listen.
#[must_use = "they are served when `serve` is awaited"]
pub struct Probes {
    http: Bound,
    routes: axum::Router,
}

impl Probes {
    /// Listens for HTTP as `config` says. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub fn bind(
        config: &ServerConfig,
        health: Health,
        metrics: PrometheusHandle,
    ) -> Result<Self, ServerError> {
        let http = Bound::new("HTTP", config.http_listen)?;
        let pages = http::Pages { health, metrics, metrics_open: config.shows_metrics() };
        Ok(Self { http, routes: http::routes(pages) })
    }

    /// Where HTTP is served.
    #[must_use]
    pub fn http_addr(&self) -> SocketAddr {
        self.http.address
    }

    /// Serves until `stop` is cancelled. Afterwards the address is free again, for
    /// [`Server::bind`](crate::Server::bind).
    ///
    /// # Errors
    /// The listener failed.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), ServerError> {
        let grace = async {
            stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            served = http::serve(self.http.listener, self.routes, stop.clone()) => {
                served.map_err(|cause| serve_error("HTTP", cause))
            }
            () = grace => Ok(()),
        }
    }
}

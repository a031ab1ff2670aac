//! The HTTP listener: probes and metrics.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bellwether_engine::Health;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The media type of Prometheus' text format.
const METRICS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// What the pages show.
pub(crate) struct Pages {
    pub(crate) health: Health,
    pub(crate) metrics: PrometheusHandle,
    /// Whether whoever reaches the listener may read the metrics.
    pub(crate) metrics_open: bool,
}

/// All pages.
pub(crate) fn routes(pages: Pages) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(pages))
}

/// Serves until `stop` is cancelled and the requests under way are answered.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    stop: CancellationToken,
) -> std::io::Result<()> {
    axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned()).await
}

/// That this is answered shows that the event loop turns. It depends on nothing else: a restart
/// would not bring the store back.
async fn livez() -> &'static str {
    "ok\n"
}

async fn readyz(State(pages): State<Arc<Pages>>) -> (StatusCode, &'static str) {
    if pages.health.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match pages.health.is_ready() {
        true => (StatusCode::OK, "ok\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the store has not answered yet\n"),
    }
}

async fn metrics(State(pages): State<Arc<Pages>>) -> Response {
    if !pages.metrics_open {
        let why = "metrics off loopback need --metrics-open\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    ([(header::CONTENT_TYPE, METRICS)], pages.metrics.render()).into_response()
}

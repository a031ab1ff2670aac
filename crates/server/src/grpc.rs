//! The gRPC listener: the services of the API, health and reflection.

use std::sync::Arc;
use std::time::Duration;

use bellwether_engine::Health;
use bellwether_engine::workers::Workers as Door;
use bellwether_proto::FILE_DESCRIPTOR_SET;
use bellwether_proto::v1::cluster_service_server::ClusterServiceServer;
use bellwether_proto::v1::job_service_server::JobServiceServer;
use bellwether_proto::v1::run_service_server::RunServiceServer;
use bellwether_proto::v1::worker_service_server::WorkerServiceServer;
use bellwether_store::StoreError;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::pb::health_server::HealthServer;
use tonic_reflection::server::Builder;

use crate::api::Api;
use crate::config::ServerError;
use crate::error::ApiError;
use crate::health::HealthService;
use crate::rpc::cluster::Clusters;
use crate::rpc::job::Jobs;
use crate::rpc::run::Runs;
use crate::rpc::worker::Workers;

/// The largest request, in bytes: 4 MiB, as gRPC has it by default.
const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// How long a connection is silent at most before it is asked whether it is there, and how long it
/// then has to answer: a client that vanished is let go of within the minute, a worker within its
/// grace.
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// All services.
pub(crate) fn routes(
    api: &Arc<Api>,
    health: Health,
    workers: Door,
    stop: CancellationToken,
) -> Result<Routes, ServerError> {
    let api = || Arc::clone(api);
    let reflection = |error| ServerError::Reflection(Box::new(error));
    let mut routes = Routes::default()
        .add_service(JobServiceServer::new(Jobs(api())).max_decoding_message_size(MAX_REQUEST))
        .add_service(RunServiceServer::new(Runs(api())).max_decoding_message_size(MAX_REQUEST))
        .add_service(
            WorkerServiceServer::new(Workers { door: workers, closing: stop.clone() })
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            ClusterServiceServer::new(Clusters(api())).max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(HealthServer::new(HealthService { health, stop }));
    // Both editions: tools of some age ask for the older one only.
    routes = routes.add_service(descriptors().build_v1().map_err(reflection)?);
    Ok(routes.add_service(descriptors().build_v1alpha().map_err(reflection)?))
}

/// Health, and for every call of the API the answer that the store has not been reached.
pub(crate) fn routes_without_store(health: Health, stop: CancellationToken) -> Routes {
    let routes = Routes::default().add_service(HealthServer::new(HealthService { health, stop }));
    routes.into_axum_router().fallback(store_not_reached).into()
}

async fn store_not_reached() -> axum::response::Response {
    let cause = "it has not answered since this node was started".into();
    Status::from(ApiError::Store(StoreError::Unavailable(cause))).into_http()
}

fn descriptors() -> Builder<'static> {
    Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

/// Serves until `stop` is cancelled and the calls under way have ended.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Routes,
    worker_grace: Option<Duration>,
    stop: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    let third = worker_grace.map_or(Duration::MAX, |grace| grace / 3);
    Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE.min(third)))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT.min(third)))
        .add_routes(routes)
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            stop.cancelled_owned(),
        )
        .await
}

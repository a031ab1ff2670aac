//! grpc.health.v1, answered from the node's own [`Health`] at the moment of the question: nothing
//! is copied that could lag behind.
//!
//! Orchestrators ask two things that must not be mixed up, so each has a name: `liveness`, that the
//! process turns, whatever became of its store; and `readiness`, the same as `/readyz`, which is
//! also what the empty name and those of the services stand for.

use std::time::Duration;

use bellwether_engine::Health;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// How often a watched status is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// That this is answered shows that the event loop turns. A restart would bring no store back.
const LIVENESS: &str = "liveness";

/// What says whether calls are welcome, beside the server as a whole, which is the empty name.
const READINESS: [&str; 5] = [
    "readiness",
    "bellwether.v1.JobService",
    "bellwether.v1.RunService",
    "bellwether.v1.WorkerService",
    "bellwether.v1.ClusterService",
];

/// The service.
pub(crate) struct HealthService {
    pub(crate) health: Health,
    /// Ends the watches, which would hold up the server's end otherwise.
    pub(crate) stop: CancellationToken,
}

#[tonic::async_trait]
impl health_server::Health for HealthService {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        match status(&self.health, &service) {
            ServingStatus::ServiceUnknown => {
                Err(Status::not_found(format!("service: there is no service {service:?}")))
            }
            status => Ok(Response::new(HealthCheckResponse { status: status.into() })),
        }
    }

    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let service = request.into_inner().service;
        let health = self.health.clone();
        let changes = stream::unfold(None, move |before| {
            let (health, service) = (health.clone(), service.clone());
            async move {
                let status = changed(&health, &service, before).await;
                Some((Ok(HealthCheckResponse { status: status.into() }), Some(status)))
            }
        });
        let stop = self.stop.clone();
        Ok(Response::new(changes.take_until(stop.cancelled_owned()).boxed()))
    }
}

/// Waits until the status is another one than `before`.
async fn changed(health: &Health, service: &str, before: Option<ServingStatus>) -> ServingStatus {
    loop {
        let status = status(health, service);
        if before != Some(status) {
            return status;
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn status(health: &Health, service: &str) -> ServingStatus {
    match service {
        LIVENESS => ServingStatus::Serving,
        known if known.is_empty() || READINESS.contains(&known) => match health.is_ready() {
            true => ServingStatus::Serving,
            false => ServingStatus::NotServing,
        },
        _ => ServingStatus::ServiceUnknown,
    }
}

//! The question whether a node is there, and whether it wants to be asked.

use tonic::Status;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::Client;

impl Client {
    /// Asks grpc.health.v1 whether `service` is served: `liveness`, that the process turns;
    /// `readiness` or the empty name, that its store has answered and it is not about to leave.
    ///
    /// # Errors
    /// The status of the last answer: NOT_FOUND for a service that the node does not know,
    /// UNAVAILABLE also when no node is reached.
    pub async fn is_serving(&self, service: &str) -> Result<bool, Status> {
        let request = HealthCheckRequest { service: service.to_owned() };
        let response = self
            .unary(request, |transport, request| async move {
                HealthClient::new(transport).check(request).await
            })
            .await?;
        Ok(response.status() == ServingStatus::Serving)
    }
}

//! WorkerService: declared, not built yet.

use bellwether_proto::v1;
use bellwether_proto::v1::worker_service_server::WorkerService;
use tonic::{Request, Response, Status, Streaming};

use super::{Replies, unbuilt};

/// The service.
pub(crate) struct Workers;

#[tonic::async_trait]
impl WorkerService for Workers {
    type WorkStream = Replies<v1::WorkResponse>;

    async fn work(
        &self,
        _: Request<Streaming<v1::WorkRequest>>,
    ) -> Result<Response<Self::WorkStream>, Status> {
        unbuilt("Work")
    }
}

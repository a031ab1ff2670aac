//! WorkerService: a stream for each worker.
//!
//! Two tasks serve a stream: one reads what the worker says, the other, which is the answer's own
//! body, hands over what the engine has for it as fast as the connection takes it. So a worker that
//! does not read holds up its own stream only. Whatever a worker says that makes no sense ends its
//! stream, and nothing else: the session stays for the grace.

mod inbound;
mod outbound;

use std::time::Duration;

use bellwether_engine::workers::Workers as Door;
use bellwether_proto::v1;
use bellwether_proto::v1::worker_service_server::WorkerService;
use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use self::outbound::Outbound;
use super::Replies;
use crate::error::ApiError;

/// How long a worker has to say hello.
const HELLO_PATIENCE: Duration = Duration::from_secs(10);

/// The service.
pub(crate) struct Workers {
    pub(crate) door: Door,
    /// Ends the streams when the server ends.
    pub(crate) closing: CancellationToken,
}

#[tonic::async_trait]
impl WorkerService for Workers {
    type WorkStream = Replies<v1::WorkResponse>;

    async fn work(
        &self,
        request: Request<Streaming<v1::WorkRequest>>,
    ) -> Result<Response<Self::WorkStream>, Status> {
        let mut inbound = request.into_inner();
        let first = tokio::time::timeout(HELLO_PATIENCE, inbound.message()).await;
        let first = first.map_err(|_| ApiError::invalid("hello", "did not come within 10 s"))??;
        let hello = inbound::hello(first)?;
        let stream = self.door.open(hello).await.map_err(ApiError::from)?;
        let outbound = Outbound::new(stream, self.door.grace(), inbound, self.closing.clone());
        Ok(Response::new(outbound.into_stream().boxed()))
    }
}

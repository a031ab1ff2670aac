//! Imports: streams whose parts are sent again where one breaks off.

use std::sync::Arc;

use bellwether_proto::v1::{ImportJobsRequest, ImportJobsResponse};
use tokio::time::sleep;
use tonic::Status;
use uuid::Uuid;

use crate::client::{self, Client};
use crate::unary::{explain, is_broken};

impl Client {
    /// Imports jobs part by part, and has the answer to each part seen, in their order.
    ///
    /// Where the stream breaks off, it goes on with the first part that was not answered, at another
    /// node if there are several. Parts without a request id get one, so that nothing is done twice.
    ///
    /// # Errors
    /// The status of the call; the parts that were answered are stored. UNAVAILABLE when no node
    /// answered as often as the client's options say.
    pub async fn import_jobs(
        &self,
        mut parts: Vec<ImportJobsRequest>,
        mut see: impl FnMut(ImportJobsResponse),
    ) -> Result<(), Status> {
        for part in parts.iter_mut().filter(|part| part.request_id.is_empty()) {
            part.request_id = Uuid::new_v4().to_string();
        }
        let parts: Arc<[ImportJobsRequest]> = parts.into();
        let (mut answered, mut failed) = (0, 0);
        while answered < parts.len() {
            let before = answered;
            let (place, address, _) = self.node();
            let Err(status) = self.import_from(&parts, &mut answered, &mut see).await else {
                continue;
            };
            if !is_broken(&status) {
                return Err(status);
            }
            failed = if answered > before { 1 } else { failed + 1 };
            let status = explain(status, address);
            self.turn_from(place);
            let Some(wait) = self.options.retry.wait(failed, None, rand::random()) else {
                return Err(status);
            };
            sleep(wait).await;
        }
        Ok(())
    }

    /// Sends the parts that were not answered over one stream.
    async fn import_from(
        &self,
        parts: &Arc<[ImportJobsRequest]>,
        answered: &mut usize,
        see: &mut impl FnMut(ImportJobsResponse),
    ) -> Result<(), Status> {
        let all = Arc::clone(parts);
        let unanswered = (*answered..all.len()).map(move |part| all[part].clone());
        let (_, _, transport) = self.node();
        let stream = tokio_stream::iter(unanswered);
        let mut answers = client::jobs(transport).import_jobs(stream).await?.into_inner();
        while let Some(answer) = answers.message().await? {
            *answered += 1;
            see(answer);
        }
        match *answered < parts.len() {
            true => Err(Status::unavailable("the stream ended early")),
            false => Ok(()),
        }
    }
}

//! ImportJobs.

use std::sync::Arc;

use bellwether_proto::v1::batch_result::Outcome;
use bellwether_proto::v1::{BatchResult, ImportJobsRequest, ImportJobsResponse};
use futures::StreamExt as _;
use tonic::{Status, Streaming};

use super::batch::{Asked, Part, create_each, item_error};
use crate::api::Api;
use crate::error::ApiError;
use crate::rpc::{Replies, until_closing};

/// Creates or replaces the jobs of a stream, part by part. The next part is taken from the client
/// when the one before is stored, so nothing piles up here, and of two definitions of one job the
/// later one counts.
pub(crate) fn import_jobs(
    api: &Arc<Api>,
    parts: Streaming<ImportJobsRequest>,
) -> Replies<ImportJobsResponse> {
    let importing = Arc::clone(api);
    let replies = parts.then(move |part| {
        let api = Arc::clone(&importing);
        async move { import(&api, part?).await.map_err(Status::from) }
    });
    until_closing(api, replies.boxed())
}

async fn import(api: &Api, message: ImportJobsRequest) -> Result<ImportJobsResponse, ApiError> {
    let asked = Asked {
        jobs: message.jobs,
        on_conflict: message.on_conflict,
        request_id: message.request_id,
        validate_only: message.validate_only,
    };
    let mut reply = ImportJobsResponse::default();
    for Part { namespace, id, outcome } in create_each(api, "ImportJobs", asked).await? {
        match outcome {
            Ok(written) if written.reply.created => reply.created_count += 1,
            Ok(written) if written.changed => reply.replaced_count += 1,
            Ok(_) => reply.unchanged_count += 1,
            Err(error) => {
                let outcome = Some(Outcome::Error(item_error(error, "job.")));
                let failed = BatchResult { namespace, job_id: id, outcome, created: false };
                reply.failures.push(failed);
            }
        }
    }
    Ok(reply)
}

//! DeleteJob.

use bellwether_proto::convert::Problems;
use bellwether_proto::v1::{DeleteJobRequest, DeleteJobResponse};
use bellwether_store::DeleteJob;

use super::update::expected;
use super::{key, read_whole};
use crate::api::Api;
use crate::error::ApiError;
use crate::request::NamedRequest;
use crate::write::{Decision, write_job};

/// Removes a job.
pub(crate) async fn delete_job(
    api: &Api,
    mut message: DeleteJobRequest,
) -> Result<DeleteJobResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "DeleteJob", &message, &mut problems);
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let key = read_whole(problems, key)?;
    write_job(api, &key, request, |_, job| {
        if job.is_none() && message.allow_missing {
            return Ok(Decision::nothing(DeleteJobResponse { deleted: false }));
        }
        let job = expected(&key, job, &message.etag)?;
        let delete = DeleteJob {
            key: key.clone(),
            expected: job.status.etag,
            uid: job.definition.uid,
            reply: None,
        };
        Ok(Decision::write(delete, DeleteJobResponse { deleted: true }))
    })
    .await
}

//! DeleteJob.

use bellwether_domain::JobKey;
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
    let deletion = Deletion { key, etag: message.etag, allow_missing: message.allow_missing };
    deletion.carry_out(api, request).await
}

/// A job to be removed.
pub(super) struct Deletion {
    pub(super) key: JobKey,
    /// The version that it must have; empty for any.
    pub(super) etag: String,
    pub(super) allow_missing: bool,
}

impl Deletion {
    /// Carries it out.
    pub(super) async fn carry_out(
        &self,
        api: &Api,
        request: Option<NamedRequest>,
    ) -> Result<DeleteJobResponse, ApiError> {
        write_job(api, &self.key, request, |_, job| {
            if job.is_none() && self.allow_missing {
                return Ok(Decision::nothing(DeleteJobResponse { deleted: false }));
            }
            let job = expected(&self.key, job, &self.etag)?;
            let delete = DeleteJob {
                key: self.key.clone(),
                expected: job.status.etag,
                uid: job.definition.uid,
                reply: None,
            };
            Ok(Decision::write(delete, DeleteJobResponse { deleted: true }))
        })
        .await
    }
}

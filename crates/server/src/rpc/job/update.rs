//! UpdateJob.

use bellwether_domain::{Job, JobKey};
use bellwether_proto::convert::{JobPatch, Problems, View, job_key, job_to_proto};
use bellwether_proto::v1::{self, UpdateJobRequest, UpdateJobResponse};

use super::read_whole;
use crate::api::Api;
use crate::decide::{Changed, Moment, change};
use crate::error::ApiError;
use crate::request::NamedRequest;
use crate::write::{Decision, write_job};

/// Changes the parts of a job that the mask names.
pub(crate) async fn update_job(
    api: &Api,
    mut message: UpdateJobRequest,
) -> Result<UpdateJobResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "UpdateJob", &message, &mut problems);
    let Some(job) = message.job else {
        problems.invalid("job", "is not set; it names the job and holds what changes");
        problems.finish()?;
        return Err(ApiError::invalid("job", "is not set"));
    };
    let etag = etag(&message.etag, &job.etag, &mut problems);
    let key = job_key(("job.namespace", &job.namespace), ("job.id", &job.id), &mut problems);
    let fields = ("job", "update_mask");
    let patch = JobPatch::from_proto(job, message.update_mask, fields, &mut problems);
    let key = read_whole(problems, key)?;
    write_job(api, &key, request, |moment, job| {
        let job = expected(&key, job, &etag)?;
        let (spec, secret) = patch.apply(&job.definition.spec);
        Ok(match change(moment, job, spec, secret)? {
            Some(Changed { change, job }) => Decision::write(change, reply(moment, &job)),
            None => Decision::nothing(reply(moment, job)),
        })
    })
    .await
}

/// The etag that the job must have; empty for any.
fn etag(of_request: &str, of_job: &str, problems: &mut Problems) -> String {
    if !of_request.is_empty() && !of_job.is_empty() && of_request != of_job {
        problems.invalid("etag", "is another one than job.etag; set one of them, or both alike");
    }
    if of_request.is_empty() { of_job.to_owned() } else { of_request.to_owned() }
}

/// The job, in the version that the request names.
pub(super) fn expected<'a>(
    key: &JobKey,
    job: Option<&'a Job>,
    etag: &str,
) -> Result<&'a Job, ApiError> {
    let job = job.ok_or_else(|| ApiError::NoJob(key.clone()))?;
    if !etag.is_empty() && etag != job.status.etag.to_string() {
        return Err(ApiError::Etag { key: key.clone(), sent: etag.chars().take(80).collect() });
    }
    Ok(job)
}

fn reply(moment: &Moment<'_>, job: &Job) -> UpdateJobResponse {
    let job: v1::Job = job_to_proto(job, moment.defaults, View::Full);
    UpdateJobResponse { job: Some(job) }
}

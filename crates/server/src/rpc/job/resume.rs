//! ResumeJob.

use bellwether_domain::{Job, JobKey};
use bellwether_proto::convert::{Problems, View, job_to_proto};
use bellwether_proto::v1::{ResumeJobRequest, ResumeJobResponse};

use super::{key, read_whole};
use crate::api::Api;
use crate::decide::{Changed, Moment, resume};
use crate::error::ApiError;
use crate::request::NamedRequest;
use crate::write::{Decision, write_job};

/// Lets a paused job fire again.
pub(crate) async fn resume_job(
    api: &Api,
    mut message: ResumeJobRequest,
) -> Result<ResumeJobResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "ResumeJob", &message, &mut problems);
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let key = read_whole(problems, key)?;
    resume_one(api, &key, message.catch_up, View::Full, request).await
}

/// Resumes one job; `view` says how much of it is answered.
pub(super) async fn resume_one(
    api: &Api,
    key: &JobKey,
    catch_up: bool,
    view: View,
    request: Option<NamedRequest>,
) -> Result<ResumeJobResponse, ApiError> {
    write_job(api, key, request, |moment, job| {
        let job = job.ok_or_else(|| ApiError::NoJob(key.clone()))?;
        Ok(match resume(moment, job, catch_up)? {
            Some(Changed { change, job }) => Decision::write(change, reply(moment, &job, view)),
            None => Decision::nothing(reply(moment, job, view)),
        })
    })
    .await
}

fn reply(moment: &Moment<'_>, job: &Job, view: View) -> ResumeJobResponse {
    ResumeJobResponse { job: Some(job_to_proto(job, moment.defaults, view)) }
}

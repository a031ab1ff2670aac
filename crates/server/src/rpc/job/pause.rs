//! PauseJob.

use bellwether_domain::{Job, JobKey};
use bellwether_proto::convert::{Problems, View, job_to_proto, reason};
use bellwether_proto::v1::{PauseJobRequest, PauseJobResponse};

use super::{key, read_whole};
use crate::api::Api;
use crate::decide::{Changed, Moment, pause};
use crate::error::ApiError;
use crate::request::NamedRequest;
use crate::write::{Decision, write_job};

/// Stops a job from firing.
pub(crate) async fn pause_job(
    api: &Api,
    mut message: PauseJobRequest,
) -> Result<PauseJobResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "PauseJob", &message, &mut problems);
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let reason = reason(message.reason, "reason", &mut problems);
    let key = read_whole(problems, key)?;
    pause_one(api, &key, &reason, View::Full, request).await
}

/// Pauses one job; `view` says how much of it is answered.
pub(super) async fn pause_one(
    api: &Api,
    key: &JobKey,
    reason: &str,
    view: View,
    request: Option<NamedRequest>,
) -> Result<PauseJobResponse, ApiError> {
    write_job(api, key, request, |moment, job| {
        let job = job.ok_or_else(|| ApiError::NoJob(key.clone()))?;
        Ok(match pause(moment, job, reason)? {
            Some(Changed { change, job }) => Decision::write(change, reply(moment, &job, view)),
            None => Decision::nothing(reply(moment, job, view)),
        })
    })
    .await
}

fn reply(moment: &Moment<'_>, job: &Job, view: View) -> PauseJobResponse {
    PauseJobResponse { job: Some(job_to_proto(job, moment.defaults, view)) }
}

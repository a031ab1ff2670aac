//! RunJob.

use bellwether_proto::convert::{Problems, View, payload_from_proto, run_to_proto};
use bellwether_proto::v1::{RunJobRequest, RunJobResponse};

use super::{key, read_whole};
use crate::admit::{ATTEMPTS, admit};
use crate::api::Api;
use crate::decide::manual_run;
use crate::error::ApiError;
use crate::request::NamedRequest;

/// Makes a run now.
pub(crate) async fn run_job(
    api: &Api,
    mut message: RunJobRequest,
) -> Result<RunJobResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "RunJob", &message, &mut problems);
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let payload =
        message.payload.map(|payload| payload_from_proto(payload, "payload", &mut problems));
    let key = read_whole(problems, key)?;
    let request = request.map(|request| request.for_run());
    for _ in 0..ATTEMPTS {
        let view = api.store.read_job(&key, None).await?;
        let moment = api.moment(view.now);
        let decided = match &view.job {
            Some(job) => manual_run(&moment, job, payload.clone(), request),
            None => Err(ApiError::NoJob(key.clone())),
        };
        if let Some(run) = admit(api, &key, request, decided).await? {
            return Ok(RunJobResponse { run: Some(run_to_proto(&run, View::Full)) });
        }
    }
    Err(ApiError::Contended(key))
}

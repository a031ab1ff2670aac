//! RetryRun.

use bellwether_domain::{JobKey, RunId};
use bellwether_proto::convert::{Problems, View, run_id, run_to_proto};
use bellwether_proto::v1::{RetryRunRequest, RetryRunResponse};
use bellwether_store::{AdmitRun, RunRequest};

use crate::admit::{ATTEMPTS, admit};
use crate::api::Api;
use crate::decide::retried_run;
use crate::error::ApiError;
use crate::request::NamedRequest;
use crate::rpc::job::{key, read_whole};

/// Runs the fire times of a finished run once more.
pub(crate) async fn retry_run(
    api: &Api,
    mut message: RetryRunRequest,
) -> Result<RetryRunResponse, ApiError> {
    let mut problems = Problems::default();
    let name = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&name, "RetryRun", &message, &mut problems);
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let run = run_id(&message.run_id, "run_id", &mut problems);
    let (key, id) = read_whole(problems, key.zip(run))?;
    let request = request.map(|request| request.for_run());
    for _ in 0..ATTEMPTS {
        let decided = decide(api, &key, id, request).await?;
        if let Some(run) = admit(api, &key, request, decided).await? {
            return Ok(RetryRunResponse { run: Some(run_to_proto(&run, View::Full)) });
        }
    }
    Err(ApiError::Contended(key))
}

/// What is to be admitted, or why nothing is; a store that fails is neither.
async fn decide(
    api: &Api,
    key: &JobKey,
    id: RunId,
    request: Option<RunRequest>,
) -> Result<Result<AdmitRun, ApiError>, ApiError> {
    let view = api.store.read_job(key, None).await?;
    let Some(job) = view.job else { return Ok(Err(ApiError::NoJob(key.clone()))) };
    let run = match id.partition == key.partition(api.partitions) {
        true => api.store.read_run(job.definition.uid, id).await?,
        false => None,
    };
    let Some(run) = run else { return Ok(Err(ApiError::NoRun(key.clone(), id))) };
    Ok(retried_run(&api.moment(view.now), &job, &run, request))
}

//! RunJob.

use bellwether_proto::convert::{Problems, View, payload_from_proto, request_id, run_to_proto};
use bellwether_proto::v1::{RunJobRequest, RunJobResponse};
use bellwether_store::Admitted;

use super::{key, read_whole};
use crate::api::Api;
use crate::decide::manual_run;
use crate::error::ApiError;

/// How often an admission is tried.
const ATTEMPTS: usize = 16;

/// Makes a run now. A repeat gets the run of the first time: the store keeps it with the request.
pub(crate) async fn run_job(api: &Api, message: RunJobRequest) -> Result<RunJobResponse, ApiError> {
    let mut problems = Problems::default();
    let request = request_id(&message.request_id, "request_id", &mut problems);
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let payload =
        message.payload.map(|payload| payload_from_proto(payload, "payload", &mut problems));
    let key = read_whole(problems, key)?;
    for _ in 0..ATTEMPTS {
        let view = api.store.read_job(&key, None).await?;
        let job = view.job.ok_or_else(|| ApiError::NoJob(key.clone()))?;
        let admit = manual_run(&api.moment(view.now), &job, payload.clone(), request)?;
        match api.store.admit_run(&admit).await? {
            Admitted::Run(run) => {
                return Ok(RunJobResponse { run: Some(run_to_proto(&run, View::Full)) });
            }
            Admitted::Changed => {}
        }
    }
    Err(ApiError::Contended(key))
}

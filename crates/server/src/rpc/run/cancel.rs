//! CancelRun.

use bellwether_domain::{EndState, JobKey, Run, RunId, RunState};
use bellwether_proto::convert::{Problems, View, reason, run_id, run_to_proto};
use bellwether_proto::v1::{CancelRunRequest, CancelRunResponse};
use bellwether_store::{CancelOutcome, RunRequest};

use crate::admit::ATTEMPTS;
use crate::api::Api;
use crate::decide::{Known, cancel};
use crate::error::ApiError;
use crate::request::NamedRequest;
use crate::rpc::job::{key, read_whole};

/// Ends a run that waits, or asks the holder of its attempt to end it. One that was cancelled
/// before stays as it is, and so does one that ended by itself, which is an error.
pub(crate) async fn cancel_run(
    api: &Api,
    mut message: CancelRunRequest,
) -> Result<CancelRunResponse, ApiError> {
    let mut problems = Problems::default();
    let name = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&name, "CancelRun", &message, &mut problems);
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let run = run_id(&message.run_id, "run_id", &mut problems);
    let reason = reason(message.reason, "reason", &mut problems);
    let (key, id) = read_whole(problems, key.zip(run))?;
    if id.partition != key.partition(api.partitions) {
        return Err(ApiError::NoRun(key, id));
    }
    let request = request.map(|request| request.for_run());
    for _ in 0..ATTEMPTS {
        if let Some(run) = try_to_cancel(api, (&key, id), &reason, request).await? {
            return Ok(CancelRunResponse { run: Some(run_to_proto(&run, View::Full)) });
        }
    }
    Err(ApiError::Contended(key))
}

/// One try; `None` where the run had another attempt between what was read and what was written.
async fn try_to_cancel(
    api: &Api,
    (key, id): (&JobKey, RunId),
    reason: &str,
    request: Option<RunRequest>,
) -> Result<Option<Run>, ApiError> {
    let view = api.store.read_job(key, None).await?;
    let live = api.store.read_live_runs(id.partition, &[id]).await?;
    let live = live.into_iter().flatten().find(|run| run.draft.job == *key);
    let known = Known { job: view.job.as_ref(), run: live.as_ref() };
    let wanted = cancel(&api.moment(view.now), (key, id), &known, reason, request);
    match api.store.cancel_run(&wanted).await? {
        CancelOutcome::Run(run) => return Ok(Some(*run)),
        CancelOutcome::Reused => return Err(ApiError::RequestIdReused),
        CancelOutcome::Changed => return Ok(None),
        CancelOutcome::Unknown => {}
    }
    let ended = match view.job {
        Some(job) => api.store.read_run(job.definition.uid, id).await?,
        None => None,
    };
    match ended {
        Some(run) if run.state == RunState::Ended(EndState::Cancelled) => Ok(Some(run)),
        // It began between the two reads.
        Some(Run { state: RunState::Live(_), .. }) => Ok(None),
        Some(run) => Err(ApiError::RunFinished { key: key.clone(), run: id, state: run.state }),
        None => Err(ApiError::NoRun(key.clone(), id)),
    }
}

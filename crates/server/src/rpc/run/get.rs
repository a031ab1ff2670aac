//! GetRun.

use bellwether_proto::convert::{Problems, View, run_id, run_to_proto};
use bellwether_proto::v1::{GetRunRequest, GetRunResponse};

use crate::api::Api;
use crate::error::ApiError;
use crate::rpc::job::{key, read_whole};

/// Returns a run with its output. A run that goes on after its job was deleted is found as long as
/// it goes on.
pub(crate) async fn get_run(api: &Api, message: GetRunRequest) -> Result<GetRunResponse, ApiError> {
    let mut problems = Problems::default();
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let run = run_id(&message.run_id, "run_id", &mut problems);
    let (key, id) = read_whole(problems, key.zip(run))?;
    let missing = || ApiError::NoRun(key.clone(), id);
    if id.partition != key.partition(api.partitions) {
        return Err(missing());
    }
    let run = match api.store.read_job(&key, None).await?.job {
        Some(job) => api.store.read_run(job.definition.uid, id).await?,
        None => None,
    };
    let run = match run {
        Some(run) => Some(run),
        None => {
            let live = api.store.read_live_runs(id.partition, &[id]).await?;
            live.into_iter().flatten().find(|run| run.draft.job == key)
        }
    };
    let run = run.ok_or_else(missing)?;
    Ok(GetRunResponse { run: Some(run_to_proto(&run, View::Full)) })
}

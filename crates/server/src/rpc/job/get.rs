//! GetJob.

use bellwether_proto::convert::{Problems, View, job_to_proto, run_to_proto, timestamp_to_proto};
use bellwether_proto::v1::{GetJobRequest, GetJobResponse};

use super::backfill::backfill_to_proto;
use super::{key, read_whole};
use crate::api::Api;
use crate::decide::fire_times;
use crate::error::ApiError;
use crate::rpc::run::newest_first;

/// How many fire times are foretold.
const FIRE_TIMES: usize = 5;

/// How many runs are shown.
const RUNS: usize = 5;

/// Returns a job with what it will do and what it did.
pub(crate) async fn get_job(api: &Api, message: GetJobRequest) -> Result<GetJobResponse, ApiError> {
    let mut problems = Problems::default();
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let key = read_whole(problems, key)?;
    let view = api.store.read_job(&key, None).await?;
    let job = view.job.ok_or_else(|| ApiError::NoJob(key.clone()))?;
    let partition = key.partition(api.partitions);
    let mut runs = api.store.list_runs(partition, job.definition.uid).await?;
    newest_first(&mut runs);
    let backfills = api.store.list_backfills(partition, job.definition.uid).await?;
    let next = fire_times(&job, &api.defaults, FIRE_TIMES);
    Ok(GetJobResponse {
        job: Some(job_to_proto(&job, &api.defaults, View::Full)),
        next_fire_times: next.into_iter().map(timestamp_to_proto).collect(),
        backfills: backfills.iter().map(backfill_to_proto).collect(),
        recent_runs: runs.iter().take(RUNS).map(|run| run_to_proto(run, View::Basic)).collect(),
    })
}

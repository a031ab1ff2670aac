//! BatchDeleteJobs.

use bellwether_domain::RequestId;
use bellwether_proto::convert::{Problems, request_id};
use bellwether_proto::v1::batch_result::Outcome;
use bellwether_proto::v1::{
    BatchDeleteJobsRequest, BatchDeleteJobsResponse, BatchResult, DeleteJobRequest, JobRef,
};
use futures::StreamExt as _;

use super::result::fitting;
use super::{check_names, item_error, namespace_or_default, side_by_side, store_failed};
use crate::api::Api;
use crate::error::ApiError;
use crate::request::NamedRequest;
use crate::rpc::job::delete::Deletion;
use crate::rpc::job::{key, read_whole};

/// Removes jobs, each by itself.
pub(crate) async fn batch_delete_jobs(
    api: &Api,
    message: BatchDeleteJobsRequest,
) -> Result<BatchDeleteJobsResponse, ApiError> {
    let BatchDeleteJobsRequest { jobs, allow_missing, request_id: id } = message;
    let mut problems = Problems::default();
    let request = request_id(&id, "request_id", &mut problems);
    let names = jobs.iter().map(|job| (job.namespace.as_str(), job.job_id.as_str()));
    check_names(names, &mut problems);
    problems.finish()?;
    let names = jobs.iter();
    let names: Vec<_> = names
        .map(|job| (namespace_or_default(&job.namespace).to_owned(), job.job_id.clone()))
        .collect();
    let parts = jobs.into_iter().map(|job| delete_one(api, request, job, allow_missing));
    let mut outcomes: Vec<_> = side_by_side(parts).collect().await;
    if let Some(error) = store_failed(&mut outcomes) {
        return Err(error);
    }
    let results = names.into_iter().zip(outcomes).map(|((namespace, job_id), outcome)| {
        let outcome = match outcome {
            Ok(deleted) => Outcome::Deleted(deleted),
            Err(error) => Outcome::Error(item_error(error, "")),
        };
        BatchResult { namespace, job_id, outcome: Some(outcome), created: false }
    });
    Ok(BatchDeleteJobsResponse { results: fitting(results.collect()) })
}

async fn delete_one(
    api: &Api,
    batch: Option<RequestId>,
    job: JobRef,
    allow_missing: bool,
) -> Result<bool, ApiError> {
    let mut problems = Problems::default();
    let key = key(&job.namespace, &job.job_id, &mut problems);
    let key = read_whole(problems, key)?;
    let JobRef { namespace, job_id, etag } = job;
    let message = DeleteJobRequest { namespace, job_id, etag, allow_missing, ..<_>::default() };
    let named = |batch| NamedRequest::part(batch, "BatchDeleteJobs", &key.to_string(), &message);
    let request = batch.map(named);
    let deletion = Deletion { key, etag: message.etag, allow_missing };
    Ok(deletion.carry_out(api, request).await?.deleted)
}

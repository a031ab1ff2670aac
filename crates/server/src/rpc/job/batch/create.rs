//! BatchCreateJobs.

use bellwether_domain::RequestId;
use bellwether_proto::convert::{Problems, View, job_from_proto, request_id};
use bellwether_proto::v1::batch_result::Outcome;
use bellwether_proto::v1::{
    BatchCreateJobsRequest, BatchCreateJobsResponse, BatchResult, CreateJobRequest,
    CreateJobResponse, Job, OnConflict,
};
use futures::StreamExt as _;

use super::result::fitting;
use super::{check_names, item_error, namespace_or_default, side_by_side, store_failed};
use crate::api::Api;
use crate::error::ApiError;
use crate::request::NamedRequest;
use crate::rpc::job::create::{Creation, read_on_conflict};
use crate::rpc::job::read_whole;
use crate::write::Written;

/// Creates jobs, each by itself.
pub(crate) async fn batch_create_jobs(
    api: &Api,
    message: BatchCreateJobsRequest,
) -> Result<BatchCreateJobsResponse, ApiError> {
    let asked = Asked {
        jobs: message.jobs,
        on_conflict: message.on_conflict,
        request_id: message.request_id,
        validate_only: message.validate_only,
    };
    let parts = create_each(api, "BatchCreateJobs", asked).await?;
    let results = parts.into_iter().map(|Part { namespace, id, outcome }| {
        let created = outcome.as_ref().is_ok_and(|written| written.reply.created);
        let outcome = match outcome {
            Ok(written) => Outcome::Job(written.reply.job.unwrap_or_default()),
            Err(error) => Outcome::Error(item_error(error, "job.")),
        };
        BatchResult { namespace, job_id: id, outcome: Some(outcome), created }
    });
    Ok(BatchCreateJobsResponse { results: fitting(results.collect()) })
}

/// Jobs to be created, as a request has them.
pub(in crate::rpc::job) struct Asked {
    pub(in crate::rpc::job) jobs: Vec<Job>,
    pub(in crate::rpc::job) on_conflict: i32,
    pub(in crate::rpc::job) request_id: String,
    pub(in crate::rpc::job) validate_only: bool,
}

/// What became of one of them.
pub(in crate::rpc::job) struct Part {
    /// The namespace of the job.
    pub(in crate::rpc::job) namespace: String,
    /// Its id, as the request gave it.
    pub(in crate::rpc::job) id: String,
    /// What came of it.
    pub(in crate::rpc::job) outcome: Result<Written<CreateJobResponse>, ApiError>,
}

/// Creates each job, and says in their order what came of it. An error is one of the request, or
/// of a store that failed all of them.
pub(in crate::rpc::job) async fn create_each(
    api: &Api,
    call: &'static str,
    asked: Asked,
) -> Result<Vec<Part>, ApiError> {
    let mut problems = Problems::default();
    let request = request_id(&asked.request_id, "request_id", &mut problems);
    let on_conflict = read_on_conflict(asked.on_conflict, &mut problems);
    let names = asked.jobs.iter().map(|job| (job.namespace.as_str(), job.id.as_str()));
    check_names(names, &mut problems);
    problems.finish()?;
    let names = asked.jobs.iter();
    let names: Vec<_> = names
        .map(|job| (namespace_or_default(&job.namespace).to_owned(), job.id.clone()))
        .collect();
    let terms = Terms { call, request, on_conflict, validate_only: asked.validate_only };
    let parts = asked.jobs.into_iter().map(|job| create_one(api, terms, job));
    let mut outcomes: Vec<_> = side_by_side(parts).collect().await;
    if let Some(error) = store_failed(&mut outcomes) {
        return Err(error);
    }
    let part = |((namespace, id), outcome)| Part { namespace, id, outcome };
    Ok(names.into_iter().zip(outcomes).map(part).collect())
}

/// What holds for all parts.
#[derive(Clone, Copy)]
struct Terms {
    call: &'static str,
    request: Option<RequestId>,
    on_conflict: OnConflict,
    validate_only: bool,
}

async fn create_one(
    api: &Api,
    terms: Terms,
    job: Job,
) -> Result<Written<CreateJobResponse>, ApiError> {
    let Terms { call, request, on_conflict, validate_only } = terms;
    let message =
        CreateJobRequest { job: Some(job), on_conflict: on_conflict as i32, ..<_>::default() };
    let named = |batch: RequestId| {
        let job = message.job.as_ref()?;
        let name = format!("{}/{}", namespace_or_default(&job.namespace), job.id);
        Some(NamedRequest::part(batch, call, &name, &message))
    };
    let request = request.and_then(named);
    let mut problems = Problems::default();
    let input = job_from_proto(message.job, "job", &mut problems);
    let input = read_whole(problems, input)?;
    let creation = Creation { input, on_conflict, view: View::Basic };
    match validate_only {
        true => creation.foretell(api).await,
        false => creation.carry_out(api, request).await,
    }
}

//! BatchPauseJobs and BatchResumeJobs: one deed for the jobs of a selector, a page at a time.

use std::sync::Arc;

use bellwether_domain::{Job, JobKey, Namespace};
use bellwether_proto::convert::{
    Problems, Selector, View, job_to_proto, namespace_filter, reason, selector,
};
use bellwether_proto::v1::{
    BatchPauseJobsRequest, BatchPauseJobsResponse, BatchResult, BatchResumeJobsRequest,
    BatchResumeJobsResponse, batch_result::Outcome,
};
use futures::future::join_all;
use prost::Message;

use super::{pause, resume};
use crate::api::Api;
use crate::error::ApiError;
use crate::merge::Merge;
use crate::page::List;
use crate::request::NamedRequest;
use crate::rpc::{Page, page_size};

/// How many jobs one call looks at. One that finds little within them answers with a short page.
const MAX_LOOKED_AT: usize = 5_000;

/// How many jobs are written at a time.
const AT_A_TIME: usize = 32;

/// What a job's change may add to its message: the reason of a pause.
const GROWTH: usize = 1_100;

/// Pauses the jobs of a selector.
pub(crate) async fn batch_pause_jobs(
    api: &Api,
    mut message: BatchPauseJobsRequest,
) -> Result<BatchPauseJobsResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "BatchPauseJobs", &message, &mut problems);
    let reason = reason(message.reason.clone(), "reason", &mut problems);
    let (size, token) = (message.page_size, std::mem::take(&mut message.page_token));
    message.page_size = 0;
    let list = List::new(&api.cluster, "BatchPauseJobs", &message);
    let which = Which::read(&message.namespace, &message.label_selector, &mut problems);
    let start = Start::read(list, size, &token, &mut problems);
    problems.finish()?;
    let (results, next_page_token) =
        deed(api, &which, start?, request, &Deed::Pause(reason)).await?;
    Ok(BatchPauseJobsResponse { results, next_page_token })
}

/// Resumes the jobs of a selector.
pub(crate) async fn batch_resume_jobs(
    api: &Api,
    mut message: BatchResumeJobsRequest,
) -> Result<BatchResumeJobsResponse, ApiError> {
    let mut problems = Problems::default();
    let id = std::mem::take(&mut message.request_id);
    let request = NamedRequest::read(&id, "BatchResumeJobs", &message, &mut problems);
    let (size, token) = (message.page_size, std::mem::take(&mut message.page_token));
    message.page_size = 0;
    let list = List::new(&api.cluster, "BatchResumeJobs", &message);
    let which = Which::read(&message.namespace, &message.label_selector, &mut problems);
    let start = Start::read(list, size, &token, &mut problems);
    problems.finish()?;
    let what = Deed::Resume { catch_up: message.catch_up };
    let (results, next_page_token) = deed(api, &which, start?, request, &what).await?;
    Ok(BatchResumeJobsResponse { results, next_page_token })
}

/// Which jobs are meant.
struct Which {
    namespace: Option<Namespace>,
    selector: Selector,
}

impl Which {
    fn read(namespace: &str, labels: &str, problems: &mut Problems) -> Self {
        Self {
            namespace: namespace_filter(namespace, "namespace", problems).flatten(),
            selector: selector(labels, "label_selector", problems).unwrap_or_default(),
        }
    }
}

/// Where a page begins, and how long it may be.
struct Start {
    list: List,
    after: Option<JobKey>,
    size: usize,
}

impl Start {
    fn read(list: List, size: i32, token: &str, problems: &mut Problems) -> Result<Self, ApiError> {
        let size = page_size(size, problems);
        let after = list.place(token, problems).map(|place| place.parse::<JobKey>()).transpose();
        let after = after.map_err(|error| {
            ApiError::Internal(format!("a page token of ours names no job: {error}"))
        })?;
        Ok(Self { list, after, size })
    }
}

/// What is done to each job.
enum Deed {
    Pause(String),
    Resume { catch_up: bool },
}

async fn deed(
    api: &Api,
    which: &Which,
    start: Start,
    request: Option<NamedRequest>,
    what: &Deed,
) -> Result<(Vec<BatchResult>, String), ApiError> {
    let list = start.list;
    let (keys, place) = select(api, which, start).await?;
    let mut results = Vec::with_capacity(keys.len());
    for some in keys.chunks(AT_A_TIME) {
        let each: Vec<_> = some.iter().map(|key| one(api, key, request, what)).collect();
        results.extend(join_all(each).await);
    }
    Ok((results, place.map(|key| list.token(&key.to_string())).unwrap_or_default()))
}

/// The jobs of the page, and the one behind which the next begins.
async fn select(
    api: &Api,
    which: &Which,
    start: Start,
) -> Result<(Vec<JobKey>, Option<JobKey>), ApiError> {
    let Start { after, size, .. } = start;
    let (store, namespace) = (Arc::clone(&api.store), which.namespace.clone());
    let partitions = api.all_partitions();
    let mut jobs = Merge::begin(store, partitions, namespace, after.as_ref(), size).await?;
    let mut page = Page::new(size);
    let mut place = after;
    for _ in 0..MAX_LOOKED_AT {
        let Some(job) = jobs.next().await? else { return Ok((page.into_items(), None)) };
        if which.selector.matches(&job.definition.spec.labels) {
            let bytes = bytes_of(api, &job);
            if !page.takes(job.definition.key.clone(), bytes) {
                break;
            }
        }
        place = Some(job.definition.key);
    }
    Ok((page.into_items(), place))
}

/// What the job's result takes of the reply.
fn bytes_of(api: &Api, job: &Job) -> usize {
    job_to_proto(job, &api.defaults, View::Basic).encoded_len() + GROWTH
}

async fn one(api: &Api, key: &JobKey, request: Option<NamedRequest>, what: &Deed) -> BatchResult {
    let request = request.map(|request| request.about(key));
    let job = match what {
        Deed::Pause(reason) => {
            pause::pause_one(api, key, reason, View::Basic, request).await.map(|reply| reply.job)
        }
        Deed::Resume { catch_up } => {
            let reply = resume::resume_one(api, key, *catch_up, View::Basic, request).await;
            reply.map(|reply| reply.job)
        }
    };
    let outcome = match job {
        Ok(job) => job.map(Outcome::Job),
        Err(error) => Some(Outcome::Error(error.to_item())),
    };
    BatchResult {
        namespace: key.namespace.to_string(),
        job_id: key.id.to_string(),
        outcome,
        created: false,
    }
}

//! ListJobs.

use std::sync::Arc;

use bellwether_domain::JobKey;
use bellwether_proto::convert::{Problems, View, job_to_proto};
use bellwether_proto::v1::{self, ListJobsRequest, ListJobsResponse};
use prost::Message;

use super::filter::Filter;
use crate::api::Api;
use crate::error::ApiError;
use crate::merge::Merge;
use crate::page::List;
use crate::rpc::{Page, page_size};

/// How many jobs one call looks at. One that finds little within them returns a short page, and
/// the client decides whether to go on.
const MAX_LOOKED_AT: usize = 5_000;

/// Lists jobs in the order of the text `namespace/id`.
pub(crate) async fn list_jobs(
    api: &Api,
    message: ListJobsRequest,
) -> Result<ListJobsResponse, ApiError> {
    let mut problems = Problems::default();
    let size = page_size(message.page_size, &mut problems);
    let filter = Filter::read(&message, &mut problems);
    let view = View::from_proto(message.view, "view", &mut problems);
    let list = list_of(api, &message);
    let after = list.place(&message.page_token, &mut problems);
    problems.finish()?;
    let after = after.map(|place| place.parse::<JobKey>()).transpose().map_err(|error| {
        ApiError::Internal(format!("a page token of ours names no job: {error}"))
    })?;
    page(api, &filter, view, Start { list, after, size }).await
}

/// The list, its page and its view apart.
fn list_of(api: &Api, message: &ListJobsRequest) -> List {
    let filters =
        ListJobsRequest { page_size: 0, page_token: String::new(), view: 0, ..message.clone() };
    List::new(&api.cluster, "ListJobs", &filters)
}

/// Where a page begins, and how long it may be.
struct Start {
    list: List,
    after: Option<JobKey>,
    size: usize,
}

async fn page(
    api: &Api,
    filter: &Filter,
    view: View,
    start: Start,
) -> Result<ListJobsResponse, ApiError> {
    let Start { list, after, size } = start;
    let (store, namespace) = (Arc::clone(&api.store), filter.namespace.clone());
    let partitions = api.all_partitions();
    let mut jobs = Merge::begin(store, partitions, namespace, after.as_ref(), size).await?;
    let mut page = Page::new(size);
    let (mut place, mut looked_at) = (after, 0);
    'page: while looked_at < MAX_LOOKED_AT {
        let some = jobs.take(filter.at_a_time()).await?;
        if some.is_empty() {
            return Ok(ListJobsResponse { jobs: page.into_items(), ..<_>::default() });
        }
        looked_at += some.len();
        let judged = filter.judge(api, &some).await?;
        for (job, is_shown) in some.into_iter().zip(judged) {
            if is_shown {
                let shown: v1::Job = job_to_proto(&job, &api.defaults, view);
                let bytes = shown.encoded_len();
                if !page.takes(shown, bytes) {
                    break 'page;
                }
            }
            place = Some(job.definition.key);
        }
    }
    let next_page_token = place.map(|key| list.token(&key.to_string())).unwrap_or_default();
    Ok(ListJobsResponse { jobs: page.into_items(), next_page_token })
}

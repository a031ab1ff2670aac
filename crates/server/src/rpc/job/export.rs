//! ExportJobs.
//!
//! What is exported is what a client may define: neither what the server made of it nor whether it
//! is paused, no history, and no secret, so that an export may lie in a repository.

use std::sync::Arc;

use bellwether_domain::Job;
use bellwether_proto::convert::{
    Problems, Selector, View, job_to_proto, namespace_filter, selector,
};
use bellwether_proto::v1::{self, ExportJobsRequest, ExportJobsResponse};
use futures::StreamExt as _;
use futures::stream;
use prost::Message as _;
use tonic::Status;

use super::read_whole;
use crate::api::Api;
use crate::error::ApiError;
use crate::merge::Merge;
use crate::rpc::{Page, Replies, until_closing};

/// The most jobs in a part of the stream.
const PART: usize = 500;

/// Streams definitions in the order of the text `namespace/id`.
pub(crate) async fn export_jobs(
    api: Arc<Api>,
    message: ExportJobsRequest,
) -> Result<Replies<ExportJobsResponse>, ApiError> {
    let mut problems = Problems::default();
    let namespace = namespace_filter(&message.namespace, "namespace", &mut problems);
    let selector = selector(&message.label_selector, "label_selector", &mut problems);
    let (namespace, selector) = read_whole(problems, namespace.zip(selector))?;
    let (store, partitions) = (Arc::clone(&api.store), api.all_partitions());
    let jobs = Merge::begin(store, partitions, namespace, None, PART).await?;
    let export = Export { api: Arc::clone(&api), jobs, selector, ahead: None };
    let parts = stream::try_unfold(export, |mut export| async move {
        let part = export.part().await.map_err(Status::from)?;
        Ok((!part.is_empty()).then_some((ExportJobsResponse { jobs: part }, export)))
    });
    Ok(until_closing(&api, parts.boxed()))
}

/// An export under way: read as the client takes it.
struct Export {
    api: Arc<Api>,
    jobs: Merge,
    selector: Selector,
    /// The one for which the part before had no room.
    ahead: Option<v1::Job>,
}

impl Export {
    /// The next definitions; none at the end.
    async fn part(&mut self) -> Result<Vec<v1::Job>, ApiError> {
        let mut page = Page::new(PART);
        loop {
            let Some(job) = self.next().await? else { return Ok(page.into_items()) };
            let bytes = job.encoded_len();
            if let Err(job) = page.takes_or_returns(job, bytes) {
                self.ahead = Some(job);
                return Ok(page.into_items());
            }
        }
    }

    async fn next(&mut self) -> Result<Option<v1::Job>, ApiError> {
        if let Some(job) = self.ahead.take() {
            return Ok(Some(job));
        }
        while let Some(job) = self.jobs.next().await? {
            if self.selector.matches(&job.definition.spec.labels) {
                return Ok(Some(self.definition(&job)));
            }
        }
        Ok(None)
    }

    /// What a client defines of a job.
    fn definition(&self, job: &Job) -> v1::Job {
        let v1::Job { namespace, id, description, labels, trigger, target, policy, .. } =
            job_to_proto(job, &self.api.defaults, View::Full);
        v1::Job { namespace, id, description, labels, trigger, target, policy, ..<_>::default() }
    }
}

//! `job apply --prune`: jobs that a selector finds and the file does not name.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_client::Client;
use bellwether_client::v1::batch_result::Outcome;
use bellwether_client::v1::{BatchDeleteJobsRequest, BatchResult, Job, JobRef, ListJobsRequest};

use super::applied::{Applied, Deeds};
use crate::command::job::select::confirm;
use crate::command::page;
use crate::failure::{Failure, Failures};

/// How many jobs are deleted by one call.
const PART: usize = 500;

/// The jobs that a file names, by their namespaces. Others are left alone: what a file does not speak
/// of it does not own.
pub(super) struct Named(BTreeMap<String, BTreeSet<String>>);

impl Named {
    pub(super) fn of(jobs: &[Job]) -> Self {
        let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for job in jobs {
            // Both are the same namespace, and one must not miss what the other names.
            let namespace = if job.namespace.is_empty() { "default" } else { &job.namespace };
            named.entry(namespace.to_owned()).or_default().insert(job.id.clone());
        }
        Self(named)
    }
}

/// The jobs to be deleted, in the version in which they were found.
pub(super) async fn find(
    client: &Client,
    named: &Named,
    selector: &str,
) -> Result<Vec<Job>, Failure> {
    let mut found = Vec::new();
    for (namespace, ids) in &named.0 {
        let fetch = async |page_size, page_token| {
            let request = ListJobsRequest {
                namespace: namespace.clone(),
                label_selector: selector.to_owned(),
                page_size,
                page_token,
                ..ListJobsRequest::default()
            };
            let response = client.list_jobs(request).await?;
            Ok((response.jobs, response.next_page_token))
        };
        page::each(None, fetch, |jobs| {
            found.extend(jobs.into_iter().filter(|job| !ids.contains(&job.id)));
            Ok(())
        })
        .await?;
    }
    Ok(found)
}

/// What would be deleted.
pub(super) fn foretold(found: Vec<Job>) -> Vec<Applied> {
    let pruned = |Job { namespace, id, .. }| Applied {
        namespace,
        id,
        result: "pruned",
        changes: Some(Vec::new()),
    };
    found.into_iter().map(pruned).collect()
}

/// Deletes what was found, unless it was changed meanwhile: whoever changed it may want it.
pub(super) async fn delete(
    client: &Client,
    found: Vec<Job>,
    yes: bool,
    deeds: &mut Deeds,
    failures: &mut Failures,
) -> Result<(), Failure> {
    if found.is_empty() {
        return Ok(());
    }
    if !yes {
        confirm("delete", &found.iter().map(|job| job.id.clone()).collect::<Vec<_>>())?;
    }
    for part in found.chunks(PART) {
        let named = |job: &Job| JobRef {
            namespace: job.namespace.clone(),
            job_id: job.id.clone(),
            etag: job.etag.clone(),
        };
        let request = BatchDeleteJobsRequest {
            jobs: part.iter().map(named).collect(),
            allow_missing: true,
            ..BatchDeleteJobsRequest::default()
        };
        for result in client.batch_delete_jobs(request).await?.results {
            let BatchResult { namespace, job_id: id, outcome, .. } = result;
            match outcome {
                Some(Outcome::Error(error)) => {
                    failures.add(Failure::of_item(&error).about(format!("{namespace}/{id}")));
                }
                _ => deeds.add([Applied { namespace, id, result: "pruned", changes: None }])?,
            }
        }
    }
    Ok(())
}

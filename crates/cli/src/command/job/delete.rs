//! `job delete`.

use std::collections::HashSet;

use bellwether_client::Client;
use bellwether_client::v1::batch_result::Outcome;
use bellwether_client::v1::{BatchDeleteJobsRequest, BatchResult, DeleteJobRequest, JobRef};
use clap::{ArgGroup, Args};

use super::{Deed, select};
use crate::args::Globals;
use crate::failure::{Failure, Failures};
use crate::output::progress::Progress;

/// How many jobs are deleted by one call.
const PART: usize = 500;

/// Delete jobs with their history; running attempts finish
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("which").required(true).multiple(true))]
pub(crate) struct Delete {
    /// The jobs
    #[arg(group = "which", conflicts_with_all = ["all", "selector"])]
    ids: Vec<String>,

    /// Every job of the namespace
    #[arg(long, group = "which")]
    all: bool,

    /// Every job of the namespace with these labels: key=value, key!=value, key, !key, by commas
    #[arg(short = 'l', long, value_name = "SELECTOR", group = "which", conflicts_with = "all")]
    selector: Option<String>,

    /// Only if the job has this etag; otherwise exit 5
    #[arg(long, value_name = "ETAG", requires = "ids")]
    etag: Option<String>,

    /// Accept that a job does not exist
    #[arg(long)]
    allow_missing: bool,

    /// Delete several without asking
    #[arg(short, long)]
    yes: bool,
}

impl Delete {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        if self.etag.is_some() && self.ids.len() > 1 {
            return Err(Failure::usage("--etag is that of one job, and several are given"));
        }
        let client = globals.client()?;
        let ids = match self.ids.as_slice() {
            [] => {
                let selector = self.selector.as_deref().unwrap_or_default();
                select::ids_of(selector, &client, globals).await?
            }
            given => given.to_vec(),
        };
        if let ([_], [id]) = (self.ids.as_slice(), ids.as_slice()) {
            let deleted = self.delete(&client, globals, id).await?;
            return print(vec![(id.clone(), deleted)], globals);
        }
        if !ids.is_empty() && !self.yes {
            select::confirm("delete", &ids)?;
        }
        self.delete_all(&client, globals, ids).await
    }

    async fn delete(
        &self,
        client: &Client,
        globals: &Globals,
        job_id: &str,
    ) -> Result<bool, Failure> {
        let request = DeleteJobRequest {
            namespace: globals.namespace(),
            job_id: job_id.to_owned(),
            etag: self.etag.clone().unwrap_or_default(),
            allow_missing: self.allow_missing,
            ..DeleteJobRequest::default()
        };
        Ok(client.delete_job(request).await?.deleted)
    }

    /// Deletes many, as many as a call takes at a time. One that fails does not keep the others.
    async fn delete_all(
        &self,
        client: &Client,
        globals: &Globals,
        mut ids: Vec<String>,
    ) -> Result<(), Failure> {
        let mut named = HashSet::new();
        ids.retain(|id| named.insert(id.clone()));
        let progress = Progress::through(ids.len());
        let (mut results, mut failures) = (Vec::new(), Failures::default());
        for part in ids.chunks(PART) {
            let job = |id: &String| JobRef {
                namespace: globals.namespace(),
                job_id: id.clone(),
                ..JobRef::default()
            };
            let request = BatchDeleteJobsRequest {
                jobs: part.iter().map(job).collect(),
                // What a selector found and another deleted meanwhile is as it should be.
                allow_missing: self.allow_missing || self.ids.is_empty(),
                ..BatchDeleteJobsRequest::default()
            };
            let answer = client.batch_delete_jobs(request).await?.results;
            progress.several_done(part.len(), || {
                for BatchResult { job_id, outcome, .. } in answer {
                    match outcome {
                        Some(Outcome::Deleted(deleted)) => results.push((job_id, deleted)),
                        Some(Outcome::Error(error)) => {
                            failures.add(Failure::of_item(&error).about(&job_id));
                        }
                        _ => failures.add(Failure::failed("no answer").about(&job_id)),
                    }
                }
            });
        }
        drop(progress);
        print(results, globals)?;
        failures.result()
    }
}

fn print(results: Vec<(String, bool)>, globals: &Globals) -> Result<(), Failure> {
    let namespace = match globals.namespace() {
        empty if empty.is_empty() => "default".to_owned(),
        given => given,
    };
    let actions: Vec<_> = results
        .into_iter()
        .map(|(id, deleted)| Deed {
            namespace: namespace.clone(),
            id,
            result: if deleted { "deleted" } else { "missing" },
        })
        .collect();
    globals.printer().all(&actions)
}

//! `job delete`.

use bellwether_client::Client;
use bellwether_client::v1::DeleteJobRequest;
use clap::{ArgGroup, Args};

use super::{Deed, select};
use crate::args::Globals;
use crate::failure::{Failure, Failures};
use crate::output::progress::Progress;

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
        let bulk = self.ids.is_empty() || ids.len() > 1;
        if bulk && !ids.is_empty() && !self.yes {
            select::confirm("delete", &ids)?;
        }
        let mut failures = Failures::default();
        let mut results = Vec::new();
        let progress = Progress::through(ids.len());
        for job_id in ids {
            let deleted = self.delete(&client, globals, &job_id).await;
            progress.done(|| match deleted {
                Ok(deleted) => {
                    results.push((job_id, deleted));
                    Ok(())
                }
                Err(failure) if bulk => {
                    failures.add(failure.about(&job_id));
                    Ok(())
                }
                Err(failure) => Err(failure),
            })?;
        }
        drop(progress);
        print(results, globals)?;
        failures.result()
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
            // What a selector found and another deleted meanwhile is as it should be.
            allow_missing: self.allow_missing || self.ids.is_empty(),
            ..DeleteJobRequest::default()
        };
        Ok(client.delete_job(request).await?.deleted)
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

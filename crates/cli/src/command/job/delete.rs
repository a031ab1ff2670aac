//! `job delete`.

use std::io::{self, BufRead, IsTerminal, Write};

use bellwether_client::Client;
use bellwether_client::v1::{DeleteJobRequest, ListJobsRequest};
use clap::{ArgGroup, Args};

use super::Deed;
use crate::args::Globals;
use crate::command::page;
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
            [] => self.selected(&client, globals).await?,
            given => given.to_vec(),
        };
        let bulk = self.ids.is_empty() || ids.len() > 1;
        if bulk && !ids.is_empty() && !self.yes {
            confirm(&ids)?;
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

    async fn selected(&self, client: &Client, globals: &Globals) -> Result<Vec<String>, Failure> {
        let fetch = async |page_size, page_token| {
            let request = ListJobsRequest {
                namespace: globals.namespace(),
                label_selector: self.selector.clone().unwrap_or_default(),
                page_size,
                page_token,
                ..ListJobsRequest::default()
            };
            let response = client.list_jobs(request).await?;
            Ok((response.jobs, response.next_page_token))
        };
        let mut ids = Vec::new();
        page::each(None, fetch, |jobs| {
            ids.extend(jobs.into_iter().map(|job| job.id));
            Ok(())
        })
        .await?;
        Ok(ids)
    }
}

/// Asks whether these jobs are to be deleted.
fn confirm(ids: &[String]) -> Result<(), Failure> {
    let count = ids.len();
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(format!(
            "this would delete {count} jobs; give --yes if that is meant"
        )));
    }
    let shown: Vec<_> = ids.iter().take(10).map(String::as_str).collect();
    let more = if count > shown.len() { ", …" } else { "" };
    eprint!("Delete {count} jobs ({}{more})? [y/N] ", shown.join(", "));
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::failed("nothing was deleted")),
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

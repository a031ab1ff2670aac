//! `job apply`: make the jobs be what a file says.

use std::path::PathBuf;

use bellwether_client::Client;
use bellwether_client::v1::{CreateJobRequest, GetJobRequest, Job, OnConflict};
use clap::Args;
use futures::StreamExt;
use tonic::Code;

use super::Deed;
use crate::args::Globals;
use crate::failure::{Failure, Failures};
use crate::input::{definition, documents};
use crate::output::progress::Progress;

/// How many jobs are applied at once.
const AT_ONCE: usize = 16;

/// Create the jobs of a file, and change those that exist, so that they are as it says
#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// JSON, JSON lines or YAML, one or more documents; `-` is the standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,

    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Delete the selected jobs that the file does not name
    #[arg(long, requires = "selector")]
    prune: bool,

    /// What --prune may delete
    #[arg(short = 'l', long, value_name = "SELECTOR", requires = "prune")]
    selector: Option<String>,
}

impl Apply {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        if self.prune {
            return Err(Failure::not_built("--prune"));
        }
        // Nothing is sent before all of it can be read.
        let jobs = documents::read(&self.file)?
            .into_iter()
            .map(|document| definition::job_of(document, globals))
            .collect::<Result<Vec<Job>, Failure>>()?;
        if jobs.is_empty() {
            return Err(Failure::usage(format!("{} holds no jobs", self.file.display())));
        }
        let client = globals.client()?;
        let progress = Progress::through(jobs.len());
        let mut deeds = futures::stream::iter(jobs)
            .map(|job| apply(&client, job, self.dry_run))
            .buffered(AT_ONCE);
        let mut list = globals.printer().list();
        let mut failures = Failures::default();
        while let Some(result) = deeds.next().await {
            progress.done(|| match result {
                Ok(deed) => list.add(&[deed]),
                Err(failure) => {
                    failures.add(failure);
                    Ok(())
                }
            })?;
        }
        drop(progress);
        list.finish()?;
        failures.result()
    }
}

async fn apply(client: &Client, job: Job, dry_run: bool) -> Result<Deed, Failure> {
    let name = job.id.clone();
    let about = |status| Failure::from(status).about(&name);
    // The etag tells a change from none, as a definition that is equal is not written.
    let read = GetJobRequest { namespace: job.namespace.clone(), job_id: job.id.clone() };
    let before = match client.get_job(read).await {
        Ok(response) => response.job.map(|job| job.etag),
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => return Err(about(status)),
    };
    let request = CreateJobRequest {
        job: Some(job),
        on_conflict: OnConflict::Replace.into(),
        validate_only: dry_run,
        ..CreateJobRequest::default()
    };
    let response = client.create_job(request).await.map_err(about)?;
    let job = response.job.unwrap_or_default();
    let result = match (response.created, before) {
        (true, _) => "created",
        (false, Some(etag)) if etag == job.etag => "unchanged",
        (false, _) => "updated",
    };
    Ok(Deed { namespace: job.namespace, id: job.id, result })
}

//! `job apply`: make the jobs be what a file says.

mod applied;
mod change;
mod prune;

use std::path::PathBuf;

use bellwether_client::Client;
use bellwether_client::v1::{CreateJobRequest, GetJobRequest, Job, OnConflict};
use clap::Args;
use futures::StreamExt;
use tonic::Code;

use applied::{Applied, Deeds};

use crate::args::Globals;
use crate::failure::{Failure, Failures};
use crate::input::{definition, documents};
use crate::output::progress::Progress;

/// How many jobs are applied at once.
const AT_ONCE: usize = 16;

/// Create the jobs of a file, and change those that exist, so that they are as it says
///
/// Exit codes: 0 when all is as the file says, or with --dry-run could be made so, whether or not
/// there is a difference; otherwise that of the first failure (2 a job that is not valid, 5 one that
/// others changed meanwhile, 6 no answer). Jobs that did not fail are applied all the same, but
/// nothing is pruned then.
#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// JSON, JSON lines or YAML, one or more documents; `-` is the standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,

    /// Show what would change, field by field, and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Delete the selected jobs that the file does not name, in the namespaces of its jobs
    #[arg(long, requires = "selector")]
    prune: bool,

    /// What --prune may delete: key=value, key!=value, key, !key, by commas
    #[arg(short = 'l', long, value_name = "SELECTOR", requires = "prune")]
    selector: Option<String>,

    /// Prune without asking
    #[arg(short, long, requires = "prune")]
    yes: bool,
}

impl Apply {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        // Nothing is sent before all of it can be read.
        let jobs = documents::read(&self.file)?
            .into_iter()
            .map(|document| definition::job_of(document, globals))
            .collect::<Result<Vec<Job>, Failure>>()?;
        if jobs.is_empty() {
            return Err(Failure::usage(format!("{} holds no jobs", self.file.display())));
        }
        let client = globals.client()?;
        let named = prune::Named::of(&jobs);
        let mut deeds = Deeds::new(globals.printer());
        let mut failures = self.apply_all(&client, jobs, &mut deeds).await?;
        if let Some(selector) = self.selector.filter(|_| failures.is_empty()) {
            let found = prune::find(&client, &named, &selector).await?;
            match self.dry_run {
                true => deeds.add(prune::foretold(found))?,
                false => prune::delete(&client, found, self.yes, &mut deeds, &mut failures).await?,
            }
        }
        deeds.finish()?;
        failures.result()
    }

    async fn apply_all(
        &self,
        client: &Client,
        jobs: Vec<Job>,
        deeds: &mut Deeds,
    ) -> Result<Failures, Failure> {
        let progress = Progress::through(jobs.len());
        let mut results = futures::stream::iter(jobs)
            .map(|job| apply(client, job, self.dry_run))
            .buffered(AT_ONCE);
        let mut failures = Failures::default();
        while let Some(result) = results.next().await {
            progress.done(|| match result {
                Ok(applied) => deeds.add([applied]),
                Err(failure) => {
                    failures.add(failure);
                    Ok(())
                }
            })?;
        }
        Ok(failures)
    }
}

async fn apply(client: &Client, job: Job, dry_run: bool) -> Result<Applied, Failure> {
    let name = job.id.clone();
    let about = |status| Failure::from(status).about(&name);
    // The etag tells a change from none, as a definition that is equal is not written.
    let read = GetJobRequest { namespace: job.namespace.clone(), job_id: job.id.clone() };
    let before = match client.get_job(read).await {
        Ok(response) => response.job,
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
    let result = match (response.created, &before) {
        (true, _) => "created",
        (false, Some(before)) if before.etag == job.etag => "unchanged",
        (false, _) => "updated",
    };
    let changes = match (dry_run && result == "updated", before) {
        (true, Some(before)) => change::between(&before, &job),
        _ => Vec::new(),
    };
    Ok(Applied {
        namespace: job.namespace,
        id: job.id,
        result,
        changes: dry_run.then_some(changes),
    })
}

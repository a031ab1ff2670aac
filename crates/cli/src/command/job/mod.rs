//! `job`: what fires when.

mod apply;
mod backfill;
mod bulk;
mod create;
mod deed;
mod delete;
mod export;
mod get;
mod import;
mod list;
mod pause;
mod resume;
mod run;
mod select;
mod update;

use bellwether_client::v1;
use clap::Subcommand;

use deed::Deed;

use crate::args::Globals;
use crate::failure::{Failure, Failures};

/// Jobs: what fires when
#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Create a job
    Create(create::Create),
    /// Create the jobs of a file, and change those that exist, so that they are as it says
    Apply(apply::Apply),
    /// Show a job, its next fire times and its latest runs
    Get(get::Get),
    /// List jobs
    List(list::List),
    /// Change a job in place
    Update(update::Update),
    /// Stop jobs from firing
    Pause(pause::Pause),
    /// Let paused jobs fire again
    Resume(resume::Resume),
    /// Run a job now, beside its schedule
    Run(run::RunNow),
    /// Make runs for the fire times of a past range, beside the schedule
    Backfill(backfill::Fill),
    /// Delete jobs with their history
    Delete(delete::Delete),
    /// Print the definitions of jobs, such that `job import` and `job apply` take them
    Export(export::Export),
    /// Create the jobs that `job export` printed, or replace those that differ
    Import(import::Import),
}

impl Job {
    /// Does what the command line says.
    pub(crate) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.execute(globals).await,
            Self::Apply(apply) => apply.execute(globals).await,
            Self::Get(get) => get.execute(globals).await,
            Self::List(list) => list.execute(globals).await,
            Self::Update(update) => update.execute(globals).await,
            Self::Pause(pause) => pause.execute(globals).await,
            Self::Resume(resume) => resume.execute(globals).await,
            Self::Run(run) => run.execute(globals).await,
            Self::Backfill(fill) => fill.execute(globals).await,
            Self::Delete(delete) => delete.execute(globals).await,
            Self::Export(export) => export.execute(globals).await,
            Self::Import(import) => import.execute(globals).await,
        }
    }
}

/// Makes one call for each of `ids` and prints the jobs that come back: one as one, several as a
/// list. A failure does not keep the others from their turn; the first one's code is the command's.
async fn one_by_one(
    ids: Vec<String>,
    globals: &Globals,
    call: impl AsyncFn(String) -> Result<v1::Job, Failure>,
) -> Result<(), Failure> {
    let printer = globals.printer();
    if let [id] = ids.as_slice() {
        return printer.item(&call(id.clone()).await?);
    }
    let mut list = printer.list();
    let mut failures = Failures::default();
    for id in ids {
        match call(id.clone()).await {
            Ok(job) => list.add(&[job])?,
            Err(failure) => failures.add(failure.about(&id)),
        }
    }
    list.finish()?;
    failures.result()
}

//! Pausing and resuming: jobs that are named one by one, those of a selector page by page.

use bellwether_client::{Client, v1};
use clap::{ArgGroup, Args};
use tonic::Code;

use super::select;
use crate::args::Globals;
use crate::command::page;
use crate::failure::{Failure, Failures};
use crate::output::progress::Progress;

/// Which jobs.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("which").required(true).multiple(true))]
pub(super) struct Which {
    /// The jobs
    #[arg(group = "which", conflicts_with_all = ["all", "selector"])]
    pub(super) ids: Vec<String>,

    /// Every job of the namespace
    #[arg(long, group = "which")]
    all: bool,

    /// Every job of the namespace with these labels: key=value, key!=value, key, !key, by commas
    #[arg(short = 'l', long, value_name = "SELECTOR", group = "which", conflicts_with = "all")]
    selector: Option<String>,

    /// Do it to several without asking
    #[arg(short, long)]
    yes: bool,
}

/// A page of results, and the token of the next.
type Page = (Vec<v1::BatchResult>, String);

impl Which {
    /// Has the jobs of the selector handled page by page, once that is confirmed. `call` gets the
    /// selector, the page's size and its token.
    pub(super) async fn in_pages(
        &self,
        verb: &str,
        client: &Client,
        globals: &Globals,
        call: impl AsyncFn(String, i32, String) -> Result<Page, Failure>,
    ) -> Result<(), Failure> {
        let selector = self.selector.clone().unwrap_or_default();
        let ids = select::ids_of(&selector, client, globals).await?;
        if !ids.is_empty() && !self.yes {
            select::confirm(verb, &ids)?;
        }
        let progress = Progress::through(ids.len());
        let mut list = globals.printer().list();
        let (mut failures, mut finished) = (Failures::default(), 0_usize);
        let fetch = async |size, token| call(selector.clone(), size, token).await;
        page::each(None, fetch, |results| {
            for result in results {
                match progress.done(|| outcome(result)) {
                    Outcome::Job(job) => list.add(&[*job])?,
                    Outcome::Finished => finished += 1,
                    Outcome::Failed(failure) => failures.add(failure),
                }
            }
            Ok(())
        })
        .await?;
        drop(progress);
        list.finish()?;
        if finished > 0 {
            eprintln!("{finished} finished jobs stay as they are");
        }
        failures.result()
    }
}

/// What became of one job.
enum Outcome {
    Job(Box<v1::Job>),
    /// It has no fire times left, so it can be neither paused nor resumed: what a selector that
    /// lets it through does not mean.
    Finished,
    Failed(Failure),
}

fn outcome(result: v1::BatchResult) -> Outcome {
    match result.outcome {
        Some(v1::batch_result::Outcome::Job(job)) => Outcome::Job(Box::new(job)),
        Some(v1::batch_result::Outcome::Error(error)) if error.reason == "JOB_FINISHED" => {
            Outcome::Finished
        }
        Some(v1::batch_result::Outcome::Error(error)) => {
            let status = tonic::Status::new(Code::from(error.code), error.message);
            Outcome::Failed(Failure::from(status).about(&result.job_id))
        }
        Some(v1::batch_result::Outcome::Deleted(_)) | None => {
            Outcome::Failed(Failure::failed("an answer without a job").about(&result.job_id))
        }
    }
}

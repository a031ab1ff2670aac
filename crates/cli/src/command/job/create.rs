//! `job create`.

use bellwether_client::v1::{CreateJobRequest, OnConflict};
use clap::{ArgGroup, Args, ValueEnum};

use crate::args::Globals;
use crate::failure::Failure;
use crate::input::definition::Definition;

/// Create a job
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("rule").required(true))]
#[command(group = ArgGroup::new("deed"))]
pub(crate) struct Create {
    /// The id: 1 to 256 characters of A-Z a-z 0-9 . _ - /
    id: String,

    #[command(flatten)]
    definition: Definition,

    /// What to do when the job exists
    #[arg(long, value_enum, value_name = "DEED", default_value = "fail", ignore_case = true)]
    on_conflict: Conflict,
}

/// What to do when a job exists.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Conflict {
    /// End with exit code 5
    Fail,
    /// Make it what is said here, in place
    Replace,
    /// Leave it as it is
    Keep,
}

impl From<Conflict> for i32 {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::Fail => OnConflict::Fail,
            Conflict::Replace => OnConflict::Replace,
            Conflict::Keep => OnConflict::Keep,
        }
        .into()
    }
}

impl Create {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let job = self.definition.job(&self.id, globals)?;
        if job.target.is_none() {
            return Err(Failure::usage("a target is missing: give --http, --worker or --noop"));
        }
        let request = CreateJobRequest {
            job: Some(job),
            on_conflict: self.on_conflict.into(),
            ..CreateJobRequest::default()
        };
        let response = globals.client()?.create_job(request).await?;
        let printer = globals.printer();
        if printer.is_for_people() {
            eprintln!("{}", if response.created { "created" } else { "exists" });
        }
        printer.item(&response.job.unwrap_or_default())
    }
}

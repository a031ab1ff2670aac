//! `run`: what became of fire times.

mod cancel;
mod get;
mod list;
mod retry;
mod watch;

use clap::{Args, Subcommand};

use crate::args::Globals;
use crate::failure::Failure;

/// Runs: what became of fire times
#[derive(Debug, Subcommand)]
pub(crate) enum Run {
    /// List runs, the latest first
    List(list::List),
    /// Show a run and its output
    Get(get::Get),
    /// End a run
    Cancel(cancel::Cancel),
    /// Run the fire time of a finished run once more
    Retry(retry::Retry),
    /// Show runs as their state changes, until Ctrl-C
    Watch(watch::Watch),
}

impl Run {
    /// Does what the command line says.
    pub(crate) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.execute(globals).await,
            Self::Get(get) => get.execute(globals).await,
            Self::Cancel(cancel) => cancel.execute(globals).await,
            Self::Retry(retry) => retry.execute(globals).await,
            Self::Watch(watch) => watch.execute(globals).await,
        }
    }
}

/// Which run a command is about.
#[derive(Args, Debug)]
struct Which {
    /// The job
    job: String,

    /// The run, as `run list` names it
    run: String,
}

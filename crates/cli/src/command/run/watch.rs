//! `run watch`.

use bellwether_client::v1::{Run, WatchRunsRequest};
use clap::Args;

use super::list::State;
use crate::args::Globals;
use crate::failure::Failure;

/// Show runs as their state changes, until Ctrl-C
#[derive(Args, Debug)]
pub(crate) struct Watch {
    /// The job [default: all]
    job: Option<String>,

    /// The run, as `run list` names it [default: all]
    #[arg(requires = "job")]
    run: Option<String>,

    /// Of all namespaces
    #[arg(short = 'A', long, conflicts_with_all = ["namespace", "job"])]
    all_namespaces: bool,

    /// Only changes to this state; may be given again
    #[arg(long = "state", value_enum, ignore_case = true)]
    states: Vec<State>,

    /// Go on behind this cursor, as another watch ended with it; exit 1 when what happened there is
    /// no longer kept [default: from now on]
    #[arg(long, value_name = "CURSOR", default_value = "", hide_default_value = true)]
    cursor: String,

    /// End after this many changes, or a few more that came together with the last, and say the
    /// cursor behind them on stderr
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

impl Watch {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let namespace = if self.all_namespaces { "-".to_owned() } else { globals.namespace() };
        let mut watch = globals.client()?.watch_runs(WatchRunsRequest {
            namespace,
            job_id: self.job.unwrap_or_default(),
            run_id: self.run.unwrap_or_default(),
            states: self.states.iter().map(|state| (*state).into()).collect(),
            cursor: self.cursor,
        });
        let mut lines = globals.printer().lines::<Run>();
        let mut left = self.limit.unwrap_or(usize::MAX);
        // The first response says where it begins: from here on nothing is missed.
        lines.add(&watch.next().await?.runs)?;
        eprintln!("watching; Ctrl-C ends it");
        while left > 0 {
            let runs = watch.next().await?.runs;
            left = left.saturating_sub(runs.len());
            lines.add(&runs)?;
        }
        eprintln!("cursor {}", watch.cursor());
        Ok(())
    }
}

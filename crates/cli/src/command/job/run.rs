//! `job run`.

use std::time::Duration;

use bellwether_client::Client;
use bellwether_client::v1::{GetRunRequest, Run, RunJobRequest, RunState};
use clap::Args;
use tokio::time::sleep;

use crate::args::Globals;
use crate::failure::{Exit, Failure};
use crate::input::text;
use crate::output::words;

/// How long `--wait` lets pass between two looks, at first and at most.
const LOOKS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Run a job now, beside its schedule
#[derive(Args, Debug)]
pub(crate) struct RunNow {
    /// The job
    id: String,

    /// The body or payload of this run: a text, or @FILE [default: that of the job]
    #[arg(long, value_name = "TEXT|@FILE", allow_hyphen_values = true)]
    payload: Option<String>,

    /// Wait for the run to end; exit 7 unless it succeeded
    #[arg(long)]
    wait: bool,
}

impl RunNow {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        let request = RunJobRequest {
            namespace: globals.namespace(),
            job_id: self.id,
            payload: self.payload.as_deref().map(text::payload).transpose()?,
            ..RunJobRequest::default()
        };
        let mut run = client.run_job(request).await?.run.unwrap_or_default();
        if self.wait {
            run = end_of(run, &client).await?;
        }
        globals.printer().item(&run)?;
        if self.wait && run.state() != RunState::Succeeded {
            let state = words::run_state(run.state);
            return Err(Failure::new(Exit::RunFailed, format!("the run is {state}")));
        }
        Ok(())
    }
}

/// The run once it has ended.
async fn end_of(mut run: Run, client: &Client) -> Result<Run, Failure> {
    let (mut pause, longest) = LOOKS;
    while matches!(run.state(), RunState::Pending | RunState::Running) {
        sleep(pause).await;
        pause = (pause * 2).min(longest);
        let request = GetRunRequest {
            namespace: run.namespace.clone(),
            job_id: run.job_id.clone(),
            run_id: run.id.clone(),
        };
        run = client.get_run(request).await?.run.unwrap_or_default();
    }
    Ok(run)
}

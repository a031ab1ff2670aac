//! `run cancel`.

use bellwether_client::v1::CancelRunRequest;
use clap::Args;

use super::Which;
use crate::args::Globals;
use crate::failure::Failure;

/// End a run
#[derive(Args, Debug)]
pub(crate) struct Cancel {
    #[command(flatten)]
    which: Which,

    /// Why, for people
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

impl Cancel {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let request = CancelRunRequest {
            namespace: globals.namespace(),
            job_id: self.which.job,
            run_id: self.which.run,
            reason: self.reason,
            ..CancelRunRequest::default()
        };
        let response = globals.client()?.cancel_run(request).await?;
        globals.printer().item(&response.run.unwrap_or_default())
    }
}

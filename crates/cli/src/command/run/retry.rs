//! `run retry`.

use bellwether_client::v1::RetryRunRequest;
use clap::Args;

use super::Which;
use crate::args::Globals;
use crate::failure::Failure;

/// Run the fire time of a finished run once more
#[derive(Args, Debug)]
pub(crate) struct Retry {
    #[command(flatten)]
    which: Which,
}

impl Retry {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let request = RetryRunRequest {
            namespace: globals.namespace(),
            job_id: self.which.job,
            run_id: self.which.run,
            ..RetryRunRequest::default()
        };
        let response = globals.client()?.retry_run(request).await?;
        globals.printer().item(&response.run.unwrap_or_default())
    }
}

//! `run get`.

use bellwether_client::v1::GetRunRequest;
use clap::Args;

use super::Which;
use crate::args::Globals;
use crate::failure::Failure;

/// Show a run and its output
#[derive(Args, Debug)]
pub(crate) struct Get {
    #[command(flatten)]
    which: Which,
}

impl Get {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let Which { job, run } = self.which;
        let request = GetRunRequest { namespace: globals.namespace(), job_id: job, run_id: run };
        let response = globals.client()?.get_run(request).await?;
        globals.printer().item(&response.run.unwrap_or_default())
    }
}

//! `job get`.

use bellwether_client::v1::GetJobRequest;
use clap::Args;

use crate::args::Globals;
use crate::failure::Failure;
use crate::output::JobDetails;

/// Show a job, its next fire times and its latest runs
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// The job
    id: String,
}

impl Get {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let request = GetJobRequest { namespace: globals.namespace(), job_id: self.id };
        let response = globals.client()?.get_job(request).await?;
        globals.printer().item(&JobDetails(response))
    }
}

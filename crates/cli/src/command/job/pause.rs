//! `job pause`.

use bellwether_client::v1::PauseJobRequest;
use clap::Args;

use crate::args::Globals;
use crate::failure::Failure;

/// Stop jobs from firing
#[derive(Args, Debug)]
pub(crate) struct Pause {
    /// The jobs
    #[arg(required = true)]
    ids: Vec<String>,

    /// Why, for people
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

impl Pause {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        super::one_by_one(self.ids, globals, async |job_id| {
            let request = PauseJobRequest {
                namespace: globals.namespace(),
                job_id,
                reason: self.reason.clone(),
                ..PauseJobRequest::default()
            };
            Ok(client.pause_job(request).await?.job.unwrap_or_default())
        })
        .await
    }
}

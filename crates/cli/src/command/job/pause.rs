//! `job pause`.

use bellwether_client::v1::{BatchPauseJobsRequest, PauseJobRequest};
use clap::Args;

use super::bulk::Which;
use crate::args::Globals;
use crate::failure::Failure;

/// Stop jobs from firing
#[derive(Args, Debug)]
pub(crate) struct Pause {
    #[command(flatten)]
    which: Which,

    /// Why, for people
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

impl Pause {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        if self.which.ids.is_empty() {
            let call = async |label_selector, page_size, page_token| {
                let request = BatchPauseJobsRequest {
                    namespace: globals.namespace(),
                    label_selector,
                    reason: self.reason.clone(),
                    page_size,
                    page_token,
                    ..BatchPauseJobsRequest::default()
                };
                let response = client.batch_pause_jobs(request).await?;
                Ok((response.results, response.next_page_token))
            };
            return self.which.in_pages("pause", &client, globals, call).await;
        }
        super::one_by_one(self.which.ids, globals, async |job_id| {
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

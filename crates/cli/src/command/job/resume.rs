//! `job resume`.

use bellwether_client::v1::{BatchResumeJobsRequest, ResumeJobRequest};
use clap::Args;

use super::bulk::Which;
use crate::args::Globals;
use crate::failure::Failure;

/// Let paused jobs fire again
#[derive(Args, Debug)]
pub(crate) struct Resume {
    #[command(flatten)]
    which: Which,

    /// Make the fire times of the pause due now
    #[arg(long)]
    catch_up: bool,
}

impl Resume {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        if self.which.ids.is_empty() {
            let call = async |label_selector, page_size, page_token| {
                let request = BatchResumeJobsRequest {
                    namespace: globals.namespace(),
                    label_selector,
                    catch_up: self.catch_up,
                    page_size,
                    page_token,
                    ..BatchResumeJobsRequest::default()
                };
                let response = client.batch_resume_jobs(request).await?;
                Ok((response.results, response.next_page_token))
            };
            return self.which.in_pages("resume", &client, globals, call).await;
        }
        super::one_by_one(self.which.ids, globals, async |job_id| {
            let request = ResumeJobRequest {
                namespace: globals.namespace(),
                job_id,
                catch_up: self.catch_up,
                ..ResumeJobRequest::default()
            };
            Ok(client.resume_job(request).await?.job.unwrap_or_default())
        })
        .await
    }
}

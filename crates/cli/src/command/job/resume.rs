//! `job resume`.

use bellwether_client::v1::ResumeJobRequest;
use clap::Args;

use crate::args::Globals;
use crate::failure::Failure;

/// Let paused jobs fire again
#[derive(Args, Debug)]
pub(crate) struct Resume {
    /// The jobs
    #[arg(required = true)]
    ids: Vec<String>,

    /// Make the fire times of the pause due now
    #[arg(long)]
    catch_up: bool,
}

impl Resume {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        super::one_by_one(self.ids, globals, async |job_id| {
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

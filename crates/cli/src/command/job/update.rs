//! `job update`.

use bellwether_client::v1::UpdateJobRequest;
use clap::{ArgGroup, Args};
use prost_types::FieldMask;

use crate::args::Globals;
use crate::failure::Failure;
use crate::input::definition::Definition;

/// Change a job in place: what is given here is replaced, each as a whole; the rest stays
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("rule"))]
#[command(group = ArgGroup::new("deed"))]
pub(crate) struct Update {
    /// The job
    id: String,

    #[command(flatten)]
    definition: Definition,

    /// What to replace, by commas, instead of what is given: description, labels, trigger, target,
    /// policy, policy.FIELD, or * for all of it. What is named and not given is reset
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    mask: Vec<String>,

    /// Only if the job has this etag; otherwise exit 5
    #[arg(long, value_name = "ETAG", default_value = "", hide_default_value = true)]
    etag: String,
}

impl Update {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let mut job = self.definition.job(&self.id, globals)?;
        // The etag in a file is that of the day when it was written. Who means it says so.
        job.etag.clear();
        let given = job.trigger.is_some()
            || job.target.is_some()
            || job.policy.is_some()
            || !job.labels.is_empty()
            || !job.description.is_empty();
        if !given && self.mask.is_empty() {
            return Err(Failure::usage("nothing is given that would change the job"));
        }
        let mask = (!self.mask.is_empty()).then_some(FieldMask { paths: self.mask });
        let request = UpdateJobRequest {
            job: Some(job),
            update_mask: mask,
            etag: self.etag,
            ..UpdateJobRequest::default()
        };
        let response = globals.client()?.update_job(request).await?;
        globals.printer().item(&response.job.unwrap_or_default())
    }
}

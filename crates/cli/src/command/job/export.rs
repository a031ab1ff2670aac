//! `job export`.

use bellwether_client::Client;
use bellwether_client::v1::{ExportJobsRequest, Job, JobState, ListJobsRequest};
use clap::Args;

use crate::args::Globals;
use crate::command::page::Selection;
use crate::failure::Failure;
use crate::output::progress::Progress;

/// Print the definitions of jobs, an object a line, such that `job import` and `job apply` take them
///
/// An export holds what a client may define: no history, not whether a job is paused, and no signing
/// secrets. An import leaves the secrets of jobs that exist as they are; for others they must be set
/// again.
#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    selection: Selection,
}

impl Export {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        let namespace = self.selection.namespace(globals);
        let label_selector = self.selection.selector;
        let request = ExportJobsRequest {
            namespace: namespace.clone(),
            label_selector: label_selector.clone(),
        };
        let mut parts = client.jobs().export_jobs(request).await?.into_inner();
        let mut list = globals.printer().for_definitions().list::<Job>();
        let progress = Progress::without_end();
        while let Some(part) = parts.message().await? {
            let count = part.jobs.len();
            progress.several_done(count, || list.add(&part.jobs))?;
        }
        drop(progress);
        list.finish()?;
        note_paused(&client, namespace, label_selector).await
    }
}

/// Says what an export cannot hold and who imports it would miss.
async fn note_paused(
    client: &Client,
    namespace: String,
    label_selector: String,
) -> Result<(), Failure> {
    let states = vec![JobState::Paused.into()];
    let request =
        ListJobsRequest { namespace, label_selector, states, page_size: 1, ..<_>::default() };
    let paused = client.list_jobs(request).await?;
    if let Some(Job { id, .. }) = paused.jobs.first() {
        let others = if paused.next_page_token.is_empty() { "" } else { " and others" };
        let verb = if others.is_empty() { "is" } else { "are" };
        eprintln!("note: {id}{others} {verb} paused, which an export does not hold");
    }
    Ok(())
}

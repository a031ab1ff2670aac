//! Which jobs a command is about, where that may be many.

use std::io::{self, BufRead, IsTerminal, Write};

use bellwether_client::Client;
use bellwether_client::v1::ListJobsRequest;

use crate::args::Globals;
use crate::command::page;
use crate::failure::Failure;

/// The ids of the namespace's jobs that `selector` lets through.
pub(super) async fn ids_of(
    selector: &str,
    client: &Client,
    globals: &Globals,
) -> Result<Vec<String>, Failure> {
    let fetch = async |page_size, page_token| {
        let request = ListJobsRequest {
            namespace: globals.namespace(),
            label_selector: selector.to_owned(),
            page_size,
            page_token,
            ..ListJobsRequest::default()
        };
        let response = client.list_jobs(request).await?;
        Ok((response.jobs, response.next_page_token))
    };
    let mut ids = Vec::new();
    page::each(None, fetch, |jobs| {
        ids.extend(jobs.into_iter().map(|job| job.id));
        Ok(())
    })
    .await?;
    Ok(ids)
}

/// Asks whether it is meant to `verb` these jobs.
pub(super) fn confirm(verb: &str, ids: &[String]) -> Result<(), Failure> {
    let count = ids.len();
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(format!(
            "this would {verb} {count} jobs; give --yes if that is meant"
        )));
    }
    let shown: Vec<_> = ids.iter().take(10).map(String::as_str).collect();
    let more = if count > shown.len() { ", …" } else { "" };
    eprint!("Really {verb} {count} jobs ({}{more})? [y/N] ", shown.join(", "));
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::failed("nothing was changed")),
    }
}

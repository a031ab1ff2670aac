//! `job import`.

use std::path::PathBuf;

use bellwether_client::v1::batch_result::Outcome;
use bellwether_client::v1::{BatchResult, ImportJobsRequest, ImportJobsResponse, Job};
use clap::Args;
use prost::Message as _;
use serde_json::{Value, json};

use super::create::Conflict;
use crate::args::Globals;
use crate::failure::{Failure, Failures};
use crate::input::{definition, documents};
use crate::output::progress::Progress;
use crate::output::{Column, Show};

/// The most jobs and bytes in a part: small enough for a node to answer within a moment.
const PART: usize = 250;
const PART_BYTES: usize = 1024 * 1024;

/// Create the jobs that `job export` printed, or replace those that differ
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// JSON lines, JSON or YAML; `-` is the standard input
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    file: PathBuf,

    /// What to do with a job that exists
    #[arg(long, value_enum, value_name = "DEED", default_value = "replace", ignore_case = true)]
    on_conflict: Conflict,

    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        // Nothing is sent before all of it can be read.
        let jobs = documents::read(&self.file)?
            .into_iter()
            .map(|document| definition::job_of(document, globals))
            .collect::<Result<Vec<Job>, Failure>>()?;
        let progress = Progress::through(jobs.len());
        let parts: Vec<_> = parts(jobs)
            .into_iter()
            .map(|jobs| ImportJobsRequest {
                jobs,
                on_conflict: self.on_conflict.into(),
                validate_only: self.dry_run,
                ..ImportJobsRequest::default()
            })
            .collect();
        let mut imported = Imported::default();
        let mut failures = Failures::default();
        let result = globals
            .client()?
            .import_jobs(parts, |reply| {
                let count = imported.add(&reply);
                progress.several_done(count, || {
                    reply.failures.iter().for_each(|failed| failures.add(failure(failed)));
                });
            })
            .await;
        drop(progress);
        // What was answered is stored, whatever became of the rest.
        if let Err(status) = result {
            failures.add(status.into());
        }
        globals.printer().item(&imported)?;
        failures.result()
    }
}

/// The jobs in parts, in their order. A name that stands twice begins another part: a part holds a
/// job once, and of two definitions the later one counts.
fn parts(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut parts: Vec<Vec<Job>> = Vec::new();
    let mut names = std::collections::HashSet::new();
    let mut bytes = 0;
    for job in jobs {
        let name = (job.namespace.clone(), job.id.clone());
        let size = job.encoded_len();
        let full = |part: &Vec<Job>| part.len() >= PART || bytes + size > PART_BYTES;
        if parts.last().is_none_or(full) || names.contains(&name) {
            parts.push(Vec::new());
            names.clear();
            bytes = 0;
        }
        bytes += size;
        names.insert(name);
        if let Some(part) = parts.last_mut() {
            part.push(job);
        }
    }
    parts
}

fn failure(failed: &BatchResult) -> Failure {
    let name = format!("{}/{}", failed.namespace, failed.job_id);
    match &failed.outcome {
        Some(Outcome::Error(error)) => Failure::of_item(error).about(name),
        _ => Failure::failed("failed").about(name),
    }
}

/// What an import did.
#[derive(Debug, Default)]
struct Imported {
    created: i64,
    replaced: i64,
    unchanged: i64,
    failed: usize,
}

impl Imported {
    /// Adds what became of a part; how many jobs it had.
    fn add(&mut self, reply: &ImportJobsResponse) -> usize {
        let good =
            [reply.created_count, reply.replaced_count, reply.unchanged_count].map(i64::from);
        self.created += good[0];
        self.replaced += good[1];
        self.unchanged += good[2];
        self.failed += reply.failures.len();
        usize::try_from(good.iter().sum::<i64>()).unwrap_or(0) + reply.failures.len()
    }
}

impl Show for Imported {
    const COLUMNS: &'static [Column] = &[
        Column::new("CREATED"),
        Column::new("REPLACED"),
        Column::new("UNCHANGED"),
        Column::new("FAILED"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.created.to_string(),
            self.replaced.to_string(),
            self.unchanged.to_string(),
            self.failed.to_string(),
        ]
    }

    fn name(&self) -> String {
        self.created.to_string()
    }

    fn json(&self) -> Value {
        let Self { created, replaced, unchanged, failed } = self;
        json!({
            "created": created, "replaced": replaced, "unchanged": unchanged, "failed": failed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: &str, bytes: usize) -> Job {
        Job { id: id.to_owned(), description: "d".repeat(bytes), ..Job::default() }
    }

    fn sizes(jobs: Vec<Job>) -> Vec<usize> {
        parts(jobs).iter().map(Vec::len).collect()
    }

    #[test]
    fn parts_are_bounded_by_number_size_and_names() {
        let many = (0..501).map(|n| job(&n.to_string(), 0)).collect();
        assert_eq!(sizes(many), [250, 250, 1]);
        let large = (0..5).map(|n| job(&n.to_string(), 400_000)).collect();
        assert_eq!(sizes(large), [2, 2, 1]);
        assert_eq!(sizes(vec![job("huge", 2_000_000), job("a", 0)]), [1, 1]);
        let twice = ["a", "b", "a", "b", "c"].map(|id| job(id, 0)).to_vec();
        assert_eq!(sizes(twice), [2, 3]);
        assert_eq!(sizes(Vec::new()), [0; 0]);
    }
}

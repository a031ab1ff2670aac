//! The runs of the cluster as they end, found by asking for them again and again.

use std::collections::HashSet;

use bellwether_client::Client;
use bellwether_client::v1::{ListJobsRequest, ListRunsRequest, Run};
use tonic::Status;

/// The most jobs that are looked at, and the most runs of each. Both are far beyond a first look;
/// of what fires faster, or has more jobs, some runs are not shown.
const JOBS: i32 = 100;
const RUNS: i32 = 50;

/// What was shown already.
#[derive(Debug, Default)]
pub(super) struct Runs {
    shown: HashSet<String>,
}

impl Runs {
    /// The runs that ended since the last call, in the order in which they ended.
    ///
    /// # Errors
    /// The cluster does not answer. Nothing counts as shown then.
    pub(super) async fn news(&mut self, client: &Client) -> Result<Vec<Run>, Status> {
        let every = ListJobsRequest {
            namespace: "-".to_owned(),
            page_size: JOBS,
            ..ListJobsRequest::default()
        };
        let mut ended = Vec::new();
        for job in client.list_jobs(every).await?.jobs {
            let latest = ListRunsRequest {
                namespace: job.namespace,
                job_id: job.id,
                page_size: RUNS,
                ..ListRunsRequest::default()
            };
            ended.extend(client.list_runs(latest).await?.runs);
        }
        ended.retain(|run| run.end_time.is_some());
        Ok(self.not_shown(ended))
    }

    fn not_shown(&mut self, ended: Vec<Run>) -> Vec<Run> {
        let listed = ended.iter().map(|run| run.id.clone()).collect();
        let shown = std::mem::replace(&mut self.shown, listed);
        let mut news: Vec<_> = ended.into_iter().filter(|run| !shown.contains(&run.id)).collect();
        news.sort_by_key(|run| run.end_time.map(|at| (at.seconds, at.nanos)));
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(id: &str, seconds: i64) -> Run {
        let end_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
        Run { id: id.to_owned(), end_time, ..Run::default() }
    }

    #[test]
    fn each_run_is_news_once_and_in_the_order_of_their_ends() {
        let mut runs = Runs::default();
        let mut news = |listed: &[(&str, i64)]| {
            let listed = listed.iter().map(|(id, at)| run(id, *at)).collect();
            runs.not_shown(listed).into_iter().map(|run| run.id).collect::<Vec<_>>()
        };
        assert_eq!(news(&[("b", 2), ("a", 1)]), ["a", "b"]);
        assert_eq!(news(&[("c", 3), ("b", 2), ("d", 1)]), ["d", "c"]);
        assert_eq!(news(&[("c", 3), ("b", 2), ("d", 1)]), [""; 0]);
    }
}

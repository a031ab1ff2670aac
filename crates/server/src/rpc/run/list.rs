//! ListRuns.

use std::cmp::Reverse;
use std::sync::Arc;

use bellwether_domain::{
    Definition, EndState, Job, JobKey, Namespace, Run, RunId, RunState, Timestamp,
};
use bellwether_proto::convert::{
    Problems, Selector, View, kind_of, namespace_filter, run_state, run_to_proto, selector,
    target_kind, timestamp_from_proto,
};
use bellwether_proto::v1::{self, ListRunsRequest, ListRunsResponse, TargetKind};
use futures::future::try_join_all;
use prost::Message;

use super::{newest_first, place};
use crate::api::Api;
use crate::error::ApiError;
use crate::merge::Merge;
use crate::page::List;
use crate::rpc::job::{each, failed_since, key, read_whole};
use crate::rpc::{Page, page_size};

/// How many jobs a list of the runs of all looks at within one call. One that finds little in them
/// returns a short page, and the client decides whether to go on.
const MAX_LOOKED_AT: usize = 1_000;

/// How many jobs' runs are read at once.
const AT_ONCE: usize = 16;

/// Lists the runs of a job or of all of them, the newest fire time first within each.
pub(crate) async fn list_runs(
    api: &Api,
    message: ListRunsRequest,
) -> Result<ListRunsResponse, ApiError> {
    let mut problems = Problems::default();
    let scope = Scope::read(&message, &mut problems);
    let size = page_size(message.page_size, &mut problems);
    let filter = Filter::read(&message, &mut problems);
    let view = View::from_proto(message.view, "view", &mut problems);
    let list = list_of(api, &message);
    let after = list.place(&message.page_token, &mut problems);
    let scope = read_whole(problems, scope)?;
    let after = after.map(|place| Place::read(&place)).transpose()?;
    let mut paging = Paging { api, filter, view, page: Page::new(size), last: None };
    let more = match scope {
        Scope::Job(key) => paging.of_job(key, after).await?,
        Scope::Namespace(namespace) => paging.of_all(namespace, after, size).await?,
    };
    let next_page_token = match paging.last.filter(|_| more) {
        Some(place) => list.token(&place.write()),
        None => String::new(),
    };
    Ok(ListRunsResponse { runs: paging.page.into_items(), next_page_token })
}

/// Whose runs are listed.
enum Scope {
    Job(JobKey),
    /// One namespace, or all.
    Namespace(Option<Namespace>),
}

impl Scope {
    fn read(message: &ListRunsRequest, problems: &mut Problems) -> Option<Self> {
        if message.job_id.is_empty() {
            return namespace_filter(&message.namespace, "namespace", problems)
                .map(Self::Namespace);
        }
        key(&message.namespace, &message.job_id, problems).map(Self::Job)
    }
}

/// A page under way.
struct Paging<'a> {
    api: &'a Api,
    filter: Filter,
    view: View,
    page: Page<v1::Run>,
    /// Behind what the next page goes on.
    last: Option<Place>,
}

impl Paging<'_> {
    /// The runs of one job behind `after`; whether there are more.
    async fn of_job(&mut self, key: JobKey, after: Option<Place>) -> Result<bool, ApiError> {
        let job = self.api.store.read_job(&key, None).await?.job;
        let job = job.ok_or_else(|| ApiError::NoJob(key.clone()))?;
        if !self.filter.lets_job_through(&job) {
            return Ok(false);
        }
        let runs = self.runs_of(&job).await?;
        Ok(!self.take(&key, &runs, after.and_then(|place| place.run)))
    }

    /// The runs of all jobs of a namespace behind `after`; whether there are more.
    async fn of_all(
        &mut self,
        namespace: Option<Namespace>,
        after: Option<Place>,
        size: usize,
    ) -> Result<bool, ApiError> {
        // The page before may have ended within a job.
        if let Some(Place { job: key, run: Some(run) }) = &after {
            let job = self.api.store.read_job(key, None).await?.job;
            let job = job.filter(|job| self.filter.lets_job_through(job));
            let runs = match &job {
                Some(job) => self.runs_of(job).await?,
                None => Vec::new(),
            };
            if !self.take(key, &runs, Some(*run)) {
                return Ok(true);
            }
        }
        let after = after.map(|place| place.job);
        let (store, partitions) = (Arc::clone(&self.api.store), self.api.all_partitions());
        let mut jobs = Merge::begin(store, partitions, namespace, after.as_ref(), size).await?;
        for _ in 0..MAX_LOOKED_AT / AT_ONCE {
            let some = jobs.take(AT_ONCE).await?;
            if some.is_empty() {
                return Ok(false);
            }
            let read = self.runs_of_each(&some).await?;
            for (job, runs) in some.into_iter().zip(read) {
                let key = job.definition.key;
                if !self.take(&key, &runs, None) {
                    return Ok(true);
                }
                self.last = Some(Place { job: key, run: None });
            }
        }
        Ok(true)
    }

    /// The runs of each of `jobs` that the filters let through.
    async fn runs_of_each(&self, jobs: &[Job]) -> Result<Vec<Vec<Run>>, ApiError> {
        let mut wanted: Vec<bool> =
            jobs.iter().map(|job| self.filter.lets_job_through(job)).collect();
        if let Some(since) = self.filter.failed_since {
            // Most jobs have not failed, and need not be read.
            let failed = failed_since(self.api, jobs.iter(), since).await?;
            wanted.iter_mut().zip(failed).for_each(|(wanted, failed)| *wanted &= failed);
        }
        let read = jobs.iter().zip(wanted).map(async |(job, wanted)| match wanted {
            true => self.runs_of(job).await,
            false => Ok(Vec::new()),
        });
        try_join_all(read.collect::<Vec<_>>()).await
    }

    /// The runs of a job that the filters let through, in the order of their places.
    async fn runs_of(&self, job: &Job) -> Result<Vec<Run>, ApiError> {
        let Definition { key, uid, .. } = &job.definition;
        let partition = key.partition(self.api.partitions);
        let mut runs = self.api.store.list_runs(partition, *uid).await?;
        runs.retain(|run| self.filter.lets_through(run));
        newest_first(&mut runs);
        Ok(runs)
    }

    /// Adds the runs of a job behind `after` as far as there is room; whether there was for all.
    fn take(&mut self, key: &JobKey, runs: &[Run], after: Option<RunPlace>) -> bool {
        let begin = after.map_or(0, |after| runs.partition_point(|run| place(run) <= after));
        for run in &runs[begin..] {
            let shown = run_to_proto(run, self.view);
            let bytes = shown.encoded_len();
            if !self.page.takes(shown, bytes) {
                return false;
            }
            self.last = Some(Place { job: key.clone(), run: Some(place(run)) });
        }
        true
    }
}

/// The list, its page and its view apart.
fn list_of(api: &Api, message: &ListRunsRequest) -> List {
    let filters =
        ListRunsRequest { page_size: 0, page_token: String::new(), view: 0, ..message.clone() };
    List::new(&api.cluster, "ListRuns", &filters)
}

/// Behind what a page goes on: a run of a job, or all runs of it.
struct Place {
    job: JobKey,
    run: Option<RunPlace>,
}

/// The place of a run in the list of its job.
type RunPlace = (Reverse<Timestamp>, Reverse<RunId>);

impl Place {
    fn write(&self) -> String {
        match &self.run {
            None => self.job.to_string(),
            Some((Reverse(at), Reverse(run))) => format!("{} {} {run}", self.job, at.as_millis()),
        }
    }

    fn read(text: &str) -> Result<Self, ApiError> {
        let read = || {
            let mut parts = text.split(' ');
            let job = parts.next()?.parse().ok()?;
            let Some(ms) = parts.next() else { return Some(Self { job, run: None }) };
            let fire_time = Timestamp::from_millis(ms.parse().ok()?);
            let run = (Reverse(fire_time), Reverse(parts.next()?.parse().ok()?));
            Some(Self { job, run: Some(run) })
        };
        read().ok_or_else(|| ApiError::Internal("a page token of ours names no run".to_owned()))
    }
}

/// Which runs a list shows.
struct Filter {
    selector: Selector,
    kinds: Vec<TargetKind>,
    states: Vec<RunState>,
    failed_since: Option<Timestamp>,
}

impl Filter {
    fn read(message: &ListRunsRequest, problems: &mut Problems) -> Self {
        Self {
            selector: selector(&message.label_selector, "label_selector", problems)
                .unwrap_or_default(),
            kinds: each(&message.target_kinds, "target_kinds", target_kind, problems),
            states: each(&message.states, "states", run_state, problems),
            failed_since: timestamp_from_proto(message.failed_since, "failed_since", problems),
        }
    }

    fn lets_job_through(&self, job: &Job) -> bool {
        let spec = &job.definition.spec;
        (self.kinds.is_empty() || self.kinds.contains(&kind_of(&spec.target)))
            && self.selector.matches(&spec.labels)
    }

    fn lets_through(&self, run: &Run) -> bool {
        (self.states.is_empty() || self.states.contains(&run.state))
            && self.failed_since.is_none_or(|since| {
                has_failed(run.state) && run.ended.is_some_and(|ended| ended >= since)
            })
    }
}

fn has_failed(state: RunState) -> bool {
    const FAILED: [EndState; 3] = [EndState::Failed, EndState::TimedOut, EndState::Lost];
    FAILED.iter().any(|failed| state == RunState::Ended(*failed))
}

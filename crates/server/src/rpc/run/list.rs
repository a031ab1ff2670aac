//! ListRuns.

use std::cmp::Reverse;

use bellwether_domain::{EndState, Job, Run, RunId, RunState, Timestamp};
use bellwether_proto::convert::{
    Problems, Selector, View, kind_of, run_state, run_to_proto, selector, target_kind,
    timestamp_from_proto,
};
use bellwether_proto::v1::{ListRunsRequest, ListRunsResponse, TargetKind};
use prost::Message;

use super::{newest_first, place};
use crate::api::Api;
use crate::error::ApiError;
use crate::page::List;
use crate::rpc::job::{each, key, read_whole};
use crate::rpc::{Page, page_size};

/// Lists the runs of a job, the newest fire time first.
pub(crate) async fn list_runs(
    api: &Api,
    message: ListRunsRequest,
) -> Result<ListRunsResponse, ApiError> {
    let mut problems = Problems::default();
    if message.job_id.is_empty() {
        return Err(ApiError::unbuilt("job_id", "listing the runs of more than one job"));
    }
    let key = key(&message.namespace, &message.job_id, &mut problems);
    let size = page_size(message.page_size, &mut problems);
    let filter = Filter::read(&message, &mut problems);
    let view = View::from_proto(message.view, "view", &mut problems);
    let list = list_of(api, &message);
    let after = list.place(&message.page_token, &mut problems);
    let key = read_whole(problems, key)?;
    let after = after.map(|place| read_place(&place)).transpose()?;

    let job = api.store.read_job(&key, None).await?.job;
    let job = job.ok_or_else(|| ApiError::NoJob(key.clone()))?;
    if !filter.lets_job_through(&job) {
        return Ok(ListRunsResponse::default());
    }
    let partition = key.partition(api.partitions);
    let mut runs = api.store.list_runs(partition, job.definition.uid).await?;
    runs.retain(|run| filter.lets_through(run));
    newest_first(&mut runs);
    let begin = after.map_or(0, |after| runs.partition_point(|run| place(run) <= after));
    Ok(page(&runs[begin..], size, view, list))
}

fn page(runs: &[Run], size: usize, view: View, list: List) -> ListRunsResponse {
    let mut page = Page::new(size);
    let mut last: Option<&Run> = None;
    for run in runs {
        let shown = run_to_proto(run, view);
        let bytes = shown.encoded_len();
        if !page.takes(shown, bytes) {
            let next_page_token = last.map(|run| list.token(&write_place(run)));
            return ListRunsResponse {
                runs: page.into_items(),
                next_page_token: next_page_token.unwrap_or_default(),
            };
        }
        last = Some(run);
    }
    ListRunsResponse { runs: page.into_items(), ..<_>::default() }
}

/// The list, its page and its view apart.
fn list_of(api: &Api, message: &ListRunsRequest) -> List {
    let filters =
        ListRunsRequest { page_size: 0, page_token: String::new(), view: 0, ..message.clone() };
    List::new(&api.cluster, "ListRuns", &filters)
}

fn write_place(run: &Run) -> String {
    format!("{} {}", run.draft.fire_time.as_millis(), run.draft.id)
}

fn read_place(text: &str) -> Result<(Reverse<Timestamp>, Reverse<RunId>), ApiError> {
    let read = || {
        let (ms, id) = text.split_once(' ')?;
        let fire_time = Timestamp::from_millis(ms.parse().ok()?);
        Some((Reverse(fire_time), Reverse(id.parse().ok()?)))
    };
    read().ok_or_else(|| ApiError::Internal("a page token of ours names no run".to_owned()))
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

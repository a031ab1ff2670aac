//! WatchRuns.

use std::sync::Arc;

use bellwether_domain::{JobKey, RunId, RunState};
use bellwether_proto::convert::{
    Problems, View, run_id, run_state, run_state_to_proto, run_to_proto, timestamp_to_proto,
};
use bellwether_proto::v1::{self, WatchRunsRequest, WatchRunsResponse};
use bellwether_store::{EventKind, Happened, LogEntry, RunEvent};

use super::lookup::Lookup;
use super::past;
use super::scope::Scope;
use super::stream::{Begin, Watch, stream};
use crate::api::Api;
use crate::error::ApiError;
use crate::rpc::Replies;
use crate::rpc::job::each;

/// Streams runs as their state changes.
pub(crate) async fn watch_runs(
    api: Arc<Api>,
    message: WatchRunsRequest,
) -> Result<Replies<WatchRunsResponse>, ApiError> {
    let mut problems = Problems::default();
    let scope = Scope::read(&message.namespace, &message.job_id, &mut problems);
    let states = each(&message.states, "states", run_state, &mut problems);
    let run = match message.run_id.is_empty() {
        true => None,
        false => run_id(&message.run_id, "run_id", &mut problems),
    };
    let (begin, scope) = Begin::read(&api, "WatchRuns", scope, false, &message.cursor, problems)?;
    stream(api, begin, Runs { scope, run, states }).await
}

/// A watch of runs.
struct Runs {
    scope: Scope,
    /// One of them, or all.
    run: Option<RunId>,
    /// All, when empty.
    states: Vec<RunState>,
}

#[tonic::async_trait]
impl Watch for Runs {
    type Item = v1::Run;
    type Response = WatchRunsResponse;

    fn wants(&self, happened: &Happened) -> bool {
        let Happened::Job { kind, job, run: Some(run), .. } = happened else { return false };
        let Some(state) = past::state_after(*kind) else { return false };
        self.scope.has(job)
            && self.run.is_none_or(|wanted| wanted == run.id)
            && (self.states.is_empty() || self.states.contains(&state))
    }

    async fn show(
        &mut self,
        api: &Api,
        entries: &[&LogEntry],
    ) -> Result<Vec<Option<v1::Run>>, ApiError> {
        let lookup = Lookup::of(api, entries.iter().map(|entry| &entry.happened)).await?;
        Ok(entries.iter().map(|entry| shown(entry, &lookup)).collect())
    }

    fn response(runs: Vec<v1::Run>, cursor: String) -> WatchRunsResponse {
        WatchRunsResponse { runs, cursor }
    }
}

/// The run as it was after its change. One that is gone by now is shown by what the log says of it.
fn shown(entry: &LogEntry, lookup: &Lookup) -> Option<v1::Run> {
    let Happened::Job { kind, job, run: Some(event), .. } = &entry.happened else { return None };
    match lookup.run(event.id) {
        Some(run) => {
            let run = past::as_of(run, *kind, *event, entry.at)?;
            Some(run_to_proto(&run, View::Basic))
        }
        None => outline(entry, *kind, job, *event),
    }
}

fn outline(entry: &LogEntry, kind: EventKind, job: &JobKey, event: RunEvent) -> Option<v1::Run> {
    let state = past::state_after(kind)?;
    let at = Some(timestamp_to_proto(entry.at));
    Some(v1::Run {
        id: event.id.to_string(),
        namespace: job.namespace.to_string(),
        job_id: job.id.to_string(),
        fire_time: Some(timestamp_to_proto(event.fire_time)),
        state: run_state_to_proto(state) as i32,
        attempt: i32::try_from(event.attempt).unwrap_or(i32::MAX),
        start_time: at.filter(|_| state == RunState::RUNNING),
        end_time: at.filter(|_| matches!(state, RunState::Ended(_))),
        ..<_>::default()
    })
}

//! `run list`.

use bellwether_client::v1::{ListRunsRequest, Run, RunState, TargetKind};
use clap::{Args, ValueEnum};

use crate::args::Globals;
use crate::command::page::{self, Selection};
use crate::failure::Failure;
use crate::input::text::Instant;

/// List runs, the latest first
#[derive(Args, Debug)]
pub(crate) struct List {
    /// The job [default: all]
    job: Option<String>,

    /// The job, as a flag
    #[arg(long = "job", value_name = "JOB", conflicts_with = "job")]
    job_flag: Option<String>,

    #[command(flatten)]
    selection: Selection,

    /// Only runs in this state; may be given again
    #[arg(long = "state", value_enum, ignore_case = true)]
    states: Vec<State>,

    /// Only runs of jobs with this kind of target; may be given again
    #[arg(long = "target", value_enum, ignore_case = true)]
    targets: Vec<page::Target>,

    /// Only runs that failed since this instant
    #[arg(long, value_name = "RFC3339")]
    failed_since: Option<Instant>,

    /// At most this many
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum State {
    Pending,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    #[value(alias = "timed_out")]
    TimedOut,
    Lost,
    Missed,
    Skipped,
}

impl From<State> for i32 {
    fn from(state: State) -> Self {
        match state {
            State::Pending => RunState::Pending,
            State::Running => RunState::Running,
            State::Succeeded => RunState::Succeeded,
            State::Failed => RunState::Failed,
            State::Cancelled => RunState::Cancelled,
            State::TimedOut => RunState::TimedOut,
            State::Lost => RunState::Lost,
            State::Missed => RunState::Missed,
            State::Skipped => RunState::Skipped,
        }
        .into()
    }
}

impl List {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        let request = ListRunsRequest {
            namespace: self.selection.namespace(globals),
            job_id: self.job.or(self.job_flag).unwrap_or_default(),
            label_selector: self.selection.selector,
            states: self.states.iter().map(|state| (*state).into()).collect(),
            target_kinds: self.targets.iter().map(|kind| TargetKind::from(*kind).into()).collect(),
            failed_since: self.failed_since.map(Instant::to_proto),
            view: globals.printer().view().into(),
            ..ListRunsRequest::default()
        };
        let fetch = async |page_size, page_token| {
            let request = ListRunsRequest { page_size, page_token, ..request.clone() };
            let response = client.list_runs(request).await?;
            Ok((response.runs, response.next_page_token))
        };
        let mut list = globals.printer().list::<Run>();
        page::each(self.limit, fetch, |runs| list.add(&runs)).await?;
        list.finish()
    }
}

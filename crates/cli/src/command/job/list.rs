//! `job list`.

use bellwether_client::v1::{Job, JobState, ListJobsRequest, TargetKind};
use clap::{Args, ValueEnum};

use crate::args::Globals;
use crate::command::page::{self, Selection};
use crate::failure::Failure;
use crate::input::text::Instant;

/// List jobs
#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    selection: Selection,

    /// Only jobs in this state; may be given again
    #[arg(long = "state", value_enum, ignore_case = true)]
    states: Vec<State>,

    /// Only jobs with this kind of target; may be given again
    #[arg(long = "target", value_enum, ignore_case = true)]
    targets: Vec<page::Target>,

    /// Only jobs that fire before this instant
    #[arg(long, value_name = "RFC3339")]
    next_fire_before: Option<Instant>,

    /// Only jobs with a run that failed since this instant
    #[arg(long, value_name = "RFC3339")]
    failed_since: Option<Instant>,

    /// At most this many
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Active,
    Paused,
    Finished,
}

impl From<State> for i32 {
    fn from(state: State) -> Self {
        match state {
            State::Active => JobState::Active,
            State::Paused => JobState::Paused,
            State::Finished => JobState::Finished,
        }
        .into()
    }
}

impl List {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        let request = ListJobsRequest {
            namespace: self.selection.namespace(globals),
            label_selector: self.selection.selector.clone(),
            states: self.states.iter().map(|state| (*state).into()).collect(),
            target_kinds: self.targets.iter().map(|kind| TargetKind::from(*kind).into()).collect(),
            next_fire_before: self.next_fire_before.map(Instant::to_proto),
            failed_since: self.failed_since.map(Instant::to_proto),
            view: globals.printer().view().into(),
            ..ListJobsRequest::default()
        };
        let fetch = async |page_size, page_token| {
            let request = ListJobsRequest { page_size, page_token, ..request.clone() };
            let response = client.list_jobs(request).await?;
            Ok((response.jobs, response.next_page_token))
        };
        let mut list = globals.printer().list::<Job>();
        page::each(self.limit, fetch, |jobs| list.add(&jobs)).await?;
        list.finish()
    }
}

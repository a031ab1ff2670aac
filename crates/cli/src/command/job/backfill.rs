//! `job backfill`.

use std::time::Duration;

use bellwether_client::Client;
use bellwether_client::v1::{Backfill, BackfillJobRequest, GetJobRequest, Overlap};
use bellwether_proto::json::to_json;
use clap::{Args, ValueEnum};
use serde_json::Value;
use tokio::time::sleep;

use crate::args::Globals;
use crate::failure::Failure;
use crate::input::text::Instant;
use crate::output::progress::Progress;
use crate::output::{Column, Show, words};

/// How long `--wait` lets pass between two looks.
const LOOK: Duration = Duration::from_millis(250);

/// Make runs for the fire times of a past range, beside the schedule
#[derive(Args, Debug)]
pub(crate) struct Fill {
    /// The job
    id: String,

    /// The start of the range, inclusive
    #[arg(long, value_name = "RFC3339")]
    from: Instant,

    /// The end of the range, inclusive; not after now
    #[arg(long, value_name = "RFC3339")]
    to: Instant,

    /// What a fire time does while the job is at its limit of running attempts
    #[arg(long, value_enum, default_value_t = AtLimit::Skip)]
    overlap: AtLimit,

    /// The most runs to make in a second [default: 10]
    #[arg(long, value_name = "NUMBER")]
    rate: Option<f64>,

    /// Wait until the last of the runs was made, with a bar; the backfill goes on without it
    #[arg(long)]
    wait: bool,
}

/// The overlap rules of a backfill.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum AtLimit {
    /// It becomes a skipped record
    Skip,
    /// It waits for its place
    Queue,
}

impl Fill {
    pub(super) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        let overlap = match self.overlap {
            AtLimit::Skip => Overlap::Skip,
            AtLimit::Queue => Overlap::Queue,
        };
        let (start_time, end_time) = (Some(self.from.to_proto()), Some(self.to.to_proto()));
        let request = BackfillJobRequest {
            namespace: globals.namespace(),
            job_id: self.id.clone(),
            start_time,
            end_time,
            overlap: overlap as i32,
            runs_per_second: self.rate.unwrap_or_default(),
            ..BackfillJobRequest::default()
        };
        let told = client.backfill_job(request).await?;
        let none =
            Backfill { backfill_id: told.backfill_id, start_time, end_time, ..<_>::default() };
        let backfill = match told.fire_time_count {
            0 => none,
            _ => self.follow(&client, globals, &none.backfill_id).await?,
        };
        globals.printer().item(&backfill)
    }

    /// The backfill; once it has finished, if that is waited for.
    async fn follow(
        &self,
        client: &Client,
        globals: &Globals,
        id: &str,
    ) -> Result<Backfill, Failure> {
        let mut progress = None;
        loop {
            let request = GetJobRequest { namespace: globals.namespace(), job_id: self.id.clone() };
            let backfills = client.get_job(request).await?.backfills;
            let found = backfills.into_iter().find(|backfill| backfill.backfill_id == id);
            let backfill =
                found.ok_or_else(|| Failure::failed("the backfill ended with its job"))?;
            if !self.wait || backfill.finish_time.is_some() {
                return Ok(backfill);
            }
            let total = usize::try_from(backfill.fire_time_count).unwrap_or_default();
            let done = u64::try_from(backfill.run_count + backfill.skipped_count);
            progress
                .get_or_insert_with(|| Progress::through(total))
                .is_at(done.unwrap_or_default());
            sleep(LOOK).await;
        }
    }
}

impl Show for Backfill {
    const COLUMNS: &'static [Column] = &[
        Column::new("ID"),
        Column::new("FROM"),
        Column::new("TO"),
        Column::new("FIRE TIMES"),
        Column::new("RUNS"),
        Column::new("SKIPPED"),
        Column::new("FINISHED"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.backfill_id.clone(),
            words::instant(self.start_time.as_ref()),
            words::instant(self.end_time.as_ref()),
            self.fire_time_count.to_string(),
            self.run_count.to_string(),
            self.skipped_count.to_string(),
            words::instant(self.finish_time.as_ref()),
        ]
    }

    fn name(&self) -> String {
        self.backfill_id.clone()
    }

    fn json(&self) -> Value {
        to_json(self)
    }
}

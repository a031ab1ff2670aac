//! Runs as they are printed.

use bellwether_proto::json::to_json;
use bellwether_proto::v1::payload::Content;
use bellwether_proto::v1::{Run, RunError};
use serde_json::Value;

use super::{Column, Show, words};

impl Show for Run {
    const COLUMNS: &'static [Column] = &[
        Column::new("NAMESPACE"),
        Column::new("JOB"),
        Column::new("RUN"),
        Column::new("FIRE TIME"),
        Column::new("STATE"),
        Column::new("ATTEMPT"),
        Column::new("CAUSE"),
        Column::new("STARTED"),
        Column::new("TOOK"),
        Column::wide("LATENESS"),
        Column::wide("NODE"),
        Column::wide("WORKER"),
        Column::wide("EPOCH"),
        Column::wide("COVERS"),
        Column::wide("REASON"),
        Column::wide("ERROR"),
        Column::wide("TRACE"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.namespace.clone(),
            self.job_id.clone(),
            self.id.clone(),
            words::instant(self.fire_time.as_ref()),
            words::run_state(self.state),
            self.attempt.to_string(),
            words::run_cause(self.cause),
            words::instant(self.start_time.as_ref()),
            words::between(self.start_time.as_ref(), self.end_time.as_ref()),
            words::between(self.fire_time.as_ref(), self.start_time.as_ref()),
            self.node.clone(),
            self.worker.clone(),
            self.epoch.to_string(),
            covers(self),
            self.reason.clone(),
            self.error.as_ref().map(error).unwrap_or_default(),
            self.trace_id.clone(),
        ]
    }

    fn name(&self) -> String {
        self.id.clone()
    }

    fn json(&self) -> Value {
        to_json(self)
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details: Vec<_> = Self::COLUMNS
            .iter()
            .map(|column| column.heading)
            .zip(self.cells())
            .filter(|(_, value)| !value.is_empty())
            .collect();
        details.push(("ENDED", words::instant(self.end_time.as_ref())));
        details.push(("OUTPUT", output(self)));
        details
    }
}

fn covers(run: &Run) -> String {
    let Some(coalesced) = &run.coalesced else { return String::new() };
    format!(
        "{} more, {} to {}",
        coalesced.count,
        words::instant(coalesced.first_fire_time.as_ref()),
        words::instant(coalesced.last_fire_time.as_ref())
    )
}

fn error(error: &RunError) -> String {
    format!("{}: {}", error.code, error.message)
}

fn output(run: &Run) -> String {
    let Some(payload) = &run.output else { return String::new() };
    let cut = if run.output_truncated { "\n(cut)" } else { "" };
    match &payload.content {
        Some(Content::Text(text)) => format!("{text}{cut}"),
        Some(Content::Data(bytes)) => format!("{} bytes of {}", bytes.len(), payload.content_type),
        None => String::new(),
    }
}

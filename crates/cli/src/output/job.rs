//! Jobs as they are printed.

use bellwether_proto::json::to_json;
use bellwether_proto::v1::{Backfill, GetJobResponse, Job};
use serde_json::Value;

use super::{Column, Show, words};

impl Show for Job {
    const COLUMNS: &'static [Column] = &[
        Column::new("NAMESPACE"),
        Column::new("ID"),
        Column::new("STATE"),
        Column::new("TRIGGER"),
        Column::new("TARGET"),
        Column::new("NEXT FIRE"),
        Column::new("LAST FIRE"),
        Column::wide("FIRES"),
        Column::wide("LABELS"),
        Column::wide("CREATED"),
        Column::wide("UPDATED"),
        Column::wide("UID"),
        Column::wide("ETAG"),
        Column::wide("PAUSE REASON"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.namespace.clone(),
            self.id.clone(),
            words::job_state(self.state),
            words::trigger(self.trigger.as_ref()),
            words::target(self.target.as_ref()),
            words::instant(self.next_fire_time.as_ref()),
            words::instant(self.last_fire_time.as_ref()),
            self.fire_count.to_string(),
            labels(self),
            words::instant(self.create_time.as_ref()),
            words::instant(self.update_time.as_ref()),
            self.uid.clone(),
            self.etag.clone(),
            self.pause_reason.clone(),
        ]
    }

    fn name(&self) -> String {
        format!("{}/{}", self.namespace, self.id)
    }

    fn json(&self) -> Value {
        to_json(self)
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("NAMESPACE", self.namespace.clone()),
            ("ID", self.id.clone()),
            ("STATE", words::job_state(self.state)),
        ];
        let optional = [("PAUSE REASON", &self.pause_reason), ("DESCRIPTION", &self.description)];
        details.extend(
            optional
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(heading, text)| (heading, text.clone())),
        );
        details.extend([
            ("LABELS", labels(self)),
            ("TRIGGER", words::trigger(self.trigger.as_ref())),
            ("TARGET", words::target(self.target.as_ref())),
            ("POLICY", policy(self)),
            ("NEXT FIRE", words::instant(self.next_fire_time.as_ref())),
            ("LAST FIRE", words::instant(self.last_fire_time.as_ref())),
            ("FIRES", self.fire_count.to_string()),
            ("CREATED", words::instant(self.create_time.as_ref())),
            ("UPDATED", words::instant(self.update_time.as_ref())),
            ("UID", self.uid.clone()),
            ("ETAG", self.etag.clone()),
        ]);
        details
    }
}

/// A job with what GetJob tells beside it. As JSON it is the job, with these fields more; they are
/// left out again when the job is read back.
pub(crate) struct JobDetails(pub(crate) GetJobResponse);

/// The fields of [`JobDetails`] that a job has not.
pub(crate) const BESIDE_THE_JOB: [&str; 3] = ["next_fire_times", "recent_runs", "backfills"];

impl JobDetails {
    fn job(&self) -> Job {
        self.0.job.clone().unwrap_or_default()
    }
}

impl Show for JobDetails {
    const COLUMNS: &'static [Column] = Job::COLUMNS;

    fn cells(&self) -> Vec<String> {
        self.job().cells()
    }

    fn name(&self) -> String {
        self.job().name()
    }

    fn json(&self) -> Value {
        let mut job = self.job().json();
        let beside = to_json(&self.0);
        for field in BESIDE_THE_JOB {
            job[field] = beside.get(field).cloned().unwrap_or_else(|| Value::Array(Vec::new()));
        }
        job
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = self.job().details();
        let times: Vec<_> =
            self.0.next_fire_times.iter().map(|at| words::instant(Some(at))).collect();
        let runs: Vec<_> = self
            .0
            .recent_runs
            .iter()
            .map(|run| {
                let state = words::run_state(run.state);
                let fire_time = words::instant(run.fire_time.as_ref());
                format!("{fire_time}  {state}  attempt {}  {}", run.attempt, run.id)
            })
            .collect();
        details.push(("NEXT FIRES", times.join("\n")));
        details.push(("RECENT RUNS", runs.join("\n")));
        if !self.0.backfills.is_empty() {
            let backfills: Vec<_> = self.0.backfills.iter().map(backfill).collect();
            details.push(("BACKFILLS", backfills.join("\n")));
        }
        details
    }
}

fn backfill(backfill: &Backfill) -> String {
    let Backfill { run_count, skipped_count, fire_time_count, .. } = backfill;
    let done = if backfill.finish_time.is_some() { "finished" } else { "under way" };
    let range = [&backfill.start_time, &backfill.end_time].map(|at| words::instant(at.as_ref()));
    let [from, to] = range;
    format!(
        "{from} to {to}  {done}  {run_count} runs, {skipped_count} skipped of {fire_time_count}"
    )
}

fn labels(job: &Job) -> String {
    let pairs: Vec<_> = job.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

/// What the client set of the policy, as JSON without its braces.
fn policy(job: &Job) -> String {
    let Some(policy) = &job.policy else { return String::new() };
    match to_json(policy) {
        Value::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            fields.join(", ")
        }
        other => other.to_string(),
    }
}

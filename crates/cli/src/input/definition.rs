//! What a job is to be, from flags and files.

use std::path::PathBuf;
use std::time::Duration;

use bellwether_proto::json::from_json;
use bellwether_proto::v1::{
    CronTrigger, DateTrigger, Dialect, HttpTarget, IntervalTrigger, Job, NoopTarget, Target,
    Trigger, WorkerTarget, cron_trigger, target, trigger,
};
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::documents::{self, Document};
use super::text::{self, Instant, Label};
use crate::args::Globals;
use crate::failure::Failure;
use crate::output::BESIDE_THE_JOB;

/// The flags that define a job. What they say takes the place of what the file says.
#[derive(Args, Debug)]
pub(crate) struct Definition {
    /// Fires when this cron expression matches
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true, group = "rule")]
    cron: Option<String>,

    /// Fires every so often, as in 90s, 5m or 1h30m
    #[arg(long, value_name = "DURATION", group = "rule", value_parser = humantime::parse_duration)]
    every: Option<Duration>,

    /// Fires once
    #[arg(long, value_name = "RFC3339", group = "rule")]
    at: Option<Instant>,

    /// Reads the job from a JSON or YAML file; `-` is the standard input
    #[arg(short, long, value_name = "FILE", group = "rule")]
    file: Option<PathBuf>,

    /// The time zone of the cron expression, as in Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE", requires = "cron", conflicts_with_all = ["every", "at", "file"])]
    tz: Option<String>,

    /// How the cron expression is read [default: unix]
    #[arg(long, value_enum, ignore_case = true, requires = "cron", conflicts_with_all = ["every", "at", "file"])]
    dialect: Option<DialectName>,

    /// Runs make an HTTP POST to this URL
    #[arg(long, value_name = "URL", group = "deed")]
    http: Option<String>,

    /// Runs go to a worker
    #[arg(long, value_name = "QUEUE/HANDLER", group = "deed")]
    worker: Option<WorkerName>,

    /// Runs do nothing, successfully
    #[arg(long, group = "deed")]
    noop: bool,

    /// The body or payload: a text, or @FILE
    #[arg(long, value_name = "TEXT|@FILE", allow_hyphen_values = true)]
    payload: Option<String>,

    /// A text for people
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// A label; may be given again
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<Label>,
}

/// The dialects of cron expressions.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum DialectName {
    /// As crontab(5): Sunday is 0 or 7
    Unix,
    /// As Quartz: Sunday is 1, one day field is `?`
    Quartz,
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Self {
        match name {
            DialectName::Unix => Self::Unix,
            DialectName::Quartz => Self::Quartz,
        }
    }
}

/// A worker's queue and the handler that it knows.
#[derive(Clone, Debug)]
struct WorkerName {
    queue: String,
    handler: String,
}

impl std::str::FromStr for WorkerName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((queue, handler)) if !queue.is_empty() && !handler.is_empty() => {
                Ok(Self { queue: queue.to_owned(), handler: handler.to_owned() })
            }
            _ => Err("write QUEUE/HANDLER, as in mail/send-invoice".to_owned()),
        }
    }
}

/// A cron trigger of these words.
pub(crate) fn cron(expression: &str, tz: Option<&str>, dialect: Option<DialectName>) -> Trigger {
    let cron = CronTrigger {
        form: Some(cron_trigger::Form::Expression(expression.to_owned())),
        timezone: tz.unwrap_or_default().to_owned(),
        dialect: dialect.map_or(Dialect::Unspecified, Dialect::from).into(),
        ..CronTrigger::default()
    };
    Trigger { kind: Some(trigger::Kind::Cron(cron)), ..Trigger::default() }
}

/// The job that a document describes. One that names no namespace lies in that of the command.
///
/// # Errors
/// It is no job, or names another namespace than `--namespace`: exit 2.
pub(crate) fn job_of(document: Document, globals: &Globals) -> Result<Job, Failure> {
    let Document { origin, mut value } = document;
    if let Value::Object(fields) = &mut value {
        for field in BESIDE_THE_JOB {
            fields.remove(field);
        }
    }
    let mut job: Job =
        from_json(value).map_err(|error| Failure::usage(format!("{origin}: {error}")))?;
    let found = &job.namespace;
    match &globals.namespace {
        _ if found.is_empty() => job.namespace = globals.namespace(),
        Some(wanted) if wanted != found => {
            return Err(Failure::usage(format!(
                "{origin}: namespace: {found:?} is not {wanted:?}, as --namespace says"
            )));
        }
        _ => {}
    }
    Ok(job)
}

impl Definition {
    /// The job `id` as the file and the flags have it.
    ///
    /// # Errors
    /// The file is not fine, or contradicts the command: exit 2.
    pub(crate) fn job(&self, id: &str, globals: &Globals) -> Result<Job, Failure> {
        let mut job = match &self.file {
            Some(path) => job_of(documents::read_one(path)?, globals)?,
            None => Job { namespace: globals.namespace(), ..Job::default() },
        };
        if !job.id.is_empty() && job.id != id {
            let found = &job.id;
            return Err(Failure::usage(format!("the file defines job {found:?}, not {id:?}")));
        }
        id.clone_into(&mut job.id);
        job.trigger = self.trigger().or(job.trigger);
        job.target = self.target().or(job.target);
        if let Some(description) = &self.description {
            description.clone_into(&mut job.description);
        }
        for label in &self.labels {
            job.labels.insert(label.key.clone(), label.value.clone());
        }
        if let Some(payload) = &self.payload {
            put_payload(&mut job, payload)?;
        }
        Ok(job)
    }

    fn trigger(&self) -> Option<Trigger> {
        use trigger::Kind;
        if let Some(expression) = &self.cron {
            return Some(cron(expression, self.tz.as_deref(), self.dialect));
        }
        let kind = if let Some(every) = self.every {
            // Longer than the wire can say is longer than any server accepts.
            let every =
                every.try_into().unwrap_or(prost_types::Duration { seconds: i64::MAX, nanos: 0 });
            Kind::Interval(IntervalTrigger { every: Some(every), ..IntervalTrigger::default() })
        } else {
            Kind::Date(DateTrigger { at: Some(self.at?.to_proto()) })
        };
        Some(Trigger { kind: Some(kind), ..Trigger::default() })
    }

    fn target(&self) -> Option<Target> {
        use target::Kind;
        let kind = if let Some(url) = &self.http {
            Kind::Http(HttpTarget { url: url.clone(), ..HttpTarget::default() })
        } else if let Some(WorkerName { queue, handler }) = self.worker.clone() {
            Kind::Worker(WorkerTarget { queue, handler, payload: None })
        } else if self.noop {
            Kind::Noop(NoopTarget {})
        } else {
            return None;
        };
        Some(Target { kind: Some(kind) })
    }
}

fn put_payload(job: &mut Job, said: &str) -> Result<(), Failure> {
    use target::Kind;
    let payload = Some(text::payload(said)?);
    let target = job.target.as_mut().and_then(|target| target.kind.as_mut());
    match target {
        Some(Kind::Http(http)) => http.body = payload,
        Some(Kind::Worker(worker)) => worker.payload = payload,
        Some(Kind::Command(command)) => command.stdin = payload,
        Some(Kind::RedisStream(_) | Kind::Noop(_)) => {
            return Err(Failure::usage("--payload: the target takes none"));
        }
        None => {
            return Err(Failure::usage(
                "--payload needs the target that it is for: give --http or --worker too",
            ));
        }
    }
    Ok(())
}

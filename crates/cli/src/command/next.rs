//! `next`: when a trigger fires, worked out here, without a server.

use std::path::PathBuf;

use bellwether_domain::trigger::explain::{Explanation, explain};
use bellwether_domain::trigger::{JobContext, TriggerError, TriggerSpec};
use bellwether_domain::{Clock, JobUid, Timestamp};
use bellwether_proto::convert::{Problems, Rejection, trigger_from_proto};
use bellwether_proto::json::from_json;
use bellwether_proto::v1::Trigger;
use bellwether_store::clock::SystemClock;
use clap::{ArgGroup, Args};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::args::Globals;
use crate::failure::{Exit, Failure};
use crate::input::definition::{self, DialectName};
use crate::input::documents;
use crate::input::text::Instant;
use crate::output::table::Table;
use crate::output::{Format, words};

/// Show when a trigger fires; needs no server
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("rule").required(true))]
pub(crate) struct Next {
    /// A cron expression
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true, group = "rule")]
    cron: Option<String>,

    /// A trigger as JSON
    #[arg(long, value_name = "JSON", group = "rule")]
    trigger: Option<String>,

    /// A JSON or YAML file of a trigger, or of a job; `-` is the standard input
    #[arg(long, value_name = "FILE", group = "rule")]
    file: Option<PathBuf>,

    /// The time zone of the cron expression, as in Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE", requires = "cron", conflicts_with_all = ["trigger", "file"])]
    tz: Option<String>,

    /// How the cron expression is read [default: unix]
    #[arg(long, value_enum, ignore_case = true, requires = "cron", conflicts_with_all = ["trigger", "file"])]
    dialect: Option<DialectName>,

    /// Fire times after this instant [default: now]
    #[arg(long, value_name = "RFC3339")]
    after: Option<Instant>,

    /// How many fire times
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    count: u32,

    /// The uid of the job, which decides what H stands for [default: all zero]
    #[arg(long, value_name = "UUID")]
    uid: Option<Uuid>,

    /// Say in words what the trigger means, and what may surprise
    #[arg(long)]
    explain: bool,
}

/// What is printed.
struct Preview {
    zone: TimeZone,
    times: Vec<jiff::Timestamp>,
    exhausted: bool,
    explanation: Option<Explanation>,
}

impl Next {
    /// Prints the fire times.
    pub(crate) fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let preview = self.preview()?;
        if globals.output == Format::Table && preview.exhausted {
            let no = if preview.times.is_empty() { "no fire times" } else { "no more fire times" };
            eprintln!("{no}");
        }
        globals.printer().value(&preview.json(), &preview.text(globals.output))
    }

    fn preview(&self) -> Result<Preview, Failure> {
        let spec = spec_of(self.trigger()?)?;
        let after = self.after.map_or_else(|| SystemClock.now(), to_domain);
        let context = JobContext { uid: JobUid(self.uid.unwrap_or_default()), created: after };
        let trigger = spec.compile(&context).map_err(refused)?;
        let count = self.count as usize;
        let mut last = after;
        let mut times = Vec::new();
        while times.len() < count {
            let Some(at) = trigger.next_after(last) else { break };
            times.push(to_jiff(at)?);
            last = at;
        }
        let explanation = match self.explain {
            true => Some(explain(&spec, &context, after, count).map_err(refused)?),
            false => None,
        };
        let zone = TimeZone::get(trigger.timezone())
            .map_err(|error| Failure::failed(format!("{}: {error}", trigger.timezone())))?;
        Ok(Preview { zone, exhausted: times.len() < count, times, explanation })
    }

    fn trigger(&self) -> Result<Trigger, Failure> {
        if let Some(expression) = &self.cron {
            return Ok(definition::cron(expression, self.tz.as_deref(), self.dialect));
        }
        let (origin, value) = match (&self.trigger, &self.file) {
            (Some(text), _) => {
                let value = serde_json::from_str(text)
                    .map_err(|error| Failure::usage(format!("--trigger: not JSON: {error}")))?;
                ("--trigger".to_owned(), value)
            }
            (None, Some(path)) => {
                let document = documents::read_one(path)?;
                (document.origin, trigger_in(document.value))
            }
            (None, None) => return Err(Failure::usage("no trigger is given")),
        };
        from_json(value).map_err(|error| Failure::usage(format!("{origin}: {error}")))
    }
}

/// A document is a trigger, unless it is a job, which has one.
fn trigger_in(value: Value) -> Value {
    match value {
        Value::Object(mut fields) if fields.contains_key("trigger") => {
            fields.remove("trigger").unwrap_or_default()
        }
        other => other,
    }
}

fn spec_of(trigger: Trigger) -> Result<TriggerSpec, Failure> {
    let mut problems = Problems::default();
    let spec = trigger_from_proto(trigger, "trigger", &mut problems);
    if let Err(rejection) = problems.finish() {
        let exit = match &rejection {
            Rejection::Invalid(_) => Exit::Usage,
            Rejection::Unbuilt(_) => Exit::Failed,
        };
        return Err(Failure::new(exit, crate::failure::visible(&rejection.to_string())));
    }
    spec.ok_or_else(|| Failure::usage("trigger: cannot be read"))
}

fn refused(error: TriggerError) -> Failure {
    Failure::usage(format!("trigger.{error}"))
}

/// Down to a whole millisecond: what is strictly after the whole one is strictly after this one.
fn to_domain(Instant(at): Instant) -> Timestamp {
    let millis = at.as_nanosecond().div_euclid(1_000_000);
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

fn to_jiff(at: Timestamp) -> Result<jiff::Timestamp, Failure> {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map_err(|error| Failure::failed(format!("{at}: {error}")))
}

impl Preview {
    fn json(&self) -> Value {
        let times: Vec<_> = self.times.iter().map(|at| words::in_zone(*at, &self.zone)).collect();
        let mut value = json!({ "fire_times": times, "exhausted": self.exhausted });
        if let Some(explanation) = &self.explanation {
            value["explanation"] = explanation.text.clone().into();
            value["warnings"] = explanation.warnings.clone().into();
        }
        value
    }

    fn text(&self, format: Format) -> String {
        if format == Format::Name {
            return self.times.iter().map(|at| words::in_zone(*at, &self.zone) + "\n").collect();
        }
        let mut text = String::new();
        if let Some(explanation) = &self.explanation {
            text.push_str(&format!("{}\n", explanation.text));
            for warning in &explanation.warnings {
                text.push_str(&format!("warning: {warning}\n"));
            }
            text.push('\n');
        }
        text.push_str(&self.table());
        text
    }

    fn table(&self) -> String {
        let utc = self.zone == TimeZone::UTC;
        let headings: &[_] = if utc { &["DAY", "FIRE TIME"] } else { &["DAY", "FIRE TIME", "UTC"] };
        let mut table = Table::plain(headings);
        for at in &self.times {
            let day = at.to_zoned(self.zone.clone()).strftime("%a").to_string();
            let mut row = vec![day, words::in_zone(*at, &self.zone)];
            row.extend((!utc).then(|| words::in_utc(*at)));
            table.row(row);
        }
        table.render()
    }
}

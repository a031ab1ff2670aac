//! A run as a line.

use std::time::Duration;

use bellwether_domain::{Run, Timestamp};
use bellwether_engine::RunReport;

use crate::output::words;

/// The line of a run: when, its state, its job, which fire time it was for, how late it started and
/// which attempt it was.
pub(super) fn of(report: &RunReport) -> String {
    let run = &report.run;
    let at = run.ended.or(run.started).unwrap_or(run.claimed);
    let retry = match report.retry_in {
        Some(wait) => format!("  again in {}", words::duration(wait)),
        None => String::new(),
    };
    format!(
        "{:<24}  {:<9}  {:<22}  fire time {:<24}  {:>5} late  attempt {}{}{retry}",
        instant(at),
        run.state.as_str(),
        run.draft.job.to_string(),
        instant(run.draft.fire_time),
        words::duration(lateness(run)),
        run.attempt,
        cause(run),
    )
}

fn lateness(run: &Run) -> Duration {
    run.started.unwrap_or(run.claimed).since(run.draft.fire_time)
}

fn cause(run: &Run) -> String {
    if run.report.reason.is_empty() { String::new() } else { format!("  {}", run.report.reason) }
}

fn instant(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis()).map_or_else(|_| at.to_string(), words::in_utc)
}

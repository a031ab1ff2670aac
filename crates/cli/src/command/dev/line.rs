//! A run as a line.

use bellwether_client::v1;
use bellwether_domain::Timestamp;
use bellwether_engine::RunReport;

use crate::output::words;

/// The line of a run that ended in this process, or is to be tried again.
pub(super) fn of(report: &RunReport) -> String {
    let run = &report.run;
    let started = run.started.unwrap_or(run.claimed);
    let mut line = line(
        &instant(run.ended.unwrap_or(started)),
        run.state.as_str(),
        &run.draft.job.to_string(),
        &instant(run.draft.fire_time),
        &words::duration(started.since(run.draft.fire_time)),
        run.attempt,
    );
    add(&mut line, &run.report.reason);
    if let Some(wait) = report.retry_in {
        add(&mut line, &format!("again in {}", words::duration(wait)));
    }
    line
}

/// The line of a run that ended somewhere in the cluster, which names the node.
pub(super) fn stored(run: &v1::Run) -> String {
    let started = run.start_time.as_ref().or(run.claim_time.as_ref());
    let mut line = line(
        &words::instant(run.end_time.as_ref().or(started)),
        &words::run_state(run.state),
        &format!("{}/{}", run.namespace, run.job_id),
        &words::instant(run.fire_time.as_ref()),
        &words::between(run.fire_time.as_ref(), started),
        run.attempt.unsigned_abs(),
    );
    if !run.node.is_empty() {
        add(&mut line, &format!("on {}", run.node));
    }
    add(&mut line, &run.reason);
    line
}

/// When, its state, its job, which fire time it was for, how late it started and which attempt it
/// was.
fn line(at: &str, state: &str, job: &str, fire_time: &str, late: &str, attempt: u32) -> String {
    format!(
        "{at:<24}  {state:<9}  {job:<22}  fire time {fire_time:<24}  {late:>5} late  attempt \
         {attempt}"
    )
}

fn add(line: &mut String, words: &str) {
    if !words.is_empty() {
        line.push_str("  ");
        line.push_str(words);
    }
}

fn instant(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis()).map_or_else(|_| at.to_string(), words::in_utc)
}

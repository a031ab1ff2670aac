//! Fire times: none lost, none twice, none that the oracle does not know, none early.

use bellwether_client::v1::RunState;
use bellwether_domain::{RunId, Timestamp};

use super::{Evidence, Finding, Index};
use crate::oracle::Expectation;
use crate::record::RunRecord;

pub(super) fn check(evidence: &Evidence, index: &Index<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for job in &evidence.oracle.jobs {
        findings.extend(each_once(evidence, index, job));
    }
    for run in &evidence.runs {
        findings.extend(recorded(evidence, run));
    }
    for row in &evidence.rows {
        findings.extend(delivered(evidence, index, row));
    }
    findings.extend(evidence.strangers.iter().cloned().map(Finding::Strange));
    findings
}

/// I1 and I2: every required fire time lies in the covers of one run or record.
fn each_once(evidence: &Evidence, index: &Index<'_>, job: &Expectation) -> Vec<Finding> {
    let runs = index.scheduled(job.uid);
    let required = job.required(evidence.horizon.unwrap_or(Timestamp::MAX));
    // Both are sorted, so the runs that may cover a fire time are a window that moves along.
    let mut from = 0;
    let mut findings = Vec::new();
    for fire_time in required {
        while runs.get(from).is_some_and(|run| run.covers.last < fire_time) {
            from += 1;
        }
        let near = runs[from..].iter().take_while(|run| run.covers.first <= fire_time);
        let count = near.filter(|run| run.covers(fire_time)).count();
        let job = job.key.clone();
        match count {
            0 => findings.push(Finding::Lost { job, fire_time }),
            1 => {}
            count => findings.push(Finding::Duplicate { job, fire_time, count }),
        }
    }
    findings
}

/// What a record must satisfy by itself.
fn recorded(evidence: &Evidence, run: &RunRecord) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (id, job) = (run.id, &run.job);
    let known = evidence.oracle.jobs.iter().find(|job| job.uid == run.uid);
    if run.is_scheduled() {
        let ends = [run.fire_time, run.covers.first, run.covers.last];
        let stranger = ends.into_iter().find(|at| {
            let allowed = known.is_some_and(|known| known.key == *job && known.allows(*at));
            !allowed && !evidence.oracle.is_in_doubt(job, *at)
        });
        if let Some(fire_time) = stranger {
            findings.push(Finding::NotExpected { job: job.clone(), fire_time, run: id });
        }
        let derived = RunId::scheduled(id.partition, run.uid, run.fire_time);
        if derived != id {
            let (delivered, recorded) = (derived.to_string(), id.to_string());
            findings.push(Finding::Differs { run: id, job: job.clone(), delivered, recorded });
        }
        let (due, claimed) = (run.start_after, run.claimed);
        if claimed < due {
            let what = "the claim";
            findings.push(Finding::Early { what, run: id, job: job.clone(), at: claimed, due });
        }
    }
    if let Some(at) = run.started.filter(|at| *at < run.start_after) {
        let (what, due) = ("an attempt", run.start_after);
        findings.push(Finding::Early { what, run: id, job: job.clone(), at, due });
    }
    if matches!(run.state, RunState::Missed | RunState::Skipped) && run.reason.is_empty() {
        findings.push(Finding::NoReason { run: id, job: job.clone() });
    }
    // Of a deleted job's runs this is what was seen last.
    if !run.has_ended() && known.is_none_or(|job| !job.deleted) {
        let state = run.state.as_str_name().to_owned();
        findings.push(Finding::NotEnded { run: id, job: job.clone(), state });
    }
    findings
}

/// What a delivery must satisfy: it is one of the oracle's, and of a run that the store knows.
fn delivered(evidence: &Evidence, index: &Index<'_>, row: &crate::ledger::Row) -> Option<Finding> {
    let (run, job, fire_time) = (row.run, row.job.clone(), row.fire_time);
    if row.start < fire_time {
        let (what, at, due) = ("a delivery", row.start, fire_time);
        return Some(Finding::Early { what, run, job, at, due });
    }
    if let Some(record) = index.runs.get(&run) {
        let delivered = format!("{} {} {}", row.job, row.fire_time, row.epoch);
        let recorded = format!("{} {} {}", record.job, record.fire_time, record.epoch);
        let differs = delivered != recorded;
        return differs.then_some(Finding::Differs { run, job, delivered, recorded });
    }
    if evidence.oracle.asked_for.contains(&run) || evidence.oracle.is_in_doubt(&job, fire_time) {
        return None;
    }
    match evidence.oracle.job_of(run, &job, fire_time) {
        // What a deleted job still ran after it was last looked at has no record any more.
        Some(known) if known.deleted && known.allows(fire_time) => None,
        Some(known) if known.allows(fire_time) => Some(Finding::NoRecord { run, job, fire_time }),
        _ => Some(Finding::NotExpected { job, fire_time, run }),
    }
}

//! Attempts: each delivered once, one of a run at a time unless the store gave the earlier one up,
//! no more of a job at once than it may have, all of them ended.

use std::collections::BTreeMap;

use bellwether_domain::{JobUid, RunId, Timestamp};

use super::{Evidence, Finding, Index};
use crate::ledger::Row;
use crate::record::RunRecord;

pub(super) fn check(evidence: &Evidence, index: &Index<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (run, rows) in &index.rows {
        findings.extend(arrived_again(*run, rows));
        findings.extend(overlaps(index, *run, rows));
        findings.extend(rows.iter().filter_map(|row| unexplained(index, row)));
    }
    findings.extend(evidence.rows.iter().filter(|row| row.end.is_none()).map(|row| {
        let state = format!("the handler of attempt {} goes on", row.attempt);
        Finding::NotEnded { run: row.run, job: row.job.clone(), state }
    }));
    let delivered: Vec<JobUid> =
        evidence.oracle.jobs.iter().filter(|job| job.delivered).map(|job| job.uid).collect();
    let executed = evidence.runs.iter().filter(|run| delivered.contains(&run.uid));
    findings.extend(executed.filter_map(|run| not_as_recorded(index, run)));
    findings.extend(too_many(evidence, index));
    findings
}

fn arrived_again(run: RunId, rows: &[&Row]) -> Vec<Finding> {
    let same = rows.chunk_by(|one, other| one.attempt == other.attempt);
    same.filter(|rows| rows.len() > 1)
        .map(|rows| {
            let (job, attempt, count) = (rows[0].job.clone(), rows[0].attempt, rows.len());
            Finding::ArrivedAgain { run, job, attempt, count }
        })
        .collect()
}

fn overlaps(index: &Index<'_>, run: RunId, rows: &[&Row]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pair in rows.windows(2).filter(|pair| pair[0].attempt != pair[1].attempt) {
        if counted_until(index, pair[0]) > pair[1].start {
            let (first, second) = (pair[0].attempt, pair[1].attempt);
            findings.push(Finding::Overlap { run, job: pair[1].job.clone(), first, second });
        }
    }
    findings
}

/// Until when an attempt counts: its handler is done, or the store gives it up before.
fn counted_until(index: &Index<'_>, row: &Row) -> Timestamp {
    let ends = index.ends.get(&(row.run, row.attempt)).into_iter().flatten();
    let given_up = ends.filter(|end| end.how.gives_up()).map(|end| end.at).min();
    let done = row.end.unwrap_or(Timestamp::MAX);
    given_up.map_or(done, |at| at.min(done))
}

/// There is a second attempt only where the store says that the first one did not do.
fn unexplained(index: &Index<'_>, row: &Row) -> Option<Finding> {
    let before = row.attempt.checked_sub(1).filter(|before| *before > 0)?;
    let ends = index.ends.get(&(row.run, before)).into_iter().flatten();
    let explained = ends.into_iter().any(|end| end.how.gives_up());
    let (run, job, attempt) = (row.run, row.job.clone(), row.attempt);
    (!explained).then_some(Finding::Unexplained { run, job, attempt })
}

/// A result that counts is that of a handler which had it, and was done with it by then.
fn not_as_recorded(index: &Index<'_>, run: &RunRecord) -> Option<Finding> {
    let at = run.ended.filter(|_| run.was_executed())?;
    let (id, job, attempt) = (run.id, run.job.clone(), run.attempt);
    let rows = index.rows.get(&run.id).into_iter().flatten();
    let row = rows.into_iter().find(|row| row.attempt == attempt);
    match row.and_then(|row| row.end) {
        None => Some(Finding::NeverArrived { run: id, job, attempt }),
        Some(end) if at < end => Some(Finding::EndedBefore { run: id, job, attempt, at }),
        Some(_) => None,
    }
}

/// I6, as the store counts: what it gave up does not count, wherever it may be executing.
fn too_many(evidence: &Evidence, index: &Index<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for job in &evidence.oracle.jobs {
        let rows = evidence.rows.iter().filter(|row| row.job == job.key);
        let own = rows.filter(|row| match index.runs.get(&row.run) {
            Some(run) => run.uid == job.uid,
            None => RunId::scheduled(row.run.partition, job.uid, row.fire_time) == row.run,
        });
        // Ends before starts where both fall into one millisecond.
        let mut changes: BTreeMap<(Timestamp, bool), usize> = BTreeMap::new();
        for row in own {
            let until = counted_until(index, row);
            if until > row.start {
                *changes.entry((row.start, true)).or_default() += 1;
                *changes.entry((until, false)).or_default() += 1;
            }
        }
        let most = job.max_instances as usize;
        if let Some((at, count)) = first_above(&changes, most) {
            let (job, allowed) = (job.key.clone(), job.max_instances);
            findings.push(Finding::TooManyRunning { job, at, count, allowed });
        }
    }
    findings
}

fn first_above(
    changes: &BTreeMap<(Timestamp, bool), usize>,
    most: usize,
) -> Option<(Timestamp, usize)> {
    let mut running = 0_usize;
    for ((at, begins), count) in changes {
        running = if *begins { running + count } else { running - count };
        if running > most {
            return Some((*at, running));
        }
    }
    None
}

//! The checker: the invariants of the design, asked of a scenario's evidence.
//!
//! It is pure. What it is given comes from four sources that do not know of each other: the oracle
//! (what should have fired), the ledger (what reached the handlers), the store's records (what it
//! believes), and the nodes' logs (who led when). An invariant is a rule that would be broken if
//! any of them contradicted another.
//!
//! - I1, I2 and "nothing outside the oracle": `fires`
//! - attempts, one at a time, each ended, none from nowhere (I5, I6): `attempts`
//! - one owner an epoch, epochs that grow (I3, I4): `leaders`
//! - claims go on after a fault: `progress`

mod attempts;
mod finding;
mod fires;
mod leaders;
mod progress;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::time::Duration;

use bellwether_domain::{Epoch, JobUid, Partition, RunId, Timestamp};

pub use self::finding::Finding;
pub use self::summary::Summary;
use crate::ledger::Row;
use crate::oracle::Oracle;
use crate::record::{AttemptEnd, RunRecord};

/// How many findings a failed check shows.
const SHOWN: usize = 25;

/// All that is known of a scenario when it is over: nothing fires any more, every run has ended.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// What should have fired.
    pub oracle: Oracle,
    /// Up to when; fire times after it are not asked for.
    pub horizon: Option<Timestamp>,
    /// What reached the handlers.
    pub rows: Vec<Row>,
    /// What reached them and was no delivery.
    pub strangers: Vec<String>,
    /// What the store holds of runs, those of deleted jobs as they were seen last.
    pub runs: Vec<RunRecord>,
    /// How attempts ended, as the store logged it.
    pub ends: Vec<AttemptEnd>,
    /// Who led, as the nodes logged it.
    pub terms: Vec<LedTerm>,
    /// What was done to the cluster.
    pub faults: Vec<Fault>,
    /// How late a claim may be where no fault holds it up: the lease, and what a busy machine needs.
    pub grace: Duration,
}

/// A node said that it leads a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedTerm {
    /// Which one.
    pub partition: Partition,
    /// Under which epoch.
    pub epoch: Epoch,
    /// The process: a node's name and which start of it.
    pub process: String,
}

/// Something that was done to the cluster.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What, for people.
    pub what: String,
    /// When it began.
    pub at: Timestamp,
    /// From when on nothing but the cluster's own recovery stands between it and its work. For a
    /// node that is killed beside others that is the kill itself.
    pub healed: Timestamp,
}

/// What the checker says.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Everything that breaks a rule.
    pub findings: Vec<Finding>,
    /// The numbers.
    pub summary: Summary,
}

/// Asks every rule.
#[must_use]
pub fn check(evidence: &Evidence) -> Verdict {
    let index = Index::of(evidence);
    let mut findings = fires::check(evidence, &index);
    findings.extend(attempts::check(evidence, &index));
    findings.extend(leaders::check(evidence));
    findings.extend(progress::check(evidence, &index));
    let summary = Summary::of(evidence, &index, &findings);
    Verdict { findings, summary }
}

impl Verdict {
    /// Tells the numbers, and fails the test when a rule is broken, or when the scenario proves
    /// nothing because no fire time was expected.
    ///
    /// # Panics
    /// Then.
    pub fn assert_holds(&self, scenario: &str) {
        // Past what the test runner captures: the numbers are told of scenarios that hold, too.
        let _ = writeln!(io::stderr(), "{scenario}: {}", self.summary);
        let findings = &self.findings;
        let shown: Vec<_> = findings.iter().take(SHOWN).map(ToString::to_string).collect();
        let count = findings.len();
        assert!(findings.is_empty(), "{scenario}: {count} findings\n{}", shown.join("\n"));
        assert!(self.summary.expected > 0, "{scenario}: nothing was expected");
    }
}

/// The evidence by run and by job.
struct Index<'a> {
    /// The store's record of a run.
    runs: HashMap<RunId, &'a RunRecord>,
    /// The deliveries of a run, the lowest attempt first.
    rows: HashMap<RunId, Vec<&'a Row>>,
    /// How the store says that attempts ended, the earliest end first.
    ends: HashMap<(RunId, u32), Vec<&'a AttemptEnd>>,
    /// The records of the runs that a trigger made, by incarnation, the earliest covered first.
    scheduled: HashMap<JobUid, Vec<&'a RunRecord>>,
}

impl<'a> Index<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        let runs: HashMap<_, _> = evidence.runs.iter().map(|run| (run.id, run)).collect();
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        for row in &evidence.rows {
            rows.entry(row.run).or_default().push(row);
        }
        rows.values_mut().for_each(|rows| rows.sort_by_key(|row| (row.attempt, row.start)));
        let mut ends: HashMap<_, Vec<_>> = HashMap::new();
        for end in &evidence.ends {
            ends.entry((end.run, end.attempt)).or_default().push(end);
        }
        ends.values_mut().for_each(|ends| ends.sort_by_key(|end| end.at));
        let mut scheduled: HashMap<_, Vec<_>> = HashMap::new();
        for run in evidence.runs.iter().filter(|run| run.is_scheduled()) {
            scheduled.entry(run.uid).or_default().push(run);
        }
        scheduled.values_mut().for_each(|runs| runs.sort_by_key(|run| run.covers.first));
        Self { runs, rows, ends, scheduled }
    }

    /// The scheduled runs of an incarnation.
    fn scheduled(&self, uid: JobUid) -> &[&'a RunRecord] {
        self.scheduled.get(&uid).map_or(&[], Vec::as_slice)
    }
}

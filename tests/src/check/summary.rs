//! The numbers of a scenario.

use std::fmt;
use std::time::Duration;

use bellwether_domain::Timestamp;

use super::{Evidence, Finding, Index};
use crate::record::{EndKind, RunRecord};

/// The numbers of a scenario, all counted from its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// What was done to the cluster.
    pub faults: usize,
    /// Fire times that had to be there.
    pub expected: usize,
    /// Deliveries that arrived.
    pub delivered: usize,
    /// Fire times without a record, and results without a delivery.
    pub lost: usize,
    /// Fire times with two, and attempts that arrived twice.
    pub duplicate: usize,
    /// Results that were refused because their attempt had been given up.
    pub superseded: usize,
    /// Attempts that were given up because their node was gone.
    pub lost_attempts: usize,
    /// The longest that a scheduled run was due before its first delivery arrived.
    pub worst_lateness: Duration,
    /// The longest that a due fire time waited for its claim: for so long nobody led.
    pub longest_gap: Duration,
}

impl Summary {
    pub(super) fn of(evidence: &Evidence, index: &Index<'_>, findings: &[Finding]) -> Self {
        let horizon = evidence.horizon.unwrap_or(Timestamp::MAX);
        let required = evidence.oracle.jobs.iter().map(|job| job.required(horizon).len());
        let count = |how| evidence.ends.iter().filter(|end| end.how == how).count();
        let first = evidence.rows.iter().filter(|row| row.attempt == 1);
        let lateness = first.filter_map(|row| {
            let run = index.runs.get(&row.run).filter(|run| run.is_scheduled())?;
            Some(row.start.since(run.start_after))
        });
        let scheduled = evidence.runs.iter().filter(|run| run.is_scheduled());
        let gap = |run: &RunRecord| match run.covers.others {
            0 => run.claimed.since(run.start_after),
            _ => run.claimed.since(run.covers.first),
        };
        Self {
            faults: evidence.faults.len(),
            expected: required.sum(),
            delivered: evidence.rows.len(),
            lost: findings.iter().filter(|finding| finding.is_loss()).count(),
            duplicate: findings.iter().filter(|finding| finding.is_duplicate()).count(),
            superseded: count(EndKind::Superseded),
            lost_attempts: count(EndKind::Lost),
            worst_lateness: lateness.max().unwrap_or_default(),
            longest_gap: scheduled.map(gap).max().unwrap_or_default(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { faults, expected, delivered, lost, duplicate, superseded, .. } = self;
        write!(
            f,
            "faults {faults}, expected {expected}, delivered {delivered}, lost {lost}, duplicate \
             {duplicate}, superseded {superseded}, lost attempts {}, longest gap {:.3} s, \
             worst lateness {:.3} s",
            self.lost_attempts,
            self.longest_gap.as_secs_f64(),
            self.worst_lateness.as_secs_f64()
        )
    }
}

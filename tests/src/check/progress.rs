//! Progress: what is due is claimed within the grace, and delivered within it, counted from when no
//! fault held it up.

use std::time::Duration;

use bellwether_domain::Timestamp;

use super::{Evidence, Fault, Finding, Index};
use crate::record::RunRecord;

pub(super) fn check(evidence: &Evidence, index: &Index<'_>) -> Vec<Finding> {
    let mut faults: Vec<&Fault> = evidence.faults.iter().collect();
    faults.sort_by_key(|fault| fault.at);
    let runs = evidence.oracle.jobs.iter().flat_map(|job| index.scheduled(job.uid));
    let late = |from, at: Timestamp| {
        let late = at.since(deadline(from, &faults, evidence.grace));
        Some(late).filter(|late| !late.is_zero())
    };
    let claimed = |run: &RunRecord| {
        let late = late(run.covers.first, run.claimed)?;
        Some(Finding::Stalled { job: run.job.clone(), fire_time: run.covers.first, late })
    };
    let delivered = |run: &RunRecord| {
        let first = index.rows.get(&run.id)?.first()?;
        let late = late(run.claimed, first.start)?;
        Some(Finding::DeliveredLate { run: run.id, job: run.job.clone(), late })
    };
    runs.flat_map(|run| [claimed(run), delivered(run)]).flatten().collect()
}

/// Until when what can be done from `due` on must have been done. A fault that begins before that,
/// so within the grace, starts the grace anew when it is healed.
fn deadline(due: Timestamp, faults: &[&Fault], grace: Duration) -> Timestamp {
    let mut deadline = due.saturating_add(grace);
    for fault in faults.iter().filter(|fault| fault.healed.saturating_add(grace) > due) {
        if fault.at <= deadline {
            deadline = deadline.max(fault.healed.saturating_add(grace));
        }
    }
    deadline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grace_begins_anew_with_each_fault_that_falls_into_it() {
        let at = |second: i64| Timestamp::from_millis(second * 1_000);
        let fault = |from, to| Fault { what: String::new(), at: at(from), healed: at(to) };
        let cases = [
            (vec![], 12),
            (vec![fault(1, 2)], 12),
            (vec![fault(9, 9)], 12),
            (vec![fault(9, 13)], 15),
            (vec![fault(11, 15)], 17),
            (vec![fault(11, 15), fault(17, 18)], 20),
            (vec![fault(11, 15), fault(18, 20)], 17),
        ];
        for (faults, expected) in cases {
            let faults: Vec<_> = faults.iter().collect();
            let found = deadline(at(10), &faults, Duration::from_secs(2));
            assert_eq!(found, at(expected), "{faults:?}");
        }
    }
}

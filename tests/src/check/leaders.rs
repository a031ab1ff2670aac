//! Leadership: an epoch has one owner, and claims of a partition never go back to an earlier one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, Finding};

pub(super) fn check(evidence: &Evidence) -> Vec<Finding> {
    let mut findings = several_owners(evidence);
    findings.extend(went_back(evidence));
    findings
}

fn several_owners(evidence: &Evidence) -> Vec<Finding> {
    let mut owners: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for term in &evidence.terms {
        owners.entry((term.partition, term.epoch)).or_default().insert(&term.process);
    }
    let several = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
    several
        .map(|((partition, epoch), owners)| {
            let owners = owners.into_iter().map(str::to_owned).collect();
            Finding::TwoOwners { partition, epoch, owners }
        })
        .collect()
}

fn went_back(evidence: &Evidence) -> Vec<Finding> {
    let mut claims: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for run in evidence.runs.iter().filter(|run| run.is_scheduled()) {
        claims.entry(run.id.partition).or_default().push(run);
    }
    let mut findings = Vec::new();
    for claims in claims.values_mut() {
        // Within one millisecond one leader may follow another, so that their order is unknown.
        claims.sort_by_key(|run| (run.claimed, run.epoch));
        for pair in claims.windows(2).filter(|pair| pair[1].epoch < pair[0].epoch) {
            findings.push(Finding::EpochWentBack {
                run: pair[1].id,
                job: pair[1].job.clone(),
                at: pair[1].claimed,
                epoch: pair[1].epoch,
                earlier: pair[0].epoch,
            });
        }
    }
    findings
}

//! What may be kept, and what of a measurement is more.

use super::census::{Census, Family};
use super::workload::{Measured, Workload};

/// What a history list holds at most: the default limit, and what it may be longer by until it is
/// trimmed.
const HISTORY: u64 = 20 + 10;

/// What the log of a partition takes at most, in bytes: its bound, which is measured now and then,
/// and what may be written in between.
const LOG: u64 = 9 * 1024 * 1024;

/// What the server's own count may differ by between two looks, in bytes: buffers of connections.
const BUFFERS: u64 = 16 * 1024 * 1024;

impl Measured {
    /// What is kept beyond its bounds at the end, in words.
    #[must_use]
    pub fn faults(&self, workload: &Workload) -> Vec<String> {
        let Some((_, end)) = self.counts.last() else { return vec!["nothing counted".to_owned()] };
        let jobs = u64::from(workload.jobs);
        let mut faults = Vec::new();
        let mut at_most = |what: &str, found: u64, most: u64| {
            if found > most {
                faults.push(format!("{what}: {found}, at most {most}"));
            }
        };
        let Family { keys, most, .. } = end.family("history");
        at_most("history lists", keys, 2 * jobs);
        at_most("entries of a history list", most, HISTORY);
        for name in ["jobs", "definitions", "names", "due", "finished"] {
            at_most(&format!("entries of {name}"), end.family(name).entries, jobs);
        }
        let events = end.family("events");
        at_most("bytes of events", events.bytes, u64::from(workload.partitions) * LOG);
        faults.extend(self.growth(workload, end));
        faults
    }

    /// Families that went on growing after the half, where the same was kept twice over.
    fn growth(&self, workload: &Workload, end: &Census) -> Vec<String> {
        let Some((_, half)) = self.counts.iter().rev().nth(1) else { return Vec::new() };
        let log = u64::from(workload.partitions) * LOG;
        let mut faults = Vec::new();
        for (name, family) in &end.families {
            // The log has a bound of its own, and hints come and go.
            if name == "events" {
                continue;
            }
            let before = half.family(name).bytes;
            let most = before + before / 5 + 256 * 1024;
            if family.bytes > most {
                faults.push(format!("{name} grew from {before} to {} bytes", family.bytes));
            }
        }
        let others = |census: &Census| census.bytes() - census.family("events").bytes;
        let most = others(half) + others(half) / 5 + log + BUFFERS;
        if end.used > most {
            faults.push(format!("{} bytes are used in all, at most {most} may be", end.used));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::memory::workload::Fires;

    fn workload() -> Workload {
        Workload {
            jobs: 10,
            every: Duration::from_millis(100),
            runs: 1_000,
            mixed: true,
            partitions: 2,
        }
    }

    fn census(families: &[(&str, Family)]) -> Census {
        let families: BTreeMap<_, _> =
            families.iter().map(|(name, family)| ((*name).to_owned(), *family)).collect();
        let used = families.values().map(|family| family.bytes).sum();
        Census { families, used }
    }

    fn measured(half: Census, end: Census) -> Measured {
        let counts = vec![(0, Census::default()), (500, half), (1_000, end)];
        Measured { counts, fires: Fires::default(), took: Duration::ZERO }
    }

    #[test]
    fn what_is_more_than_it_may_be_is_named() {
        let family = |keys, entries, most, bytes| Family { keys, entries, most, bytes };
        let good = [
            ("history", family(20, 500, 30, 60_000)),
            ("jobs", family(2, 10, 6, 1_000)),
            ("events", family(2, 9_000, 5_000, 16 << 20)),
        ];
        assert_eq!(measured(census(&good), census(&good)).faults(&workload()), [""; 0]);
        let cases = [
            ("history", family(21, 500, 30, 60_000), "history lists: 21, at most 20"),
            ("history", family(20, 500, 31, 60_000), "entries of a history list: 31, at most 30"),
            ("jobs", family(2, 11, 6, 1_000), "entries of jobs: 11, at most 10"),
            ("events", family(2, 9, 9, 20 << 20), "bytes of events: 20971520, at most 18874368"),
            ("lanes", family(2, 2, 1, 400_000), "lanes grew from 0 to 400000 bytes"),
        ];
        for (name, family, expected) in cases {
            let mut end = census(&good);
            end.families.insert(name.to_owned(), family);
            assert_eq!(measured(census(&good), end).faults(&workload()), [expected]);
        }
        let leaking = Census { used: 200 << 20, ..census(&good) };
        let faults = measured(census(&good), leaking).faults(&workload());
        assert!(faults[0].starts_with("209715200 bytes are used in all"), "{faults:?}");
    }
}

//! The measurement as a table.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bellwether_tests::memory::{Measured, Workload};

/// A line for each family, a column for each count.
pub(crate) fn table(workload: &Workload, measured: &Measured) -> String {
    let Measured { counts, fires, took } = measured;
    let mut text = format!(
        "{} jobs, each every {:?}, {} partitions; {} fires in {:.1} s: {} runs ({} failed), \
         {} missed, {} skipped\n\n",
        workload.jobs,
        workload.every,
        workload.partitions,
        fires.all(),
        took.as_secs_f64(),
        fires.claimed,
        fires.failed,
        fires.missed,
        fires.skipped,
    );
    let mut row = |name: &str, cells: Vec<String>| {
        let _ = write!(text, "{name:<13}");
        for cell in cells {
            let _ = write!(text, "{cell:>27}");
        }
        text.push('\n');
    };
    row("after fires", counts.iter().map(|(fires, _)| fires.to_string()).collect());
    let names: BTreeSet<&String> =
        counts.iter().flat_map(|(_, census)| census.families.keys()).collect();
    for name in names {
        let cells = counts.iter().map(|(_, census)| {
            let family = census.family(name);
            format!("{} B in {} ({})", family.bytes, family.keys, family.entries)
        });
        row(name, cells.collect());
    }
    row("all keys", counts.iter().map(|(_, census)| format!("{} B", census.bytes())).collect());
    row("used_memory", counts.iter().map(|(_, census)| format!("{} B", census.used)).collect());
    text.push_str("\n(bytes in so many keys, with so many entries)");
    text
}

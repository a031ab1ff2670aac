//! What processes cost, as the kernel counts it.

use std::fs;
use std::time::Duration;

/// The CPU time that a process has used since its start, its own and the kernel's for it.
///
/// # Panics
/// When there is no such process, or no `/proc`.
#[must_use]
pub fn cpu_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a running process of ours");
    // The name, in brackets, may contain blanks; after it come the fields from the third on.
    let (_, fields) = stat.rsplit_once(") ").expect("the name is in brackets");
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second())
}

//! Measures what is kept of many runs in Redis, and that it is bounded.
//!
//! ```text
//! cargo run --release -p bellwether-tests --bin memory            # a million runs, plain
//! cargo run --release -p bellwether-tests --bin memory -- --mixed # a tenth of another kind
//! ```
//!
//! One node with a Redis beside it fires jobs that keep as much history as jobs do by default. All
//! keys are asked for what they take before the first run, at a tenth, at the half and at the end;
//! between the last two nothing may have grown beyond what the history limits and the number of
//! jobs allow.

mod report;

use std::process::ExitCode;
use std::time::Duration;

use bellwether_tests::memory::{Workload, run};
use clap::Parser;

/// Measures what is kept of many runs
#[derive(Clone, Debug, Parser)]
struct Options {
    /// How many fire times are to become runs or records
    #[arg(long, default_value_t = 1_000_000)]
    runs: u64,
    /// Of how many jobs
    #[arg(long, default_value_t = 1_000)]
    jobs: u32,
    /// How often each fires, in milliseconds
    #[arg(long, default_value_t = 100)]
    every_ms: u64,
    /// How many partitions the cluster has
    #[arg(long, default_value_t = 16)]
    partitions: u16,
    /// Whether a tenth of the runs fail, are missed and are skipped
    #[arg(long)]
    mixed: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let workload = Workload {
        jobs: options.jobs,
        every: Duration::from_millis(options.every_ms.max(1)),
        runs: options.runs,
        mixed: options.mixed,
        partitions: options.partitions,
    };
    let measured = run(&workload).await;
    println!("{}", report::table(&workload, &measured));
    let faults = measured.faults(&workload);
    for fault in &faults {
        println!("NOT BOUNDED: {fault}");
    }
    if faults.is_empty() {
        println!("bounded");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

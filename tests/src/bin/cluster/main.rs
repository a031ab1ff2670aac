//! Measures a cluster of three nodes with a Redis beside it, as real processes.
//!
//! ```text
//! cargo run --release -p bellwether-tests --bin cluster -- idle
//! cargo run --release -p bellwether-tests --bin cluster -- gaps
//! ```
//!
//! `idle`: what nodes cost that have nothing to do, and how late a job fires that was created over
//! a node that does not lead its partition, with hints and without. `gaps`: for how long nobody
//! claims what is due after a leader was killed, and after one left.

mod gaps;
mod idle;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures a cluster of three nodes with a Redis beside it
#[derive(Debug, Parser)]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What nodes cost that have nothing to do, and how late the first job after that fires
    Idle(idle::Options),
    /// For how long nobody claims after a leader was killed, and after one left
    Gaps(gaps::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let holds = match Options::parse().what {
        What::Idle(options) => idle::run(&options).await,
        What::Gaps(options) => gaps::run(&options).await,
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

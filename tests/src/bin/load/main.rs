//! Measures one node with a Redis beside it, as real processes: what it sustains, how late it runs,
//! what it costs, and whether every fire time was run once.
//!
//! ```text
//! cargo run --release -p bellwether-tests --bin load -- --jobs 1000 --every 100ms --seconds 20
//! ```
//!
//! The jobs do nothing (`noop`, or with `--worker` a handler of one worker over one stream), so what
//! is measured is the scheduler. They all begin at one
//! instant after the last was created, and end by themselves; every record is kept and read back,
//! and the figures are counted from the records, not from what the node says of itself.

mod figures;
mod load;

use std::process::ExitCode;
use std::time::Duration;

use bellwether_tests::redis_server::Persistence;
use clap::{Parser, ValueEnum};

use crate::figures::Figures;

/// Measures one node with a Redis beside it
#[derive(Clone, Debug, Parser)]
struct Options {
    /// How many jobs fire
    #[arg(long, default_value_t = 1_000)]
    jobs: u32,
    /// How often each fires: a number with ms or s
    #[arg(long, default_value = "100ms", value_parser = span)]
    every: Duration,
    /// For how long
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Whether all jobs fire at the same instants instead of spread over the interval
    #[arg(long)]
    aligned: bool,
    /// How many partitions the cluster has
    #[arg(long, default_value_t = 16)]
    partitions: u16,
    /// How many attempts the node executes at once; its own default when left out
    #[arg(long)]
    concurrency: Option<u32>,
    /// Run the jobs at one worker, over one stream, instead of at the node
    #[arg(long)]
    worker: bool,
    /// What Redis keeps
    #[arg(long, value_enum, default_value_t)]
    persistence: Kept,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// What Redis keeps over its death.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Kept {
    /// Nothing
    None,
    /// An append-only file, written to disk every second
    #[default]
    Everysec,
    /// An append-only file, written to disk before each answer
    Always,
}

impl From<Kept> for Persistence {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::None => Self::None,
            Kept::Everysec => Self::EverySecond,
            Kept::Always => Self::Always,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(why) = unfit(&options) {
        eprintln!("load: {why}");
        return ExitCode::from(2);
    }
    let measured = load::run(&options).await;
    let figures = Figures::of(&options, &measured);
    if options.json {
        println!("{}", figures.to_json());
    } else {
        println!("{figures}");
    }
    if figures.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What in the options cannot be measured.
fn unfit(options: &Options) -> Option<String> {
    let fires = u128::from(options.seconds) * 1_000 / options.every.as_millis().max(1);
    if options.jobs == 0 || options.seconds == 0 || options.every.is_zero() {
        return Some("--jobs, --every and --seconds must be above 0".to_owned());
    }
    let most = u128::from(load::KEPT);
    let why = format!("a job keeps {most} runs, and each would fire {fires} times");
    (fires > most).then_some(why)
}

fn span(text: &str) -> Result<Duration, String> {
    let bad = || format!("{text:?} is no span; write a whole number with ms or s, as in 100ms");
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').ok_or_else(bad)?, 1_000),
    };
    let number: u64 = number.parse().map_err(|_| bad())?;
    Ok(Duration::from_millis(number.saturating_mul(unit)))
}

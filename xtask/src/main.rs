//! The chores of the repository, run as `cargo xtask <chore>`.
//!
//! They are a program of the workspace and not a shell script or a makefile: whoever can build
//! Bellwether can run them, on Linux and macOS alike, and they are linted and tested like the rest.
//! CI runs `cargo xtask test --install` and nothing else, so that what passes at home passes there.

mod chores;
mod command;
mod mutants;
mod needs;
mod packages;
mod python;
mod report;
mod tally;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The chores of the repository")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check the format and the lints, build, and run every test
    Test {
        /// Install what is missing, showing each command before it runs
        #[arg(long)]
        install: bool,
    },
    /// Format every crate
    Fmt,
    /// Check the format and the lints, changing nothing
    Lint,
    /// Take each guard out of the store's scripts and see which tests notice (many minutes)
    Mutants {
        /// Only guards whose name contains this
        #[arg(default_value = "", hide_default_value = true)]
        only: String,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().chore {
        Chore::Test { install } => chores::test(install),
        Chore::Fmt => chores::fmt(),
        Chore::Lint => chores::lint(),
        Chore::Mutants { only } => mutants::run(&only),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

//! The binary `bellwether`: a node, and the command line to a cluster of them.
//!
//! `main` reads the command line, sets up the log and hands over to a command. Only this crate names
//! concrete stores and targets.

mod args;
mod command;
mod config;
mod failure;
mod input;
mod logging;
mod node;
mod output;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::args::{Arguments, Command};
use crate::command::version::Version;
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = arguments();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// The command line; ends the process where it is none.
fn arguments() -> Arguments {
    let mut command = Arguments::command();
    if std::env::args_os().any(|argument| argument == "--no-color") {
        command = command.color(clap::ColorChoice::Never);
    }
    let matches = command.get_matches();
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { version, verbose, globals, command } = arguments;
    let command = match command {
        _ if version => Command::Version(Version::new(verbose)),
        Some(command) => command,
        None => return Err(Failure::usage("no command is given; see --help")),
    };
    logging::start(&globals, &command)?;
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::failed(format!("cannot start the runtime: {error}")))?;
    let result = runtime.block_on(command::execute(command, &globals));
    // Whoever is told to end at once does not wait for a name to be resolved.
    runtime.shutdown_background();
    result
}

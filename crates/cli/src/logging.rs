//! The log, on stderr: for people on a terminal, JSON otherwise.

use std::env;
use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

use crate::args::{Command, Globals};
use crate::failure::Failure;

/// Starts the log. What is logged is said by `--log`, else by RUST_LOG; a node that is told nothing
/// logs what operators need, and other commands only what went wrong.
///
/// # Errors
/// The filter of `--log` or RUST_LOG is none: exit 2.
pub(crate) fn start(globals: &Globals, command: &Command) -> Result<(), Failure> {
    let usual = match command {
        Command::Serve(_) => "info",
        Command::Dev(_) => "warn",
        _ => "error",
    };
    let from_env = env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    let (name, wanted) = match (&globals.log, &from_env) {
        (Some(filter), _) => ("--log", filter.as_str()),
        (None, Some(filter)) => ("RUST_LOG", filter.as_str()),
        (None, None) => ("", usual),
    };
    let filter = EnvFilter::try_new(wanted)
        .map_err(|error| Failure::usage(format!("{name}: {wanted:?}: {error}")))?;
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    if io::stderr().is_terminal() {
        let plain = globals.no_color || env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
        registry.with(layer.with_ansi(!plain).with_target(false)).init();
    } else {
        registry.with(layer.json().flatten_event(true)).init();
    }
    Ok(())
}

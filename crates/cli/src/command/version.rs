//! `version`: what this binary is.

use std::io::{self, Write};

use bellwether_domain::trigger::tzdb_version;
use clap::Args;

use crate::failure::Failure;

/// The version of the binary.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Print the version
#[derive(Args, Debug)]
pub(crate) struct Version {
    /// That of the time zone data too
    #[arg(long)]
    verbose: bool,
}

impl Version {
    /// What `--version` prints, beside the command.
    pub(crate) fn new(verbose: bool) -> Self {
        Self { verbose }
    }

    /// Prints it.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        writeln!(out, "bellwether {VERSION}")?;
        if self.verbose {
            writeln!(out, "time zone data {}", tzdb_version())?;
        }
        Ok(())
    }
}

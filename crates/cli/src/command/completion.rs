//! `completion`: what a shell needs to complete our command lines.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Arguments;
use crate::failure::Failure;

/// Print a completion script for a shell
#[derive(Args, Debug)]
pub(crate) struct Completion {
    /// The shell
    shell: Shell,
}

impl Completion {
    /// Prints the script.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "bellwether", &mut script);
        Ok(io::stdout().lock().write_all(&script)?)
    }
}

//! The binary as a process: run to its end, with nothing of this machine's configuration.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The binary with these arguments, and an environment without a word for it.
pub(crate) fn bellwether(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bellwether"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// Runs the binary with these arguments to its end.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    end(bellwether(arguments))
}

/// Runs the binary with these arguments and `input` on its standard input.
pub(crate) fn run_with(arguments: &[&str], input: &str) -> Ended {
    let mut command = bellwether(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    ended(child.wait_with_output().unwrap())
}

/// Runs `command` to its end.
pub(crate) fn end(mut command: Command) -> Ended {
    ended(command.output().unwrap())
}

fn ended(output: std::process::Output) -> Ended {
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ended {
    /// The standard output of a command that succeeded.
    pub(crate) fn text(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// The JSON that a command that succeeded printed.
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    /// What a command said that ended with `code` and printed no data.
    pub(crate) fn error(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "data beside an error");
        assert!(!self.stderr.is_empty(), "nothing is said");
        self.stderr
    }
}

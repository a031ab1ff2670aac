//! A command line as data: it can be shown before it runs, or shown instead of being run.

use std::fmt;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A program, its arguments and what it gets beside our own environment. `Display` writes it as a
/// shell would read it, ready to be pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandLine {
    env: Vec<(&'static str, String)>,
    program: String,
    args: Vec<String>,
    may_fail: bool,
}

impl CommandLine {
    pub(crate) fn new(program: &str, args: &[&str]) -> Self {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Self { env: Vec::new(), program: program.to_owned(), args, may_fail: false }
    }

    /// A call of cargo, found on the path as the developer's own shell finds it.
    pub(crate) fn cargo(args: &[&str]) -> Self {
        Self::new("cargo", args)
    }

    /// The same with an environment variable more.
    pub(crate) fn with_env(mut self, name: &'static str, value: &str) -> Self {
        self.env.push((name, value.to_owned()));
        self
    }

    /// The same, but what comes after it can do without: a failure is told and passed over.
    pub(crate) fn may_fail(mut self) -> Self {
        self.may_fail = true;
        self
    }

    /// Shows the command line and runs it; its output goes where ours goes.
    ///
    /// # Errors
    /// When the program cannot be started or does not succeed, unless it [may fail](Self::may_fail).
    pub(crate) fn run(&self) -> Result<()> {
        eprintln!("$ {self}");
        let status = self.process().status().with_context(|| self.cannot_start())?;
        if status.success() {
            return Ok(());
        }
        if !self.may_fail {
            bail!("`{self}` failed ({status})");
        }
        eprintln!("xtask: `{self}` failed ({status}); going on without");
        Ok(())
    }

    /// As [`Self::run`], and hands back what the program wrote to its standard output, which is
    /// passed on to `to` as it comes. The second value says whether the program succeeded.
    ///
    /// # Errors
    /// When the program cannot be started or its output not be read.
    pub(crate) fn run_and_keep(&self, to: impl Write) -> Result<(String, bool)> {
        eprintln!("$ {self}");
        let mut child =
            self.process().stdout(Stdio::piped()).spawn().with_context(|| self.cannot_start())?;
        let output = child.stdout.take().context("the standard output was asked for as a pipe")?;
        let kept = pass_on(output, to);
        let status = child.wait().with_context(|| format!("cannot wait for `{self}`"))?;
        let kept = kept.with_context(|| format!("cannot read the output of `{self}`"))?;
        Ok((String::from_utf8_lossy(&kept).into_owned(), status.success()))
    }

    /// Runs it in silence: what it wrote to its standard output, or nothing when it is not there
    /// or does not succeed.
    pub(crate) fn answer(&self) -> Option<String> {
        let output = self.process().stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn process(&self) -> Command {
        let mut process = Command::new(&self.program);
        process.args(&self.args).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(is_of_our_own_package) {
                process.env_remove(name);
            }
        }
        process.envs(self.env.iter().map(|(name, value)| (name, value)));
        process
    }

    fn cannot_start(&self) -> String {
        format!("cannot start `{}`", self.program)
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.env {
            write!(f, "{name}={} ", quoted(value))?;
        }
        f.write_str(&quoted(&self.program))?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", quoted(arg)))
    }
}

/// Whether the variable tells of the xtask package itself. `cargo run` sets them, and build scripts
/// that watch them (ring's does) would run again at every change from `cargo` to `cargo xtask`.
fn is_of_our_own_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| variable.starts_with(prefix))
}

fn pass_on(mut from: impl Read, mut to: impl Write) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            return Ok(kept);
        }
        kept.extend_from_slice(&chunk[..read]);
        to.write_all(&chunk[..read])?;
        to.flush()?;
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shown_as_a_shell_reads_it() {
        let cases = [
            (CommandLine::cargo(&["fmt", "--all"]), "cargo fmt --all"),
            (
                CommandLine::new("python3", &["-c", "import venv, ensurepip"]),
                "python3 -c 'import venv, ensurepip'",
            ),
            (CommandLine::new("echo", &["", "it's"]), r"echo '' 'it'\''s'"),
            (CommandLine::cargo(&["test"]).with_env("WHERE", "/a b"), "WHERE='/a b' cargo test"),
        ];
        for (command, shown) in cases {
            assert_eq!(command.to_string(), shown);
        }
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = CommandLine::new("false", &[]).run().expect_err("`false` never succeeds");
        assert!(error.to_string().contains("`false` failed"), "{error}");
        assert!(CommandLine::new("false", &[]).may_fail().run().is_ok());
        let error = CommandLine::new("no-such-program", &[]).run().expect_err("it is not there");
        assert!(error.to_string().contains("`no-such-program`"), "{error}");
    }

    #[test]
    fn an_answer_is_only_that_of_a_program_that_succeeds() {
        assert_eq!(CommandLine::new("echo", &["yes"]).answer().as_deref(), Some("yes\n"));
        assert_eq!(CommandLine::new("sh", &["-c", "echo no; exit 1"]).answer(), None);
        assert_eq!(CommandLine::new("no-such-program", &[]).answer(), None);
    }

    #[test]
    fn the_output_is_kept_even_of_a_program_that_fails() {
        let command = CommandLine::new("sh", &["-c", "echo kept; exit 1"]);
        let mut passed_on = Vec::new();
        let (output, succeeded) = command.run_and_keep(&mut passed_on).expect("there is a shell");
        assert_eq!((output.as_str(), succeeded), ("kept\n", false));
        assert_eq!(passed_on, b"kept\n");
    }

    #[test]
    fn the_variables_of_our_own_package_stay_here() {
        // Set for this very process by the cargo that runs the test.
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
        let command = CommandLine::new("sh", &["-c", "echo [$CARGO_PKG_NAME$GIVEN]"]);
        let answer = command.with_env("GIVEN", "given").answer();
        assert_eq!(answer.as_deref(), Some("[given]\n"));
    }
}

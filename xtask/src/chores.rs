//! What each chore does, step by step.

use std::io;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::command::CommandLine;
use crate::needs;
use crate::python;
use crate::report::Report;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// How long format, lints and tests may take together once the build is done, on two cores. It is
/// told, not enforced: a slow machine is no fault of the code.
const GOAL: Duration = Duration::from_secs(300);

/// Checks the format and the lints, builds, and runs every test.
///
/// The cheap steps come first, but a failure of theirs does not hide what the tests have to say;
/// only what cannot be built is not run.
///
/// # Errors
/// When something is missing, or a step fails.
pub(crate) fn test(install: bool) -> Result<()> {
    let workspace = Workspace::enter()?;
    let mut report = Report::default();
    let found = report.step("requirements", || needs::of_tests(&workspace, install));
    // What is missing, and how to get it, is told: a table of steps not run would only hide it.
    let Some(python) = found else { return report.verdict() };
    report.step("format", check_format);
    report.step("lints", check_lints);
    let mut tally = None;
    if report.step("build", build).is_some() {
        report.step("tests", || run_tests(python.as_deref(), &mut tally));
    } else {
        report.not_run("tests");
    }

    println!("\n{report}");
    if tally.is_some() {
        let took = report.took(&["format", "lints", "tests"]);
        let (took, goal) = (took.as_secs_f64(), GOAL.as_secs());
        println!("format, lints and tests: {took:.1} s (goal: {goal} s)");
    }
    let verdict = report.verdict();
    // The last line of the output, where CI looks for it.
    tally.iter().for_each(|tally| println!("{tally}"));
    verdict
}

/// Formats every crate.
///
/// # Errors
/// When the formatter is missing or fails.
pub(crate) fn fmt() -> Result<()> {
    Workspace::enter()?;
    needs::of_lints()?;
    CommandLine::cargo(&["fmt", "--all"]).run()
}

/// Checks the format and the lints, changing nothing.
///
/// # Errors
/// When something is missing, or a check fails.
pub(crate) fn lint() -> Result<()> {
    Workspace::enter()?;
    needs::of_lints()?;
    let mut report = Report::default();
    report.step("format", check_format);
    report.step("lints", check_lints);
    println!("\n{report}");
    report.verdict()
}

fn check_format() -> Result<()> {
    CommandLine::cargo(&["fmt", "--all", "--check"]).run()
}

fn check_lints() -> Result<()> {
    let what = ["clippy", "--workspace", "--all-targets", "--locked"];
    let args: Vec<&str> = what.into_iter().chain(["--", "-D", "warnings"]).collect();
    CommandLine::cargo(&args).run()
}

/// Builds what the tests run: with all targets, because the features of crates are then united
/// just as `cargo test` unites them, so that it builds nothing again, and because the tests start
/// the real binary.
fn build() -> Result<()> {
    CommandLine::cargo(&["build", "--workspace", "--all-targets", "--locked"]).run()
}

fn run_tests(python: Option<&Path>, tally: &mut Option<Tally>) -> Result<()> {
    let what = ["test", "--workspace", "--locked", "--no-fail-fast", "--", "--quiet"];
    let mut tests = CommandLine::cargo(&what);
    if let Some(python) = python {
        tests = tests.with_env(python::VARIABLE, &python.display().to_string());
    }
    let (output, succeeded) = tests.run_and_keep(io::stdout().lock())?;
    let sum = Tally::of(&output);
    *tally = Some(sum);
    if !succeeded {
        bail!("`{tests}` failed");
    }
    if sum.passed == 0 {
        bail!("`{tests}` ran no test");
    }
    Ok(())
}

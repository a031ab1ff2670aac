//! The steps of a chore: run one after the other, timed, and told in a table at the end.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// The steps so far. `Display` is the table.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
}

struct Step {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    /// Not run, because a step that it builds on failed.
    NotRun,
}

impl Report {
    /// Runs a step. Its error is told here, at once; the caller only learns whether there is a
    /// result to go on with.
    pub(crate) fn step<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<T>,
    ) -> Option<T> {
        eprintln!("\n== {name}");
        let start = Instant::now();
        let result = work();
        let took = start.elapsed();
        let outcome = if result.is_ok() { Outcome::Passed } else { Outcome::Failed };
        self.steps.push(Step { name, outcome, took });
        result.inspect_err(|error| eprintln!("xtask: {name}: {error:#}")).ok()
    }

    /// Notes a step that is left out.
    pub(crate) fn not_run(&mut self, name: &'static str) {
        self.steps.push(Step { name, outcome: Outcome::NotRun, took: Duration::ZERO });
    }

    /// How long the steps of these names took together.
    pub(crate) fn took(&self, names: &[&str]) -> Duration {
        self.steps.iter().filter(|step| names.contains(&step.name)).map(|step| step.took).sum()
    }

    /// The chore's own result.
    ///
    /// # Errors
    /// When a step failed, with the names of those that did.
    pub(crate) fn verdict(&self) -> Result<()> {
        let failed = |step: &&Step| step.outcome == Outcome::Failed;
        let names: Vec<&str> = self.steps.iter().filter(failed).map(|step| step.name).collect();
        if !names.is_empty() {
            bail!("failed: {}", names.join(", "));
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12}  {:<7}  {:>9}", "step", "result", "wall time")?;
        for Step { name, outcome, took } in &self.steps {
            let seconds = format!("{:.1} s", took.as_secs_f64());
            match outcome {
                Outcome::Passed => writeln!(f, "{name:<12}  {:<7}  {seconds:>9}", "ok")?,
                Outcome::Failed => writeln!(f, "{name:<12}  {:<7}  {seconds:>9}", "FAILED")?,
                Outcome::NotRun => writeln!(f, "{name:<12}  not run")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn one_failure_fails_the_whole_and_is_named() {
        let mut report = Report::default();
        assert_eq!(report.step("first", || Ok(1)), Some(1));
        assert!(report.verdict().is_ok());
        assert_eq!(report.step("second", || Err::<(), _>(anyhow!("broken"))), None);
        report.not_run("third");
        report.step("fourth", || Ok(()));
        let error = report.verdict().expect_err("the second step failed");
        assert_eq!(error.to_string(), "failed: second");
    }

    #[test]
    fn the_table_has_a_row_for_every_step() {
        let step = |name, outcome, ms| Step { name, outcome, took: Duration::from_millis(ms) };
        let steps = vec![
            step("format", Outcome::Passed, 1_250),
            step("lints", Outcome::Failed, 61_000),
            step("tests", Outcome::NotRun, 0),
        ];
        let report = Report { steps };
        let table = "\
step          result   wall time
format        ok           1.2 s
lints         FAILED      61.0 s
tests         not run
";
        assert_eq!(report.to_string(), table);
        assert_eq!(report.took(&["format", "lints"]), Duration::from_millis(62_250));
    }
}

//! Takes each guard out of the shipped scripts, one at a time, and sees which tests notice.
//!
//! A guard that no test misses is one that the next change may lose. Everything happens in a copy
//! of the sources below the target directory, with a target directory of its own: a mutated binary
//! must never lie where the real one is looked for. It takes many minutes, so `test` leaves it out.

mod guards;
mod tree;

use std::fmt;
use std::io;

use anyhow::{Context, Result, bail};

use self::guards::{MUTANTS, Mutant};
use self::tree::Tree;
use crate::command::CommandLine;
use crate::needs;
use crate::workspace::Workspace;

/// The tests that may notice: the store's own against a real Redis, and
const OF_THE_STORE: &[&str] = &["-p", "bellwether-store-redis", "--test", "it"];
/// those with real processes whose calls are held, lost and late.
const OF_A_CLUSTER: &[&str] = &["-p", "bellwether-tests", "--test", "it", "cluster::network"];

/// What came of one guard.
struct Outcome {
    guard: &'static str,
    store: Vec<String>,
    cluster: Vec<String>,
    survives: bool,
}

/// Tries every guard, or those whose name contains `only`, and prints a table.
///
/// # Errors
/// When something is missing, the tests fail with all guards in place, or a guard is missed by no
/// test.
pub(crate) fn run(only: &str) -> Result<()> {
    let workspace = Workspace::enter()?;
    needs::of_tests(&workspace, false)?;
    let home = workspace.target.join("mutants");
    let tree = Tree::copy(&workspace.root, home.join("tree"))?;
    std::env::set_current_dir(&tree.top)
        .with_context(|| format!("cannot enter {}", tree.top.display()))?;
    let target = home.join("target").display().to_string();
    for tests in [OF_THE_STORE, OF_A_CLUSTER] {
        let failed = failures(tests, &target)?;
        if !failed.is_empty() {
            bail!("with all guards in place these fail: {}", failed.join(", "));
        }
    }
    let mut outcomes = Vec::new();
    for mutant in MUTANTS.iter().filter(|mutant| mutant.guard.contains(only)) {
        eprintln!("\n== without: {}", mutant.guard);
        tree.take_out(mutant)?;
        let outcome = outcome(mutant, &target);
        tree.put_back(mutant)?;
        outcomes.push(outcome?);
    }
    for outcome in &outcomes {
        println!("{outcome}");
    }
    let surviving: Vec<_> = outcomes.iter().filter(|o| o.survives).map(|o| o.guard).collect();
    if !surviving.is_empty() {
        bail!("not missed where they must be: {}", surviving.join("; "));
    }
    Ok(())
}

fn outcome(mutant: &Mutant, target: &str) -> Result<Outcome> {
    let store = failures(OF_THE_STORE, target)?;
    let cluster = failures(OF_A_CLUSTER, target)?;
    let survives = match mutant.must_show_in_a_cluster {
        true => store.is_empty() || cluster.is_empty(),
        false => store.is_empty() && cluster.is_empty(),
    };
    Ok(Outcome { guard: mutant.guard, store, cluster, survives })
}

/// The names of the tests that fail. What cannot be built, or fails without naming a test, is an
/// error: it says nothing about the guard.
fn failures(tests: &[&str], target: &str) -> Result<Vec<String>> {
    let args: Vec<&str> =
        ["test", "--locked", "--no-fail-fast"].iter().chain(tests).copied().collect();
    let command = CommandLine::cargo(&args).with_env("CARGO_TARGET_DIR", target);
    let (output, succeeded) = command.run_and_keep(io::sink())?;
    let failed = failed_tests(&output);
    if failed.is_empty() != succeeded {
        bail!("`{command}` failed, and no test of it");
    }
    Ok(failed)
}

fn failed_tests(output: &str) -> Vec<String> {
    let name =
        |line: &str| Some(line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
    output.lines().filter_map(name).collect()
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "without {}", self.guard)?;
        for (whose, failed) in [("store", &self.store), ("cluster", &self.cluster)] {
            match &failed[..] {
                [] => writeln!(f, "  {whose:<8} nothing fails")?,
                failed => failed.iter().try_for_each(|name| writeln!(f, "  {whose:<8} {name}"))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_that_failed_are_named() {
        let output = "running 3 tests\ntest a::one ... ok\ntest a::two ... FAILED\n\
                      test a::three ... ignored\n\nfailures:\n    a::two\n";
        assert_eq!(failed_tests(output), ["a::two"]);
    }
}

//! What the chores need beside the code, and how to get it.
//!
//! Everything is looked for before the first build, which takes minutes: a machine that lacks
//! `redis-server` shall say so at once. Nothing is installed unasked; the commands are the same
//! whether they are shown or run.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::command::CommandLine;
use crate::packages::{PackageManager, Program};
use crate::python::{self, Venv};
use crate::workspace::Workspace;

/// The oldest Redis whose commands the scripts use.
const OLDEST_REDIS: (u32, u32) = (6, 2);

/// Something that is not there.
#[derive(Debug, PartialEq, Eq)]
struct Lack {
    what: String,
    /// The commands that bring it; empty when we know of none.
    remedy: Vec<CommandLine>,
    /// What to know before they run.
    warning: Option<&'static str>,
}

/// What the lints need: the two components of the toolchain.
///
/// # Errors
/// When one is missing; it says how to get it.
pub(crate) fn of_lints() -> Result<()> {
    settle(missing_components, false)
}

/// What the tests need beside that: Redis, and Python where there are tests in it, whose
/// interpreter is handed back.
///
/// # Errors
/// When something is missing and `install` was not asked for, or did not bring it.
pub(crate) fn of_tests(workspace: &Workspace, install: bool) -> Result<Option<PathBuf>> {
    let venv = Venv::of(workspace);
    settle(|| missing_for_tests(venv.as_ref()), install)?;
    Ok(venv.map(|venv| venv.interpreter()))
}

/// Looks, tells, installs when asked to, and looks again.
fn settle(look: impl Fn() -> Vec<Lack>, install: bool) -> Result<()> {
    let lacks = look();
    if lacks.is_empty() {
        return Ok(());
    }
    lacks.iter().for_each(tell);
    if !install {
        bail!("run the commands above, or let `cargo xtask test --install` run them");
    }
    for lack in &lacks {
        bring(lack)?;
    }
    let left: Vec<String> = look().into_iter().map(|lack| lack.what).collect();
    if !left.is_empty() {
        bail!("still missing after the installation: {}", left.join("; "));
    }
    Ok(())
}

fn tell(lack: &Lack) {
    eprintln!("missing: {}", lack.what);
    if lack.remedy.is_empty() {
        eprintln!("    (no known way to install it on this machine: please do it by hand)");
    }
    lack.remedy.iter().for_each(|command| eprintln!("    {command}"));
    lack.warning.iter().for_each(|warning| eprintln!("    note: {warning}"));
}

fn bring(lack: &Lack) -> Result<()> {
    if lack.remedy.is_empty() {
        bail!("cannot install {}", lack.what);
    }
    lack.remedy.iter().try_for_each(CommandLine::run)
}

fn missing_for_tests(venv: Option<&Venv>) -> Vec<Lack> {
    let venv = venv.filter(|venv| !venv.is_ready());
    let mut lacks = missing_components();
    lacks.extend(missing_programs(venv.is_some()));
    lacks.extend(venv.map(|venv| Lack {
        what: "the Python packages of the tests, in a virtual environment under target".to_owned(),
        remedy: venv.install(),
        warning: None,
    }));
    lacks
}

fn missing_components() -> Vec<Lack> {
    let has = |subcommand| CommandLine::cargo(&[subcommand, "--version"]).answer().is_some();
    let missing: Vec<&str> = [("fmt", "rustfmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|&(subcommand, _)| !has(subcommand))
        .map(|(_, component)| component)
        .collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let by_rustup = CommandLine::new("rustup", &["--version"]).answer().map(|_| {
        let args: Vec<&str> =
            ["component", "add"].into_iter().chain(missing.iter().copied()).collect();
        CommandLine::new("rustup", &args)
    });
    vec![Lack {
        what: format!("{} of the Rust toolchain", missing.join(" and ")),
        remedy: by_rustup.into_iter().collect(),
        warning: None,
    }]
}

fn missing_programs(venv_is_to_be_made: bool) -> Option<Lack> {
    let redis = redis_fault(CommandLine::new("redis-server", &["--version"]).answer().as_deref());
    let python = (venv_is_to_be_made && !python::system_has_venv())
        .then(|| "python3 with its venv module".to_owned());
    let missing: Vec<(Program, String)> = redis
        .map(|what| (Program::Redis, what))
        .into_iter()
        .chain(python.map(|what| (Program::Python, what)))
        .collect();
    let (programs, what): (Vec<Program>, Vec<String>) = missing.into_iter().unzip();
    if programs.is_empty() {
        return None;
    }
    let manager = PackageManager::of_this_machine();
    Some(Lack {
        what: what.join(", "),
        remedy: manager.map(|manager| manager.install(&programs)).unwrap_or_default(),
        warning: manager.and_then(|manager| manager.warning(&programs)),
    })
}

/// What is wrong with a `redis-server` that gave this answer to `--version`, or none at all.
fn redis_fault(answer: Option<&str>) -> Option<String> {
    let (major, minor) = OLDEST_REDIS;
    let wanted = format!("redis-server {major}.{minor} or newer");
    let Some(answer) = answer else { return Some(wanted) };
    match version(answer) {
        Some(found) if found >= OLDEST_REDIS => None,
        Some((major, minor)) => Some(format!("{wanted} (the one on the path is {major}.{minor})")),
        None => Some(format!("{wanted} (the one on the path says {:?})", answer.trim())),
    }
}

/// The version in `Redis server v=7.0.15 sha=00000000:0 …`.
fn version(answer: &str) -> Option<(u32, u32)> {
    let (_, version) = answer.split_once(" v=")?;
    let mut numbers = version.split(['.', ' ']).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn an_old_redis_is_no_redis() {
        let cases = [
            (None, Some("redis-server 6.2 or newer")),
            (Some("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64"), None),
            (Some("Redis server v=6.2.0 sha=0"), None),
            (Some("Valkey server v=8.1.1 sha=0"), None),
            (
                Some("Redis server v=6.0.16 sha=00000000:0"),
                Some("redis-server 6.2 or newer (the one on the path is 6.0)"),
            ),
            (
                Some("something else\n"),
                Some(r#"redis-server 6.2 or newer (the one on the path says "something else")"#),
            ),
        ];
        for (answer, fault) in cases {
            assert_eq!(redis_fault(answer).as_deref(), fault, "{answer:?}");
        }
    }

    fn lack(remedy: Vec<CommandLine>) -> Vec<Lack> {
        vec![Lack { what: "a thing".to_owned(), remedy, warning: None }]
    }

    #[test]
    fn nothing_is_installed_unasked() {
        let remedy = || lack(vec![CommandLine::new("false", &[])]);
        let error = settle(remedy, false).expect_err("the thing is missing");
        assert!(error.to_string().contains("cargo xtask test --install"), "{error}");
        let error = settle(remedy, true).expect_err("the remedy fails");
        assert!(error.to_string().contains("`false` failed"), "{error}");
    }

    #[test]
    fn a_remedy_that_brings_nothing_is_a_failure() {
        let remedy = || lack(vec![CommandLine::new("true", &[])]);
        let error = settle(remedy, true).expect_err("the thing is still missing");
        assert!(
            error.to_string().contains("still missing") && error.to_string().contains("a thing")
        );
        let error = settle(|| lack(Vec::new()), true).expect_err("there is no remedy");
        assert!(error.to_string().contains("cannot install a thing"), "{error}");
    }

    #[test]
    fn a_remedy_ends_at_its_first_failure() {
        let looks = Cell::new(0);
        let look = |remedy: &[CommandLine]| {
            looks.set(looks.get() + 1);
            if looks.get() == 1 { lack(remedy.to_vec()) } else { Vec::new() }
        };
        let (bad, good) = (CommandLine::new("false", &[]), CommandLine::new("true", &[]));
        let remedy = [bad.clone(), good.clone()];
        assert!(settle(|| look(&remedy), true).is_err(), "the last one alone does not do");
        looks.set(0);
        let remedy = [bad.may_fail(), good];
        settle(|| look(&remedy), true).expect("the second look finds it");
        assert_eq!(looks.get(), 2);
    }
}

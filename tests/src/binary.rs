//! The binary under test: the one of the sources as they are.
//!
//! A test cannot ask cargo for the binary of another package, so it is looked for beside the test's
//! own executable, where `cargo build` and `cargo test --workspace` put it. `cargo test -p` does
//! not, and a stale binary would be worse than none: where a source is newer, cargo builds it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// Names a binary to test instead.
const VARIABLE: &str = "BELLWETHER_BIN";

/// Where the binary is.
///
/// # Panics
/// When it is not there and cannot be built.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| match env::var_os(VARIABLE) {
        Some(named) => PathBuf::from(named),
        None => built(),
    })
}

fn built() -> PathBuf {
    let own = env::current_exe().expect("a process knows its executable");
    let directory = own.parent().expect("an executable lies in a directory");
    // Tests lie in `deps`, programs beside the binary.
    let profile = match directory.file_name() {
        Some(name) if name == "deps" => directory.parent().expect("`deps` lies in a profile"),
        _ => directory,
    };
    let binary = profile.join("bellwether");
    if !is_fresh(&binary) {
        build(profile);
    }
    binary
}

fn is_fresh(binary: &Path) -> bool {
    let Some(made) = modified(binary) else { return false };
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let crates = entries(&top.join("crates"));
    let of_crates = crates
        .iter()
        .flat_map(|krate| ["src", "build.rs", "Cargo.toml"].map(|source| krate.join(source)));
    let of_all = ["proto", "Cargo.lock"].map(|source| top.join(source));
    of_crates.chain(of_all).all(|source| is_older(&source, made))
}

/// Whether the file, or all that the directory holds, was last changed before the binary was made.
/// What only tests use does not end up in it.
fn is_older(source: &Path, made: SystemTime) -> bool {
    let of_tests = source.file_stem().is_some_and(|name| name == "tests");
    if of_tests {
        return true;
    }
    if source.is_dir() {
        return entries(source).iter().all(|entry| is_older(entry, made));
    }
    modified(source).is_none_or(|changed| changed <= made)
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

fn build(profile: &Path) {
    let name = profile.file_name().and_then(|name| name.to_str()).unwrap_or("debug");
    // What cargo calls the profile whose output lies in `debug`.
    let name = if name == "debug" { "dev" } else { name };
    let target = profile.parent().expect("a profile lies in the target directory");
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--quiet", "--locked", "--package", "bellwether-cli"]);
    command.args(["--profile", name, "--target-dir"]).arg(target);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    let status = command.status().expect("the cargo that built this can be started");
    assert!(status.success(), "{command:?} failed ({status})");
}

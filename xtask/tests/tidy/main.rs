//! Conventions that neither the compiler nor clippy checks, each a test.
//!
//! Every rule is a pure function from a file's text to the faults in it, so that a test can show it
//! a bad text and see it object; another runs it over the tree.

mod manifests;
mod scripts;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

/// The top of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies below the top")
}

/// The text of a file of the repository.
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs a rule over files and fails with all that it found. No file at all is a failure too: the
/// rule would have looked in the wrong place.
fn hold(files: &[PathBuf], rule: impl Fn(&str) -> Vec<String>) {
    assert!(!files.is_empty(), "there is no such file: does the rule look in the right place?");
    let mut faults = Vec::new();
    for path in files {
        let shown = path.strip_prefix(root()).unwrap_or(path).display();
        faults.extend(rule(&read(path)).iter().map(|fault| format!("{shown}: {fault}")));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The directories `crates/*`, or what lies at `below` in each.
fn in_each_crate(below: &str) -> Vec<PathBuf> {
    entries(&root().join("crates")).into_iter().map(|krate| krate.join(below)).collect()
}

/// All files under a directory whose names end in the extension, in order; none when there is no
/// such directory. Build outputs are left out.
fn files_under(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in entries(directory) {
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target") {
                found.extend(files_under(&path, extension));
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

/// The lines of a text with their numbers, from 1.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

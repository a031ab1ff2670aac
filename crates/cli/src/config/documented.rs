//! `deploy/bellwether.toml` says what the settings are and what their defaults: this holds it to that.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bellwether_domain::Namespace;
use tempfile::TempDir;

use super::raw::Raw;
use super::settings::Checked;
use super::{Flags, keys};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/bellwether.toml");

/// Whose defaults depend on where a node is, or are none; the file has examples for them.
const NO_FIXED_DEFAULT: [&str; 7] = [
    "node",
    "partitions",
    "redis_stream_url",
    "max_jobs_per_namespace",
    "shortest_interval",
    "namespace_concurrency",
    "host_concurrency",
];

/// What a file, or none, makes of a node.
fn checked(config: Option<&Path>) -> Checked {
    let flags = Flags { config: config.map(PathBuf::from), ..Flags::default() };
    let raw = Raw::read(&flags, std::iter::empty()).expect("a readable file with known keys");
    Checked::new(raw, "host").expect("good settings")
}

/// The file with every setting in force: a line that begins with `#` and a letter, or `#[`, is one,
/// prose has a blank after the `#`.
fn uncommented(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => rest,
        _ => line,
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn file() -> String {
    fs::read_to_string(FILE).expect("deploy/bellwether.toml is part of the repository")
}

/// The keys that a text sets.
fn keys_of(text: &str) -> BTreeSet<String> {
    let sets = |line: &str| {
        let table = line.strip_prefix('[').map(|table| table.trim_end_matches(']').to_owned());
        table.or_else(|| line.split_once(" = ").map(|(key, _)| key.to_owned()))
    };
    let in_force = text.lines().filter(|line| !line.starts_with('#'));
    in_force.take_while(|line| *line != "[job_defaults]").filter_map(sets).collect()
}

#[test]
fn as_it_is_it_changes_nothing() {
    let told = keys_of(&file());
    assert!(told.is_empty(), "it sets {told:?}");
    assert_eq!(checked(Some(Path::new(FILE))).rows, checked(None).rows);
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let text = uncommented(&file());
    let mut documented = keys_of(&text);
    assert!(text.contains("\n[job_defaults]\n"), "{text}");
    assert!(text.contains("\n[namespaces.billing]\n"), "{text}");
    documented.extend([keys::JOB_DEFAULTS.to_owned(), keys::NAMESPACES.to_owned()]);
    let known: BTreeSet<String> = keys::in_file().map(ToOwned::to_owned).collect();
    assert_eq!(documented, known);

    let directory = TempDir::new().expect("a temporary directory");
    let path = directory.path().join("bellwether.toml");
    fs::write(&path, text).expect("the directory is ours");
    let (told, default) = (checked(Some(&path)), checked(None));
    let value = |checked: &Checked, key: &str| {
        let row = checked.rows.iter().find(|(name, ..)| *name == key);
        row.map(|(_, value, _)| value.clone())
    };
    for key in keys::in_env().filter(|key| !NO_FIXED_DEFAULT.contains(key)) {
        assert_eq!(value(&told, key), value(&default, key), "{key}");
    }
    let general = |checked: &Checked| checked.settings.defaults.of(&Namespace::default()).clone();
    assert_eq!(general(&told), general(&default), "job_defaults");
}

//! Rules for the Rust sources.

use std::path::PathBuf;

use super::{files_under, hold, in_each_crate, numbered, read, root};

/// The most lines that a file of a crate may have, tests included.
const LONGEST: usize = 600;

/// From here on a file wants splitting: it is named, but not refused.
const LONG: usize = 400;

/// Words that mark something as unfinished. Put together here, so that this file has none of them.
const MARKERS: &[&str] =
    &[concat!("to", "do!"), concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

/// What a test says, on the line where it sleeps, to explain why it does not wait for a condition.
const PACED: &str = "// paced: ";

fn of_crates() -> Vec<PathBuf> {
    in_each_crate("src").iter().flat_map(|src| files_under(src, "rs")).collect()
}

fn of_tests() -> Vec<PathBuf> {
    let mut directories = in_each_crate("tests");
    directories.push(root().join("tests"));
    directories.iter().flat_map(|tests| files_under(tests, "rs")).collect()
}

/// Every source that is ours, scripts and the wire format among them.
fn everything() -> Vec<PathBuf> {
    let within = |directory: &str, extension| files_under(&root().join(directory), extension);
    let places = [
        within("crates", "rs"),
        within("tests", "rs"),
        within("xtask", "rs"),
        within("crates", "lua"),
        within("proto", "proto"),
        within("tests", "py"),
    ];
    places.into_iter().flatten().collect()
}

fn too_long(source: &str) -> Vec<String> {
    let length = source.lines().count();
    let fault = format!("{length} lines, at most {LONGEST} may be: split it by topic");
    if length > LONGEST { vec![fault] } else { Vec::new() }
}

fn unfinished(source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in numbered(source) {
        for marker in MARKERS.iter().filter(|marker| has_word(line, marker)) {
            faults.push(format!("line {number}: has a {marker}"));
        }
    }
    faults
}

fn sleeps(test: &str) -> Vec<String> {
    let is_unexplained = |line: &str| {
        let is_comment = line.trim_start().starts_with("//");
        let reason = line.split_once(PACED).map(|(_, reason)| reason.trim());
        !is_comment && has_word(line, "sleep(") && reason.is_none_or(str::is_empty)
    };
    numbered(test)
        .filter(|(_, line)| is_unexplained(line))
        .map(|(number, _)| {
            format!(
                "line {number}: sleeps. Wait for a condition, or say on the same line why this \
                 must take its time: `{PACED}<reason>`"
            )
        })
        .collect()
}

/// Whether the line has the word, not merely as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        // What ends in a bracket is over there.
        let is_over = !word.ends_with(goes_on) || !after.starts_with(goes_on);
        !line[..at].ends_with(goes_on) && is_over
    })
}

#[test]
fn no_file_is_too_long() {
    let files = of_crates();
    for path in &files {
        let length = read(path).lines().count();
        if length > LONG {
            println!("{}: {length} lines, wants splitting", path.display());
        }
    }
    hold(&files, too_long);
}

#[test]
fn nothing_is_marked_as_unfinished() {
    hold(&everything(), unfinished);
}

#[test]
fn no_test_sleeps_without_a_reason() {
    hold(&of_tests(), sleeps);
}

#[test]
fn a_file_too_long_is_seen() {
    assert_eq!(too_long(&"\n".repeat(LONGEST)), [""; 0]);
    assert_eq!(
        too_long(&"\n".repeat(LONGEST + 1)),
        ["601 lines, at most 600 may be: split it by topic"]
    );
}

#[test]
fn a_marker_is_seen() {
    for marker in MARKERS {
        let fault = format!("line 2: has a {marker}");
        assert_eq!(unfinished(&format!("fine\n    // {marker}: later\n")), [fault]);
    }
    let words = [concat!("XX", "XX"), concat!("PREFIX", "ME"), concat!("_X", "X", "X")];
    assert_eq!(unfinished(&words.join("\n")), [""; 0]);
}

#[test]
fn a_sleep_is_seen() {
    let cases = [
        ("    tokio::time::sleep(SECOND).await;", 1),
        ("    std::thread::sleep(second); // it takes a while", 1),
        ("    sleep(second); // paced: ", 1),
        ("    sleep(second); // paced: one look every 20 ms", 0),
        ("    // never sleep(…) here", 0),
        ("    fall_asleep(node);", 0),
    ];
    for (line, faults) in cases {
        assert_eq!(sleeps(line).len(), faults, "{line}");
    }
}

//! Rules for the Lua scripts of the Redis store.
//!
//! They run where no debugger reaches, and block every client of the server while they do: so each
//! is short, and says at its head what it is given and what it answers. A key that a script names
//! by itself is not declared, lies in any slot of a Redis Cluster, and is found only in production.
//!
//! What several scripts are composed of lies in `lua/sections`, takes and answers nothing by itself,
//! and so only says what it is for. Every other file is a script: none escapes by being forgotten.

use std::path::{Path, PathBuf};

use super::{files_under, hold, numbered, root};

/// The most lines that a script may have below its header.
const LONGEST: usize = 80;

/// What the header says, each at the start of a line of it.
const HEADINGS: &[&str] = &["KEYS", "ARGV", "Reply"];

/// All Lua files: the scripts, and the sections that they are composed of.
fn all() -> Vec<PathBuf> {
    files_under(&root().join("crates/store-redis/src/lua"), "lua")
}

fn is_section(path: &Path) -> bool {
    path.parent().is_some_and(|directory| directory.ends_with("sections"))
}

/// The comment that a script begins with, and the rest.
fn header_and_body(script: &str) -> (Vec<&str>, Vec<&str>) {
    let header = |line: &&str| line.starts_with("--") || line.trim().is_empty();
    let length = script.lines().take_while(header).count();
    (script.lines().take(length).collect(), script.lines().skip(length).collect())
}

fn faults_of_the_header(script: &str) -> Vec<String> {
    let (header, _) = header_and_body(script);
    let says = |heading: &str| {
        header.iter().any(|line| line.trim_start_matches(['-', ' ']).starts_with(heading))
    };
    let missing: Vec<&str> = HEADINGS.iter().copied().filter(|heading| !says(heading)).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let missing = missing.join(", ");
    vec![format!(
        "no line of its header begins with: {missing} (a section of scripts lies in lua/sections)"
    )]
}

fn faults_of_a_section(section: &str) -> Vec<String> {
    let says_something = |line: &str| line.starts_with("--") && line.len() > "-- ".len();
    let fault = "does not begin with a comment that says what it is for".to_owned();
    if section.lines().next().is_some_and(says_something) { Vec::new() } else { vec![fault] }
}

fn faults_of_the_length(script: &str) -> Vec<String> {
    let length = header_and_body(script).1.len();
    let fault = format!("{length} lines below its header, at most {LONGEST} may be");
    if length > LONGEST { vec![fault] } else { Vec::new() }
}

fn keys_of_its_own(script: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in numbered(script) {
        let code = line.split("--").next().unwrap_or_default();
        if code.contains("{bw:") {
            faults.push(format!("line {number}: names a key; declare it and take it from KEYS"));
        }
        if code.contains("'KEYS'") || code.contains("\"KEYS\"") {
            faults.push(format!("line {number}: searches the whole server by the command KEYS"));
        }
    }
    faults
}

#[test]
fn every_script_says_what_it_takes_and_answers() {
    let scripts: Vec<PathBuf> = all().into_iter().filter(|path| !is_section(path)).collect();
    hold(&scripts, faults_of_the_header);
}

#[test]
fn every_section_says_what_it_is_for() {
    let sections: Vec<PathBuf> = all().into_iter().filter(|path| is_section(path)).collect();
    // There need not be any, unlike scripts.
    if !sections.is_empty() {
        hold(&sections, faults_of_a_section);
    }
}

#[test]
fn no_script_is_long() {
    hold(&all(), faults_of_the_length);
}

#[test]
fn no_script_makes_key_names() {
    hold(&all(), keys_of_its_own);
}

#[test]
fn a_poor_header_is_seen() {
    let good = "-- Renews a lease.\n--\n-- KEYS[1]  lease\n-- ARGV[1] epoch\n-- Reply: 1 or 0\n";
    assert_eq!(faults_of_the_header(&format!("{good}return 1\n")), [""; 0]);
    for heading in HEADINGS {
        let poor = good.replace(heading, "something");
        let fault = format!(
            "no line of its header begins with: {heading} (a section of scripts lies in lua/sections)"
        );
        assert_eq!(faults_of_the_header(&poor), [fault]);
    }
    // Below the first code it is no header any more.
    assert_eq!(faults_of_the_header(&format!("local a = 1\n{good}")).len(), 1);
}

#[test]
fn a_section_without_a_word_is_seen() {
    assert_eq!(faults_of_a_section("-- The store's time.\nlocal now = 1\n"), [""; 0]);
    for poor in ["", "local now = 1\n", "--\nlocal now = 1\n", "\n-- late\n"] {
        assert_eq!(faults_of_a_section(poor).len(), 1, "{poor:?}");
    }
}

#[test]
fn a_section_is_known_by_its_place() {
    assert!(is_section(Path::new("lua/sections/clock.lua")));
    assert!(!is_section(Path::new("lua/turn.lua")));
    assert!(!is_section(Path::new("lua/sections.lua")));
}

#[test]
fn a_long_script_is_seen() {
    let script = |lines| format!("-- header\n\n{}", "return 1\n".repeat(lines));
    assert_eq!(faults_of_the_length(&script(LONGEST)), [""; 0]);
    assert_eq!(
        faults_of_the_length(&script(LONGEST + 1)),
        ["81 lines below its header, at most 80 may be"]
    );
}

#[test]
fn a_key_made_in_a_script_is_seen() {
    let cases = [
        ("local due = '{bw:' .. cluster .. '}:due'", 1),
        ("redis.call('KEYS', '*')", 1),
        ("redis.call('GET', KEYS[1]) -- of the form {bw:c:1}:lease", 0),
    ];
    for (line, faults) in cases {
        assert_eq!(keys_of_its_own(line).len(), faults, "{line}");
    }
}

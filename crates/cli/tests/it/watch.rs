//! `run watch`, against a node in memory.

use rustix::process::Signal;
use serde_json::Value;

use crate::process::bellwether;
use crate::running::{Line, Node, Running};

fn start(node: &Node, arguments: &[&str]) -> Running {
    let address = ["--address", &node.grpc];
    Running::start(bellwether(&[&["run", "watch"], arguments, &address[..]].concat()))
}

/// Whether it has said that it watches.
fn has_begun(lines: &[Line]) -> Option<()> {
    lines.iter().filter_map(Line::err).any(|line| line.contains("watching")).then_some(())
}

/// The objects that were printed so far.
fn printed(lines: &[Line]) -> Vec<Value> {
    lines.iter().filter_map(Line::out).map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn states(runs: &[Value]) -> Vec<&str> {
    runs.iter().map(|run| run["state"].as_str().unwrap()).collect()
}

#[test]
fn changes_are_printed_as_they_come() {
    let node = Node::start();
    node.run(&["job", "create", "tick", "--every", "1h", "--noop"]).text();
    let mut table = start(&node, &["tick"]);
    table.until("a word that it watches", has_begun);
    node.run(&["job", "run", "tick", "--wait"]).text();
    let shown = table.until("three changes", |lines| {
        let rows: Vec<String> = lines.iter().filter_map(Line::out).map(str::to_owned).collect();
        (rows.len() == 4).then_some(rows)
    });
    assert!(shown[0].starts_with("NAMESPACE  JOB"), "{shown:?}");
    for (row, state) in shown[1..].iter().zip(["pending", "running", "succeeded"]) {
        assert!(row.contains(state), "{row}");
    }
    table.signal(Signal::INT);
    assert_eq!(table.ended().0.code(), Some(130));
}

#[test]
fn a_watch_that_was_limited_is_resumed_by_its_cursor() {
    let node = Node::start();
    node.run(&["job", "create", "tick", "--every", "1h", "--noop"]).text();
    let mut first = start(&node, &["--limit", "2", "-o", "jsonl"]);
    first.until("a word that it watches", has_begun);
    node.run(&["job", "run", "tick", "--wait"]).text();
    let (status, lines) = first.ended();
    assert!(status.success());
    let mut runs = printed(&lines);
    assert!((2..=3).contains(&runs.len()), "{runs:?}");
    let cursor = lines.iter().filter_map(Line::err).find_map(|line| line.strip_prefix("cursor "));
    let cursor = cursor.unwrap().to_owned();
    node.run(&["job", "run", "tick", "--wait"]).text();

    let rest = (6 - runs.len()).to_string();
    let again = ["run", "watch", "--cursor", &cursor, "--limit", &rest, "-o", "jsonl"];
    let again = node.run(&again).text();
    runs.extend(again.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    let one = ["RUN_STATE_PENDING", "RUN_STATE_RUNNING", "RUN_STATE_SUCCEEDED"];
    assert_eq!(states(&runs), [one, one].concat(), "nothing is missed and nothing comes twice");
    let said = node.run(&["run", "watch", "--cursor", "nonsense"]).error(2);
    assert!(said.contains("cursor"), "{said}");
}

//! `dev --nodes 3`: a table of leaders, a node killed, the table again, and nothing left behind.

use std::collections::HashSet;
use std::env;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use crate::process::bellwether;
use crate::running::{Line, Running, eventually};

/// A line of the table.
#[derive(Clone, Debug)]
struct Row {
    node: String,
    pid: i32,
    leads: usize,
    partitions: Vec<u32>,
}

fn dev() -> Running {
    let mut command = bellwether(&["dev", "--nodes", "3"]);
    command.env("PATH", env::var_os("PATH").unwrap_or_default());
    Running::start(command)
}

/// The whole tables that were printed.
fn tables(lines: &[Line]) -> Vec<Vec<Row>> {
    let mut tables = Vec::new();
    let mut lines = lines.iter().filter_map(Line::out);
    while lines.any(|line| line.starts_with("NODE ")) {
        let mut table = Vec::new();
        loop {
            match lines.next() {
                None => return tables,
                Some("") => break,
                Some(line) => table.push(row(line)),
            }
        }
        tables.push(table);
    }
    tables
}

fn row(line: &str) -> Row {
    let mut cells = line.split_whitespace();
    let mut cell = || cells.next().unwrap_or_else(|| panic!("a cell is missing in {line}"));
    let node = cell().to_owned();
    let pid = cell().parse().unwrap();
    let _grpc = cell();
    let leads = cell().parse().unwrap();
    let partitions = cells.filter_map(|number| number.parse().ok()).collect();
    Row { node, pid, leads, partitions }
}

/// The latest table of so many nodes, each of which leads something.
fn table_of(lines: &[Line], nodes: usize) -> Option<Vec<Row>> {
    let table = tables(lines).pop()?;
    (table.len() == nodes && table.iter().all(|row| row.leads > 0)).then_some(table)
}

/// Every partition has exactly one leader.
fn assert_all_led(table: &[Row]) {
    let mut led: Vec<_> = table.iter().flat_map(|row| row.partitions.clone()).collect();
    led.sort_unstable();
    assert_eq!(led, (0..16).collect::<Vec<_>>(), "{table:#?}");
    assert!(table.iter().all(|row| row.leads == row.partitions.len()), "{table:#?}");
}

/// The process of the Redis.
fn redis_of(lines: &[Line]) -> Option<i32> {
    let line = lines.iter().filter_map(Line::err).find(|line| line.contains("jobs in redis://"))?;
    line.split_once("(process ")?.1.trim_end_matches(')').parse().ok()
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

/// Whether the process has ended. One that nobody has waited for yet has.
fn is_gone(pid: i32) -> bool {
    let listed = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8(listed.stdout).unwrap();
    state.trim().is_empty() || state.trim().starts_with('Z')
}

fn runs(lines: &[Line]) -> HashSet<&str> {
    lines.iter().filter_map(Line::out).filter(|line| line.contains("succeeded")).collect()
}

#[test]
fn a_killed_node_is_replaced_and_ctrl_c_ends_everything() {
    let mut dev = dev();
    let table = dev.until("table of three leaders", |lines| table_of(lines, 3));
    assert_all_led(&table);
    let redis = dev.until("word about Redis", redis_of);
    dev.until("run", |lines| (!runs(lines).is_empty()).then_some(()));

    // The first node is the one that the client asks, so its death is the harder one.
    let killed = table[0].clone();
    kill(killed.pid);
    dev.until("word of its death", |lines| {
        let said = format!("{} (process {}) was killed with -9", killed.node, killed.pid);
        lines.iter().filter_map(Line::err).find(|line| line.contains(&said)).map(|_| ())
    });
    let table = dev.until("table of two leaders", |lines| table_of(lines, 2));
    assert_all_led(&table);
    assert!(table.iter().all(|row| row.node != killed.node), "{table:#?}");
    let before = dev.until("runs", |lines| Some(runs(lines).len()));
    dev.until("more runs", |lines| (runs(lines).len() > before).then_some(()));

    dev.signal(Signal::INT);
    let (status, lines) = dev.ended();
    assert_eq!(status.code(), Some(0), "{lines:#?}");
    for pid in table.iter().map(|row| row.pid).chain([redis, killed.pid]) {
        assert!(is_gone(pid), "{pid} lives on: {lines:#?}");
    }
}

#[test]
fn nothing_is_left_behind_by_a_dev_that_is_killed() {
    let mut dev = dev();
    // Any table will do: the processes are what matters.
    let table = dev.until("table", |lines| tables(lines).pop());
    let redis = dev.until("word about Redis", redis_of);
    assert_eq!(table.len(), 3);
    dev.signal(Signal::KILL);
    for pid in table.iter().map(|row| row.pid).chain([redis]) {
        eventually("the end of every process", || is_gone(pid).then_some(()));
    }
}

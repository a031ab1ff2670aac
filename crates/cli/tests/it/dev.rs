//! `dev`: jobs run, the commands that it prints work, and Ctrl-C ends it.

use std::net::TcpListener;

use rustix::process::Signal;

use crate::process::{bellwether, end, run};
use crate::running::{Line, Running};

const JOBS: [&str; 3] = ["demo-cron", "demo-interval", "demo-once"];

fn dev() -> Running {
    Running::start(bellwether(&["dev"]))
}

/// The runs that succeeded, by their lines.
fn succeeded<'a>(lines: &'a [Line], job: &'a str) -> impl Iterator<Item = &'a str> {
    lines
        .iter()
        .filter_map(Line::out)
        .filter(move |line| line.contains("succeeded") && line.contains(&format!("default/{job} ")))
}

/// The commands to try, without the program.
fn to_try(lines: &[Line]) -> Option<Vec<String>> {
    let mut after = lines.iter().filter_map(Line::err).skip_while(|line| !line.contains("To try"));
    after.next()?;
    let commands: Vec<_> = after
        .map_while(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split_once(' '))
        .map(|(_, arguments)| arguments.to_owned())
        .collect();
    (commands.len() >= 5).then_some(commands)
}

/// The words of a command line, in which single quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('\'').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(ToOwned::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

#[test]
fn demo_jobs_run_and_the_printed_commands_work() {
    let mut dev = dev();
    for job in JOBS {
        let line = dev.until(&format!("run of {job}"), |lines| {
            succeeded(lines, job).next().map(ToOwned::to_owned)
        });
        for part in ["fire time ", " late", "attempt 1"] {
            assert!(line.contains(part), "{part:?} is missing in {line}");
        }
    }
    dev.until("second run of demo-cron", |lines| succeeded(lines, "demo-cron").nth(1).map(|_| ()));
    let commands = dev.until("commands to try", to_try);
    for command in commands {
        let words = words(&command);
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let ended = run(&words);
        assert_eq!(ended.code, Some(0), "{command}: {ended:?}");
    }
    dev.signal(Signal::INT);
    let (status, lines) = dev.ended();
    assert_eq!(status.code(), Some(0), "{lines:#?}");
    assert_eq!(succeeded(&lines, "demo-once").count(), 1, "{lines:#?}");
    assert!(lines.iter().all(|line| !line.err().is_some_and(|text| text.contains("panicked"))));
}

#[test]
fn a_port_that_is_taken_is_no_obstacle() {
    // Whoever has the port, it is taken now.
    let _taken = TcpListener::bind("127.0.0.1:7400");
    let mut dev = dev();
    let commands = dev.until("commands to try", to_try);
    assert!(commands[0].contains("--address 127.0.0.1:"), "{commands:?}");
    let words = words(&commands[0]);
    let listed = run(&words.iter().map(String::as_str).collect::<Vec<_>>()).text();
    assert!(listed.contains("demo-interval"), "{listed}");
    dev.signal(Signal::TERM);
    let (status, lines) = dev.ended();
    assert_eq!(status.code(), Some(0), "{lines:#?}");
    assert!(lines.iter().any(|line| line.err().is_some_and(|text| text.contains("is taken"))));
}

#[test]
fn what_cannot_be_is_said() {
    let said = run(&["dev", "--redis", "/usr/bin/redis-server"]).error(2);
    assert!(said.contains("--nodes 2"), "{said}");
    run(&["dev", "--nodes", "0"]).error(2);
    let said = run(&["dev", "--nodes", "2", "--redis", "/nowhere/redis"]).error(1);
    assert!(said.contains("--redis /nowhere/redis: No such file"), "{said}");
    let mut without = bellwether(&["dev", "--nodes", "2"]);
    without.env("PATH", "/nowhere");
    let said = end(without).error(1);
    assert!(said.contains("apt install redis-server"), "{said}");
}

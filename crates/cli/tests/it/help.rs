//! What the binary says about itself.

use crate::process::{bellwether, end, run};
use crate::running::{Node, eventually};

#[test]
fn the_commands_are_listed() {
    insta::assert_snapshot!(run(&["--help"]).text());
}

#[test]
fn the_flags_of_a_node_are_listed() {
    insta::assert_snapshot!(run(&["serve", "--help"]).text());
}

#[test]
fn the_flags_of_a_job_are_listed() {
    insta::assert_snapshot!(run(&["job", "create", "--help"]).text());
}

#[test]
fn versions_are_told() {
    let version = format!("bellwether {}\n", env!("CARGO_PKG_VERSION"));
    for arguments in [["--version"], ["-V"], ["version"]] {
        assert_eq!(run(&arguments).text(), version, "{arguments:?}");
    }
    for arguments in [["--version", "--verbose"], ["version", "--verbose"]] {
        let text = run(&arguments).text();
        let data = text.strip_prefix(&version).unwrap();
        let edition = data.strip_prefix("time zone data ").unwrap().trim();
        assert!(edition >= "2026f", "{edition}");
    }
}

#[test]
fn what_is_no_command_line_is_exit_2() {
    for arguments in [
        &["--nonsense"][..],
        &["nonsense"],
        &["job"],
        &["job", "create"],
        &["job", "create", "x", "--cron", "* * * * *"],
        &["job", "create", "x", "--every", "5m", "--cron", "* * * * *", "--noop"],
        &["job", "create", "x", "--every", "5m", "--noop", "--http", "http://example.com"],
        &["job", "create", "x", "--every", "soon", "--noop"],
        &["job", "create", "x", "--every", "5m", "--tz", "Europe/Berlin", "--noop"],
        &["job", "create", "x", "--every", "5m", "--noop", "--label", "novalue"],
        &["job", "create", "x", "--every", "5m", "--worker", "queue"],
        &["job", "list", "-o", "xml"],
        &["job", "delete"],
        &["job", "list", "--address", "nowhere"],
        &["job", "list", "--address", "https://localhost:7400"],
        &["job", "apply", "-f", "/nonexistent.yaml"],
        &["--verbose"],
    ] {
        run(arguments).error(2);
    }
}

#[test]
fn a_cluster_that_is_away_is_exit_6() {
    // The port was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let said = run(&["job", "list", "--address", &address]).error(6);
    assert!(said.contains("UNAVAILABLE") && said.contains(&address), "{said}");

    let mut command = bellwether(&["job", "list"]);
    command.env("BELLWETHER_ADDRESS", &address);
    assert!(end(command).error(6).contains(&address));
}

#[test]
fn a_probe_is_told_apart_from_a_node_that_is_not_there() {
    let node = Node::start();
    eventually("readiness", || (node.run(&["health"]).code == Some(0)).then_some(()));
    let status = node.run(&["health", "--service", "liveness", "-o", "json"]).json();
    assert_eq!(status, serde_json::json!({ "service": "liveness", "status": "SERVING" }));
    let said = node.run(&["health", "--service", "livenes"]).error(3);
    assert!(said.contains("NOT_FOUND") && said.contains("livenes"), "{said}");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    run(&["health", "--address", &format!("127.0.0.1:{port}")]).error(6);
}

#[test]
fn a_completion_script_knows_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completion", shell]).text();
        assert!(script.contains("scheduling") && script.contains("lease-ttl"), "{shell}");
    }
}

#[test]
fn a_reader_may_go_away() {
    // A pipe whose reading end is closed before anything is written.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = bellwether(&["next", "--cron", "* * * * *", "--count", "1000"]);
    let child = command.stdout(writer).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &[][..]));
}

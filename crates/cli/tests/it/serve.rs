//! `serve`: how a node starts, answers and leaves.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::process::{bellwether, run};
use crate::running::{Line, Node, Running, eventually, get, logged};

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A redis-server of the test's own.
struct Redis {
    child: Child,
    _dir: TempDir,
}

impl Redis {
    fn start(port: u16) -> Self {
        let dir = TempDir::new().unwrap();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--maxmemory-policy", "noeviction"])
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        Self { child, _dir: dir }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_node_answers_and_leaves_when_told() {
    for signal in [Signal::TERM, Signal::INT] {
        let node = Node::start();
        eventually("readiness", || get(&node.http, "/readyz").filter(|(status, _)| *status == 200));
        assert_eq!(get(&node.http, "/livez").unwrap().0, 200);
        let (status, metrics) = get(&node.http, "/metrics").unwrap();
        assert_eq!(status, 200);
        for part in [
            "bellwether_build_info{version=\"",
            "\",tzdb=\"20",
            "# HELP bellwether_partitions_led Partitions ",
        ] {
            assert!(metrics.contains(part), "{part} is missing in {metrics}");
        }
        node.process.signal(signal);
        let (status, lines) = node.process.ended();
        assert_eq!(status.code(), Some(0), "{lines:#?}");
    }
}

#[test]
fn a_store_that_is_away_is_waited_for_and_probes_are_answered() {
    let port = free_port();
    let http = format!("127.0.0.1:{}", free_port());
    let store = format!("redis://:s3cret@127.0.0.1:{port}");
    let flags = ["serve", "--store", &store, "--http-listen", &http];
    let mut process =
        Running::start(bellwether(&[&flags[..], &["--grpc-listen", "127.0.0.1:0"]].concat()));
    let away = |lines: &[Line]| logged(lines, "store away").nth(1);
    let said = process.until("a second complaint", away);
    assert_eq!(said["store"], format!("redis://:…@127.0.0.1:{port}"));
    process.until("a word that it waits", |lines| logged(lines, "waits for the store").next());
    assert_eq!(get(&http, "/livez").unwrap().0, 200);
    assert_eq!(get(&http, "/readyz").unwrap().0, 503);
    process.signal(Signal::TERM);
    let (status, lines) = process.ended();
    assert_eq!(status.code(), Some(0), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.err().is_some_and(|text| text.contains("s3cret"))));
}

#[test]
fn a_store_that_comes_later_is_found() {
    let port = free_port();
    let store = format!("redis://127.0.0.1:{port}");
    let flags = ["serve", "--store", &store, "--http-listen", "127.0.0.1:0"];
    let mut process =
        Running::start(bellwether(&[&flags[..], &["--grpc-listen", "127.0.0.1:0"]].concat()));
    let waiting =
        process.until("a word that it waits", |lines| logged(lines, "waits for the store").next());
    let http = waiting["http"].as_str().unwrap();
    assert_eq!(get(http, "/readyz").unwrap().0, 503);
    // Whoever restarts what does not live leaves it alone, and nobody sends it calls.
    let address = waiting["grpc"].as_str().unwrap();
    let health = |service| run(&["health", "--service", service, "--address", address]);
    assert_eq!(health("liveness").text(), "SERVING\n");
    assert_eq!(health("readiness").error(1), "error: readiness: NOT_SERVING\n");
    assert!(
        run(&["job", "list", "--deadline", "1s", "--address", address]).error(6).contains("store")
    );
    let _redis = Redis::start(port);
    let listening = process.until("listening", |lines| logged(lines, "listening").next());
    assert_eq!(listening["http"], http, "the port stays");
    assert_eq!(listening["grpc"], address, "the port stays");
    eventually("readiness", || get(http, "/readyz").filter(|(status, _)| *status == 200));
    assert_eq!(health("readiness").text(), "SERVING\n");
    let create = ["job", "create", "x", "--every", "1h", "--noop", "--address", address];
    run(&create).text();

    // A node that is told another number of partitions is refused, and says both.
    let said = run(&["serve", "--store", &store, "--partitions", "3"]).error(1);
    assert!(said.contains("16 partitions") && said.contains("3 are asked for"), "{said}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let flags = ["serve", "--store", "memory:", "--http-listen", "127.0.0.1:0"];
    let said = run(&[&flags[..], &["--grpc-listen", &address]].concat()).error(1);
    assert!(said.contains(&address), "{said}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    // A target that takes a connection and never answers keeps the node from leaving.
    let sink = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", sink.local_addr().unwrap());
    let mut node = Node::with(&["--store", "memory:", "--drain-grace", "1h"]);
    node.run(&["job", "create", "slow", "--every", "1h", "--http", &url]).text();
    node.run(&["job", "run", "slow"]).text();
    let (_connection, _) = sink.accept().unwrap();
    node.process.signal(Signal::TERM);
    node.process.until("a word that it leaves", |lines| logged(lines, "leaving").next());
    eventually("unreadiness", || get(&node.http, "/readyz").filter(|(status, _)| *status == 503));
    node.process.signal(Signal::INT);
    let (status, lines) = node.process.ended();
    assert_eq!(status.code(), Some(130), "{lines:#?}");
}

#[test]
fn ctrl_c_interrupts_a_command() {
    // It accepts and says nothing, so the command waits for its deadline.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let process =
        Running::start(bellwether(&["job", "list", "--address", &address, "--deadline", "1h"]));
    let (_connection, _) = silent.accept().unwrap();
    process.signal(Signal::INT);
    let (status, lines) = process.ended();
    assert_eq!(status.code(), Some(130), "{lines:#?}");
}

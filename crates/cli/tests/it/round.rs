//! One round through a job's life by the commands alone, as an operator goes.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::process::bellwether;
use crate::running::{Line, Node, Running, eventually};

/// A receiver that answers no request before the first one was given up, and every later one at
/// once. Its URL.
fn receiver() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, connection) in listener.incoming().enumerate() {
            let mut connection = connection.unwrap();
            let mut request = [0; 8 * 1024];
            let _ = connection.read(&mut request);
            if number == 0 {
                // Read until the other side hangs up.
                while connection.read(&mut request).is_ok_and(|read| read > 0) {}
                continue;
            }
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    url
}

fn state(run: &Value) -> &str {
    run["state"].as_str().unwrap()
}

/// What an operator defines of each job, and whether it fires.
fn listed(node: &Node) -> Vec<(String, Value, Value, Value)> {
    let jobs = node.run(&["job", "list", "-A", "-o", "json"]).json();
    let job = |job: &Value| {
        let field = |name: &str| job[name].clone();
        let name = format!("{}/{}", job["namespace"], job["id"]);
        (name, field("trigger"), field("target"), field("state"))
    };
    jobs.as_array().unwrap().iter().map(job).collect()
}

/// The states that a watch printed of the runs of a job, in order.
fn watched(lines: &[Line], job: &str) -> Vec<String> {
    let rows = lines.iter().filter_map(Line::out);
    let runs = rows.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_job = runs.filter(|run| run["job_id"] == job);
    of_job.map(|run| state(&run).trim_start_matches("RUN_STATE_").to_lowercase()).collect()
}

#[test]
fn an_operator_goes_the_round() {
    let node = Node::start();
    let json = |arguments: &[&str]| node.run(&[arguments, &["-o", "json"]].concat()).json();
    let mut watch =
        Running::start(bellwether(&["run", "watch", "-o", "jsonl", "--address", &node.grpc]));
    let begun = |lines: &[Line]| lines.iter().any(|line| line.err().is_some()).then_some(());
    watch.until("a word that it watches", begun);

    // Create.
    let url = receiver();
    json(&["job", "create", "tick", "--every", "100ms", "--noop", "--label", "round=1"]);
    json(&["job", "create", "hook", "--every", "24h", "--http", &url]);
    json(&["job", "create", "tenth", "--cron", "*/10 * * * *", "--noop", "--label", "round=1"]);

    // Pause with a reason, and resume with a catch-up: the fire times of the pause become one run.
    let paused = json(&["job", "pause", "tick", "--reason", "maintenance"]);
    assert_eq!(
        (state(&paused), &paused["pause_reason"]),
        ("JOB_STATE_PAUSED", &"maintenance".into())
    );
    thread::sleep(Duration::from_millis(450)); // paced: fire times pass while it is paused
    assert_eq!(state(&json(&["job", "resume", "tick", "--catch-up"])), "JOB_STATE_ACTIVE");
    let caught_up = eventually("a run that stands for the fire times of the pause", || {
        let runs = json(&["run", "list", "tick"]);
        let stands_for = |run: &Value| run["coalesced"]["count"].as_u64().unwrap_or(0);
        runs.as_array().unwrap().iter().map(stands_for).max().filter(|count| *count >= 3)
    });
    assert!(caught_up >= 3);
    json(&["job", "pause", "tick", "--reason", "quiet"]);

    // Run now, cancel what runs, and retry it.
    let run = json(&["job", "run", "hook"]);
    let id = run["id"].as_str().unwrap();
    eventually("an attempt", || {
        (state(&json(&["run", "get", "hook", id])) == "RUN_STATE_RUNNING").then_some(())
    });
    json(&["run", "cancel", "hook", id, "--reason", "it hangs"]);
    let ended = eventually("the end of what was cancelled", || {
        let run = json(&["run", "get", "hook", id]);
        (state(&run) == "RUN_STATE_CANCELLED").then_some(run)
    });
    assert_eq!(ended["reason"], "it hangs");
    let again = json(&["run", "retry", "hook", id]);
    let again = again["id"].as_str().unwrap();
    eventually("the success of the retry", || {
        (state(&json(&["run", "get", "hook", again])) == "RUN_STATE_SUCCEEDED").then_some(())
    });

    // Backfill an hour.
    let hour = ["--from", "2026-01-01T00:00:00Z", "--to", "2026-01-01T00:59:00Z"];
    let flags = ["--overlap", "queue", "--rate", "1000", "--wait"];
    json(&[&["job", "backfill", "tenth"], &hour[..], &flags[..]].concat());
    eventually("six runs", || {
        let runs = json(&["run", "list", "tenth", "--state", "succeeded"]);
        let filled = runs.as_array().unwrap().iter();
        let filled = filled.filter(|run| run["cause"] == "RUN_CAUSE_BACKFILL").count();
        (filled == 6).then_some(())
    });

    // What was watched.
    let hooks = watch.until("two runs of the hook", |lines| {
        let hooks = watched(lines, "hook");
        (hooks.len() >= 6).then_some(hooks)
    });
    let one = ["pending", "running"];
    assert_eq!(hooks, [&one[..], &["cancelled"], &one[..], &["succeeded"]].concat());
    watch.until("the runs of the hour", |lines| {
        let ends = watched(lines, "tenth").into_iter().filter(|state| state == "succeeded");
        (ends.count() >= 6).then_some(())
    });

    // Export, delete all, import: the list is as before.
    json(&["job", "resume", "tick"]);
    let before = listed(&node);
    let export = node.run(&["job", "export", "-A"]).text();
    assert!(node.run(&["job", "delete", "--all", "--yes"]).text().contains("deleted"));
    assert!(listed(&node).is_empty());
    let imported = node.run_with(&["job", "import", "-o", "json"], &export).json();
    assert_eq!(imported["created"], 3);
    assert_eq!(listed(&node), before);
    assert_eq!(node.run(&["job", "export", "-A"]).text(), export);
}

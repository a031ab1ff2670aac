//! The commands on jobs and runs, against a node in memory.

use serde_json::{Value, json};

use crate::process::{bellwether, end};
use crate::running::{Node, eventually};

/// Creates a job that does nothing, an hour from now and later.
fn create(node: &Node, id: &str) -> Value {
    node.run(&["job", "create", id, "--every", "1h", "--noop", "-o", "json"]).json()
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect()
}

#[test]
fn a_job_lives() {
    let node = Node::start();
    let job = create(&node, "nightly/backup");
    assert_eq!(job["namespace"], "default");
    assert_eq!(job["state"], "JOB_STATE_ACTIVE");
    assert_eq!(job["trigger"], json!({"interval": {"every": "3600s", "fire_immediately": false}}));

    let said = node.run(&["job", "create", "nightly/backup", "--every", "1h", "--noop"]).error(5);
    assert!(said.contains("ALREADY_EXISTS") && said.contains("nightly/backup"), "{said}");

    let paused = ["job", "pause", "nightly/backup", "--reason", "holidays", "-o", "json"];
    let job = node.run(&paused).json();
    assert_eq!(
        (&job["state"], &job["pause_reason"]),
        (&json!("JOB_STATE_PAUSED"), &json!("holidays"))
    );
    assert_eq!(job.get("next_fire_time"), None);
    let job = node.run(&["job", "resume", "nightly/backup", "-o", "json"]).json();
    assert_eq!(job["state"], "JOB_STATE_ACTIVE");

    let update = ["job", "update", "nightly/backup", "--every", "2h", "--label", "team=ops"];
    let job = node.run(&[&update[..], &["-o", "json"]].concat()).json();
    assert_eq!(job["trigger"]["interval"]["every"], "7200s");
    assert_eq!(job["labels"], json!({"team": "ops"}));
    let stale = [&update[..], &["--etag", "0000000000000000"]].concat();
    assert!(node.run(&stale).error(5).contains("ABORTED"));

    let run = node.run(&["job", "run", "nightly/backup", "--wait", "-o", "json"]).json();
    assert_eq!(
        (&run["state"], &run["cause"]),
        (&json!("RUN_STATE_SUCCEEDED"), &json!("RUN_CAUSE_MANUAL"))
    );
    let id = run["id"].as_str().unwrap();
    assert_eq!(node.run(&["run", "get", "nightly/backup", id, "-o", "json"]).json()["id"], id);
    let runs = node.run(&["run", "list", "nightly/backup", "-o", "json"]).json();
    assert_eq!(ids(&runs), [id]);
    let job = node.run(&["job", "get", "nightly/backup", "-o", "json"]).json();
    assert_eq!(job["recent_runs"][0]["id"], id);
    assert_eq!(job["next_fire_times"].as_array().unwrap().len(), 5);

    assert!(node.run(&["job", "delete", "nightly/backup"]).text().contains("deleted"));
    assert!(node.run(&["job", "get", "nightly/backup"]).error(3).contains("NOT_FOUND"));
    assert!(node.run(&["job", "delete", "nightly/backup"]).error(3).contains("NOT_FOUND"));
    let missing = node.run(&["job", "delete", "nightly/backup", "--allow-missing"]).text();
    assert!(missing.contains("missing"), "{missing}");
}

#[test]
fn a_job_fires_and_a_list_is_filtered() {
    let node = Node::start();
    node.run(&["job", "create", "tick", "--cron", "* * * * * *", "--noop"]).text();
    let other = ["job", "create", "web", "--every", "1h", "--http", "http://127.0.0.1:9/hook"];
    node.run(&[&other[..], &["--payload", "{}", "--label", "team=web"]].concat()).text();
    node.run(&["job", "create", "far", "--every", "1h", "--noop", "-n", "other"]).text();

    let listed = |arguments: &[&str]| {
        let list = node.run(&[&["job", "list", "-o", "json"], arguments].concat()).json();
        ids(&list).join(" ")
    };
    assert_eq!(listed(&[]), "tick web");
    assert_eq!(listed(&["-n", "other"]), "far");
    assert_eq!(listed(&["-A"]), "tick web far");
    assert_eq!(listed(&["-l", "team=web"]), "web");
    assert_eq!(listed(&["--target", "http"]), "web");
    assert_eq!(listed(&["--state", "paused"]), "");
    assert_eq!(listed(&["--limit", "1"]), "tick");

    let run = eventually("a run of tick", || {
        let runs = node.run(&["run", "list", "tick", "--state", "succeeded", "-o", "json"]).json();
        runs.get(0).cloned()
    });
    assert_eq!(run["cause"], "RUN_CAUSE_SCHEDULE");
}

#[test]
fn every_format_shows_the_same_jobs() {
    let node = Node::start();
    create(&node, "a");
    create(&node, "b");
    let list = |format: &str| node.run(&["job", "list", "-o", format]).text();

    assert_eq!(list("name"), "default/a\ndefault/b\n");
    let json: Value = serde_json::from_str(&list("json")).unwrap();
    let lines: Vec<Value> =
        list("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json, Value::Array(lines));
    assert_eq!(ids(&json), ["a", "b"]);
    let yaml: Value = serde_saphyr::from_str(&list("yaml")).unwrap();
    assert_eq!(yaml, json);

    let (table, wide) = (list("table"), list("wide"));
    for text in [&table, &wide] {
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.starts_with("NAMESPACE  ID  STATE"), "{text}");
    }
    assert!(wide.contains("ETAG") && !table.contains("ETAG"));
    assert!(wide.contains(json[0]["uid"].as_str().unwrap()));

    for format in ["table", "wide", "json", "jsonl", "yaml", "name"] {
        let one = node.run(&["job", "get", "a", "-o", format]).text();
        assert!(one.contains('a'), "{format}: {one}");
    }
    assert!(node.run(&["job", "get", "a", "-o", "json"]).json().is_object());
}

#[test]
fn what_was_read_can_be_applied_again() {
    let node = Node::start();
    let job = json!({
        "id": "hook", "description": "a: b\n- c", "labels": {"n": "1", "yes": "no"},
        "trigger": {"cron": {"expression": "0 2 * * *", "timezone": "Europe/Berlin", "gap": "SKIP"}},
        "target": {"http": {"url": "http://127.0.0.1:9/", "method": "PUT", "body": {"text": "x\ty"}}},
        "policy": {"timeout": "90s", "retry": {"max_attempts": 3}},
    });
    let applied =
        node.run_with(&["job", "apply", "-f", "-", "-o", "json"], &job.to_string()).json();
    assert_eq!(applied, json!([{"namespace": "default", "id": "hook", "result": "created"}]));
    let again = |arguments: &[&str]| {
        let text = node.run(arguments).text();
        let ended = node.run_with(&["job", "apply", "-f", "-", "-o", "jsonl"], &text);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.json()["result"].clone()
    };
    assert_eq!(again(&["job", "get", "hook", "-o", "json"]), "unchanged");
    assert_eq!(again(&["job", "get", "hook", "-o", "yaml"]), "unchanged");
    assert_eq!(again(&["job", "list", "-o", "json"]), "unchanged");
    assert_eq!(again(&["job", "list", "-o", "jsonl"]), "unchanged");
    assert_eq!(again(&["job", "list", "-o", "yaml"]), "unchanged");
}

#[test]
fn a_file_of_several_jobs_is_applied() {
    let node = Node::start();
    let job = |id: &str, every: &str| {
        format!(
            "---\nid: {id}\ntrigger: {{interval: {{every: {every}}}}}\ntarget: {{noop: {{}}}}\n"
        )
    };
    let apply = |input: &str| {
        let ended = node.run_with(&["job", "apply", "-f", "-", "-o", "json"], input);
        let list = ended.json();
        let results = list.as_array().unwrap().iter();
        results.map(|job| job["result"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = job("a", "1h") + &job("b", "1h") + &job("c", "1h");
    assert_eq!(apply(&first), ["created", "created", "created"]);
    let second = job("a", "1h") + &job("b", "2h") + &job("d", "1h");
    assert_eq!(apply(&second), ["unchanged", "updated", "created"]);

    // One that cannot be read: nothing is sent at all.
    let broken = job("e", "1h") + "---\nid: f\ntriger: {}\n";
    let said = node.run_with(&["job", "apply", "-f", "-"], &broken).error(2);
    assert!(said.contains("document 2") && said.contains("triger"), "{said}");
    node.run(&["job", "get", "e"]).error(3);

    // One that the cluster refuses: the others are applied, and the refusal is the end's code.
    let refused = job("e", "1h") + &job("f", "0s") + &job("g", "1h");
    let ended = node.run_with(&["job", "apply", "-f", "-", "-o", "name"], &refused);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), "default/e\ndefault/g\n"));
    assert!(ended.stderr.contains("f: INVALID_ARGUMENT"), "{}", ended.stderr);

    let dry =
        node.run_with(&["job", "apply", "-f", "-", "--dry-run", "-o", "json"], &job("h", "1h"));
    assert_eq!(dry.json()[0]["result"], "created");
    node.run(&["job", "get", "h"]).error(3);
}

#[test]
fn a_file_defines_a_job_and_flags_go_over_it() {
    let node = Node::start();
    let file = "trigger: {cron: {expression: '0 2 * * *'}}\n\
                target: {http: {url: 'http://127.0.0.1:9/a', body: {text: old}}}\n\
                labels: {kept: '1'}\n";
    let create = ["job", "create", "x", "-f", "-", "--payload", "new", "--label", "added=2"];
    let job = node.run_with(&[&create[..], &["-o", "json"]].concat(), file).json();
    assert_eq!(job["target"]["http"]["body"]["text"], "new");
    assert_eq!(job["labels"], json!({"kept": "1", "added": "2"}));

    for (arguments, input, expected) in [
        (&["job", "create", "x", "-f", "-"][..], "id: y\n", "\"y\""),
        (&["job", "create", "x", "-f", "-", "-n", "a"], "namespace: b\n", "\"b\""),
        (&["job", "create", "x", "-f", "-"], "trigger: {date: {}}\n", "a target is missing"),
        (&["job", "create", "x", "-f", "-", "--noop", "--payload", "p"], "id: x\n", "--payload"),
        (&["job", "update", "x"], "", "nothing is given"),
        (&["job", "update", "x", "--payload", "p"], "", "--payload needs the target"),
    ] {
        let said = node.run_with(arguments, input).error(2);
        assert!(said.contains(expected), "{arguments:?} said {said}");
    }
}

#[test]
fn the_namespace_is_that_of_the_flag_the_file_or_the_environment() {
    let node = Node::start();
    let job = "id: x\ntrigger: {interval: {every: 1h}}\ntarget: {noop: {}}\n";
    let named = format!("namespace: of-file\n{job}");
    let apply = |input: &str, flags: &[&str]| {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), input).unwrap();
        let file = path.path().to_str().unwrap();
        let mut command = bellwether(&["job", "apply", "-o", "name", "-f", file]);
        command.args(flags).env("BELLWETHER_NAMESPACE", "of-env");
        command.env("BELLWETHER_ADDRESS", &node.grpc);
        end(command)
    };
    assert_eq!(apply(job, &[]).text(), "of-env/x\n");
    assert_eq!(apply(&named, &[]).text(), "of-file/x\n");
    assert_eq!(apply(job, &["-n", "of-flag"]).text(), "of-flag/x\n");
    assert_eq!(apply(&named, &["-n", "of-file"]).text(), "of-file/x\n");
    assert!(apply(&named, &["-n", "of-flag"]).error(2).contains("of-file"));
}

#[test]
fn deleting_several_takes_a_yes() {
    let node = Node::start();
    for id in ["a", "b", "c", "d"] {
        create(&node, id);
    }
    let said = node.run(&["job", "delete", "--all"]).error(2);
    assert!(said.contains("4 jobs") && said.contains("--yes"), "{said}");
    node.run(&["job", "delete", "a", "b"]).error(2);
    assert_eq!(
        node.run(&["job", "delete", "a", "b", "--yes", "-o", "name"]).text(),
        "default/a\ndefault/b\n"
    );
    let ended = node.run(&["job", "delete", "c", "nobody", "--yes", "-o", "name"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), "default/c\n"));
    assert!(ended.stderr.contains("nobody: NOT_FOUND"), "{}", ended.stderr);
    assert_eq!(node.run(&["job", "delete", "--all", "-y", "-o", "name"]).text(), "default/d\n");
    assert_eq!(node.run(&["job", "delete", "--all"]).text(), "NAMESPACE  ID  RESULT\n");
}

#[test]
fn errors_of_the_cluster_name_their_fields_and_have_their_codes() {
    let node = Node::start();
    let cases: [(&[&str], i32, &str); 7] = [
        (&["job", "create", "", "--every", "1h", "--noop"], 2, "job.id"),
        (&["job", "create", "x", "--cron", "* * * *", "--noop"], 2, "job.trigger.cron.expression"),
        (&["job", "create", "x", "--every", "0s", "--noop"], 2, "job.trigger.interval.every"),
        (&["job", "create", "x", "--every", "1h", "--http", "nowhere"], 2, "job.target.http.url"),
        (
            &["job", "create", "x", "--every", "1h", "--worker", "q q/h"],
            2,
            "job.target.worker.queue",
        ),
        (&["job", "run", "x"], 3, "NOT_FOUND"),
        (&["run", "get", "x", "no-run"], 2, "run_id"),
    ];
    for (arguments, code, expected) in cases {
        let said = node.run(arguments).error(code);
        assert!(said.contains(expected), "{arguments:?} said {said}");
    }
}

#[test]
fn the_cluster_shows_itself() {
    let node =
        Node::with(&["--store", "memory:", "--node", "n1", "--cluster", "c1", "--partitions", "2"]);
    eventually("a leader of both partitions", || {
        let cluster = node.run(&["cluster", "status", "-o", "json"]).json();
        assert_eq!((&cluster["name"], &cluster["partitions"]), (&json!("c1"), &json!(2)));
        let leases = cluster["leases"].as_array().unwrap();
        leases.iter().all(|lease| lease["node"] == "n1").then_some(())
    });
    let text = node.run(&["cluster", "status"]).text();
    assert!(text.contains("c1") && text.contains("PARTITION"), "{text}");
    let nodes = node.run(&["node", "list", "-o", "json"]).json();
    assert_eq!(nodes[0]["name"], "n1");
    assert_eq!(nodes[0]["grpc_address"], node.grpc.as_str());
}

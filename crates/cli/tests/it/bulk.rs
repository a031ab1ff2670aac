//! Many jobs at once: export and import, what an apply would change, and pruning.

use serde_json::{Value, json};

use crate::running::Node;

fn job(id: &str, every: &str) -> Value {
    json!({
        "id": id, "labels": {"app": "web"},
        "trigger": {"interval": {"every": every}}, "target": {"noop": {}}
    })
}

fn lines(jobs: &[Value]) -> String {
    jobs.iter().map(|job| format!("{job}\n")).collect()
}

/// What was done to each job.
fn results(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(|job| (text(&job["id"]), text(&job["result"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(id, result)| ((*id).to_owned(), (*result).to_owned())).collect()
}

#[test]
fn what_was_exported_is_imported() {
    let node = Node::start();
    let many: Vec<_> = (0..600).map(|n| job(&format!("job-{n:03}"), "1h")).collect();
    let import = ["job", "import", "-o", "json"];
    let counts = |created: u32, replaced: u32, unchanged: u32, failed: u32| {
        json!({
            "created": created, "replaced": replaced, "unchanged": unchanged, "failed": failed
        })
    };
    assert_eq!(node.run_with(&import, &lines(&many)).json(), counts(600, 0, 0, 0));
    let other = json!({
        "namespace": "other", "id": "hook", "description": "☂\n",
        "trigger": {"cron": {"expression": "0 2 * * *", "timezone": "Europe/Berlin"}},
        "target": {"http": {
            "url": "http://127.0.0.1:9/", "body": {"data": "/wA="}, "signing_secret": "whsec_YQ=="
        }},
        "policy": {"timeout": "90s"}
    });
    assert_eq!(node.run_with(&import, &lines(&[other])).json(), counts(1, 0, 0, 0));

    let export = node.run(&["job", "export", "-A"]).text();
    assert_eq!(export.lines().count(), 601);
    assert!(!export.contains("whsec"), "no secret");
    let listed = ["job", "list", "-A", "-o", "json"];
    let before = node.run(&listed).json();
    assert_eq!(node.run_with(&import, &export).json(), counts(0, 0, 601, 0));
    assert_eq!(node.run(&listed).json(), before, "not even an etag is another one");
    for format in ["json", "yaml", "jsonl"] {
        let export = node.run(&["job", "export", "-l", "app=web", "-o", format]).text();
        assert_eq!(node.run_with(&import, &export).json(), counts(0, 0, 600, 0), "{format}");
    }

    let elsewhere = Node::start();
    assert_eq!(elsewhere.run_with(&import, &export).json(), counts(601, 0, 0, 0));
    assert_eq!(elsewhere.run(&["job", "export", "-A"]).text(), export);
}

#[test]
fn an_import_says_what_failed_and_keeps_the_rest() {
    let node = Node::start();
    node.run(&["job", "create", "old", "--every", "1h", "--noop"]).text();
    let jobs = lines(&[job("old", "2h"), job("bad", "0s"), job("new", "1h")]);
    let ended = node.run_with(&["job", "import", "--dry-run", "-o", "json"], &jobs);
    assert_eq!(ended.code, Some(2), "that of the bad one");
    let counts: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(counts, json!({"created": 1, "replaced": 1, "unchanged": 0, "failed": 1}));
    assert!(ended.stderr.contains("default/bad: INVALID_ARGUMENT: trigger."), "{}", ended.stderr);
    node.run(&["job", "get", "new"]).error(3);

    let ended = node.run_with(&["job", "import", "--on-conflict", "fail", "-o", "json"], &jobs);
    assert_eq!(ended.code, Some(5), "that of the first one");
    assert!(ended.stderr.contains("default/old: ALREADY_EXISTS"), "{}", ended.stderr);
    node.run(&["job", "get", "new"]).text();
    let said = node.run_with(&["job", "import"], "{\"id\": 7}").error(2);
    assert!(said.contains("standard input"), "{said}");
}

#[test]
fn a_paused_job_is_noted_when_it_is_exported() {
    let node = Node::start();
    node.run(&["job", "create", "a", "--every", "1h", "--noop"]).text();
    node.run(&["job", "pause", "a"]).text();
    let ended = node.run(&["job", "export"]);
    assert!(ended.stderr.contains("note: a is paused"), "{}", ended.stderr);
    assert_eq!(ended.text().lines().count(), 1);
}

#[test]
fn a_dry_run_shows_what_would_change_field_by_field() {
    let node = Node::start();
    let apply = ["job", "apply", "-f", "-"];
    node.run_with(&apply, &lines(&[job("a", "1h"), job("b", "1h")])).text();
    let mut changed = job("a", "2h");
    changed["policy"] = json!({"timeout": "5s"});
    changed["labels"] = json!({"app": "web", "team": "x"});
    let wanted = lines(&[changed, job("b", "1h"), job("c", "1h")]);
    let dry = [&apply[..], &["--dry-run"]].concat();

    let shown = node.run_with(&dry, &wanted).text();
    let (list, differences) = shown.split_once("\n\n").unwrap();
    assert_eq!(
        list.lines().skip(1).map(|l| l.split_whitespace().collect::<Vec<_>>()).collect::<Vec<_>>(),
        [
            vec!["default", "a", "updated"],
            vec!["default", "b", "unchanged"],
            vec!["default", "c", "created"]
        ]
    );
    assert_eq!(
        differences,
        "default/a: labels.team: - -> \"x\"\n\
         default/a: policy: - -> {\"timeout\":\"5s\"}\n\
         default/a: trigger.interval.every: \"3600s\" -> \"7200s\"\n"
    );
    let listed = node.run_with(&[&dry[..], &["-o", "json"]].concat(), &wanted).json();
    let every = json!({"field": "trigger.interval.every", "before": "3600s", "after": "7200s"});
    assert!(listed[0]["changes"].as_array().unwrap().contains(&every), "{listed}");
    assert_eq!((&listed[1]["changes"], &listed[2]["changes"]), (&json!([]), &json!([])));
    node.run(&["job", "get", "c"]).error(3);
    let kept = node.run(&["job", "get", "a", "-o", "json"]).json();
    assert_eq!(kept["trigger"]["interval"]["every"], "3600s");

    assert_eq!(
        results(&node.run_with(&[&apply[..], &["-o", "json"]].concat(), &wanted).json()),
        pairs(&[("a", "updated"), ("b", "unchanged"), ("c", "created"),])
    );
    let again = node.run_with(&[&dry[..], &["-o", "json"]].concat(), &wanted).json();
    assert!(again.as_array().unwrap().iter().all(|job| job["result"] == "unchanged"));
}

#[test]
fn a_secret_that_would_change_is_named_and_not_shown() {
    let node = Node::start();
    let with_secret = |secret: &str| {
        let mut job = job("hook", "1h");
        job["target"] = json!({"http": {"url": "http://127.0.0.1:9/", "signing_secret": secret}});
        lines(&[job])
    };
    node.run_with(&["job", "apply", "-f", "-"], &with_secret("first")).text();
    let dry = ["job", "apply", "-f", "-", "--dry-run"];
    let shown = node.run_with(&dry, &with_secret("second")).text();
    assert!(shown.contains("target.http.signing_secret: \"(not shown)\""), "{shown}");
    assert!(!shown.contains("second") && !shown.contains("first"), "{shown}");
    let shown = node.run_with(&dry, &with_secret("first")).text();
    assert!(shown.contains("unchanged"), "{shown}");
}

#[test]
fn pruning_deletes_what_the_selector_finds_and_the_file_does_not_name() {
    let node = Node::start();
    let apply = |flags: &[&str], jobs: &[Value]| {
        node.run_with(&[&["job", "apply", "-f", "-", "-o", "json"], flags].concat(), &lines(jobs))
    };
    let mut unlabelled = job("unlabelled", "1h");
    unlabelled["labels"] = json!({});
    let mut elsewhere = job("elsewhere", "1h");
    elsewhere["namespace"] = json!("other");
    let explicit = |id| {
        let mut job = job(id, "1h");
        job["namespace"] = json!("default");
        job
    };
    let all = [job("a", "1h"), job("b", "1h"), job("c", "1h"), unlabelled, elsewhere];
    apply(&[], &all).text();
    let prune = ["--prune", "-l", "app=web"];
    // One names its namespace and one does not: they are of the same one.
    let kept = [job("a", "1h"), explicit("b")];

    let dry = apply(&[&prune[..], &["--dry-run"]].concat(), &kept).json();
    assert_eq!(results(&dry), pairs(&[("a", "unchanged"), ("b", "unchanged"), ("c", "pruned")]));
    let said = apply(&prune, &kept);
    assert_eq!(said.code, Some(2), "without a yes: {said:?}");
    assert!(said.stderr.contains("--yes"), "{said:?}");
    node.run(&["job", "get", "c"]).text();

    // Where something failed nothing is pruned.
    let mut failing = kept.to_vec();
    failing.push(job("bad", "0s"));
    assert_eq!(apply(&[&prune[..], &["--yes"]].concat(), &failing).code, Some(2));
    node.run(&["job", "get", "c"]).text();

    let pruned = apply(&[&prune[..], &["--yes"]].concat(), &kept).json();
    assert_eq!(results(&pruned), pairs(&[("a", "unchanged"), ("b", "unchanged"), ("c", "pruned")]));
    let left = node.run(&["job", "list", "-A", "-o", "name"]).text();
    assert_eq!(left, "default/a\ndefault/b\ndefault/unlabelled\nother/elsewhere\n");
    let said = node.run_with(&["job", "apply", "-f", "-", "--prune"], "").error(2);
    assert!(said.contains("--selector"), "{said}");
}

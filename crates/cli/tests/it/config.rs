//! The configuration: which source wins, and what is refused.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Ended, bellwether, end, run};

/// What `config check` makes of a file, an environment and flags.
fn check(file: Option<&str>, env: &[(&str, &str)], flags: &[&str]) -> Ended {
    let dir = TempDir::new().unwrap();
    let mut command = bellwether(&["config", "check", "-o", "json"]);
    if let Some(text) = file {
        let path = dir.path().join("bellwether.toml");
        fs::write(&path, text).unwrap();
        command.arg("--config").arg(path);
    }
    command.args(flags).envs(env.iter().copied());
    end(command)
}

fn value(settings: &Value, key: &str) -> String {
    settings[key]["value"].as_str().unwrap().to_owned()
}

#[test]
fn a_flag_beats_the_environment_beats_a_file_beats_the_default() {
    let file = Some("lease_ttl = \"4s\"\ncluster = \"from-file\"\nconcurrency = 7\n");
    let env = [("BELLWETHER_LEASE_TTL", "5s"), ("BELLWETHER_CLUSTER", "from-env")];
    let settings = check(file, &env, &["--lease-ttl", "6s"]).json();
    for (key, expected, from) in [
        ("lease_ttl", "6s", "--lease-ttl"),
        ("cluster", "from-env", "BELLWETHER_CLUSTER"),
        ("drain_grace", "25s", "default"),
        // What is not said follows what is.
        ("session_ttl", "6s", "default"),
    ] {
        assert_eq!(value(&settings, key), expected, "{key}");
        assert_eq!(settings[key]["from"], from, "{key}");
    }
    assert_eq!(value(&settings, "concurrency"), "7");
    let from = settings["concurrency"]["from"].as_str().unwrap();
    assert!(from.starts_with("concurrency in ") && from.ends_with("bellwether.toml"), "{from}");
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    let settings = check(None, &[], &[]).json();
    for (key, expected) in [
        ("store", "redis://127.0.0.1:6379"),
        ("cluster", "default"),
        ("grpc_listen", "127.0.0.1:7400"),
        ("http_listen", "127.0.0.1:7401"),
        ("lease_ttl", "3s"),
        ("drain_grace", "25s"),
        ("partitions", "that of the cluster"),
    ] {
        assert_eq!(value(&settings, key), expected, "{key}");
    }
    assert!(!value(&settings, "node").is_empty());
}

#[test]
fn every_flag_has_its_variable_and_its_key() {
    let given = [
        ("store", "memory:"),
        ("cluster", "c"),
        ("node", "007"),
        ("partitions", "3"),
        ("grpc_listen", "127.0.0.1:1"),
        ("http_listen", "127.0.0.1:2"),
        ("lease_ttl", "7s"),
        ("concurrency", "9"),
        ("wait_replicas", "0"),
        ("drain_grace", "8s"),
        ("allow_target_network", "10.0.0.0/8"),
        ("allow_target_host", "*.internal.example"),
        ("metrics_open", "true"),
        ("insecure", "true"),
        ("session_ttl", "11s"),
        ("cancel_grace", "12s"),
        ("hints", "false"),
    ];
    let file: String = given.iter().map(|(key, value)| format!("{key} = \"{value}\"\n")).collect();
    let upper: Vec<_> =
        given.iter().map(|(key, _)| format!("BELLWETHER_{}", key.to_uppercase())).collect();
    let env: Vec<_> =
        upper.iter().zip(given).map(|(name, (_, value))| (name.as_str(), value)).collect();
    let flags: Vec<_> = given[..14]
        .iter()
        .map(|(key, value)| format!("--{}={value}", key.replace('_', "-")))
        .collect();
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    for settings in [check(Some(&file), &[], &[]), check(None, &env, &[]), check(None, &[], &flags)]
    {
        let settings = settings.json();
        for (key, expected) in given {
            if settings[key]["from"] != "default" {
                assert_eq!(value(&settings, key), expected, "{key}");
            }
        }
        assert_eq!(value(&settings, "node"), "007");
    }
    for (settings, count) in [
        (check(Some(&file), &[], &[]), given.len()),
        (check(None, &env, &[]), given.len()),
        (check(None, &[], &flags), 14),
    ] {
        let settings = settings.json();
        let said = given.iter().filter(|(key, _)| settings[*key]["from"] != "default").count();
        assert_eq!(said, count, "{settings:#}");
    }
}

#[test]
fn lists_are_given_by_repetition_by_commas_and_as_arrays() {
    let expected = "10.0.0.0/8,fd00::/8";
    let file = "allow_target_network = [\"10.0.0.0/8\", \"fd00::/8\"]\n";
    let env = [("BELLWETHER_ALLOW_TARGET_NETWORK", "10.0.0.0/8, fd00::/8")];
    let flags = ["--allow-target-network", "10.0.0.0/8", "--allow-target-network", "fd00::/8"];
    for found in [check(Some(file), &[], &[]), check(None, &env, &[]), check(None, &[], &flags)] {
        assert_eq!(value(&found.json(), "allow_target_network"), expected);
    }
}

#[test]
fn an_unknown_key_is_refused_and_the_nearest_one_named() {
    let said = check(Some("lease_tll = \"4s\"\n"), &[], &[]).error(2);
    assert!(said.contains("lease_tll") && said.contains("did you mean lease_ttl?"), "{said}");
    let said = check(Some("colour = \"red\"\n"), &[], &[]).error(2);
    assert!(said.contains("colour") && said.contains("grpc_listen"), "{said}");
    for (file, key, near) in [
        ("[job_defaults]\ntimeoutt = \"4s\"\n", "\"job_defaults.timeoutt\"", "timeout"),
        ("[job_defaults.retry]\nmax_atempts = 2\n", "retry.max_atempts\"", "max_attempts"),
    ] {
        let said = check(Some(file), &[], &[]).error(2);
        assert!(said.contains(key) && said.contains(&format!("did you mean {near}?")), "{said}");
    }
}

#[test]
fn service_links_are_ignored_and_slips_are_pointed_out() {
    let links = [
        ("BELLWETHER_PORT", "tcp://10.0.0.1:7400"),
        ("BELLWETHER_PORT_7400_TCP_ADDR", "10.0.0.1"),
        ("BELLWETHER_SERVICE_HOST", "10.0.0.1"),
        ("BELLWETHER_STORE_SERVICE_HOST", "10.0.0.2"),
        ("BELLWETHER_STORE_PORT", "tcp://10.0.0.2:6379"),
    ];
    let ended = check(None, &links, &[]);
    assert_eq!(ended.stderr, "");
    assert_eq!(ended.json()["store"]["from"], "default");

    let ended = check(None, &[("BELLWETHER_LEASE_TLL", "4s")], &[]);
    assert!(ended.stderr.contains("did you mean BELLWETHER_LEASE_TTL?"), "{ended:?}");
    assert_eq!(ended.json()["lease_ttl"]["value"], "3s");

    // A variable that is set to nothing says nothing.
    let ended = check(None, &[("BELLWETHER_LEASE_TTL", "")], &[]);
    assert_eq!(ended.json()["lease_ttl"]["value"], "3s");
}

#[test]
fn wrong_values_are_named_with_their_source_all_at_once() {
    let env = [("BELLWETHER_PARTITIONS", "1025")];
    let said = check(Some("drain_grace = \"soon\"\n"), &env, &["--lease-ttl", "1"]).error(2);
    for expected in
        ["BELLWETHER_PARTITIONS: \"1025\"", "drain_grace in ", "--lease-ttl: \"1\"", "100ms"]
    {
        assert!(said.contains(expected), "{expected} is missing in: {said}");
    }
    let cases: [(&[&str], &str); 9] = [
        (&["--partitions", "0"], "--partitions"),
        (&["--cluster", "a{b}"], "--cluster"),
        (&["--cluster="], "--cluster"),
        (&["--node", "two words"], "--node"),
        (&["--grpc-listen", "somewhere"], "--grpc-listen"),
        (&["--concurrency", "0"], "--concurrency"),
        (&["--allow-target-network", "10.0.0.0/33"], "--allow-target-network"),
        (&["--allow-target-host", "*"], "--allow-target-host"),
        (&["--insecure=perhaps"], "--insecure"),
    ];
    for (flags, expected) in cases {
        let said = check(None, &[], flags).error(2);
        assert!(said.contains(expected), "{flags:?} said: {said}");
    }
}

#[test]
fn a_store_url_never_shows_its_password() {
    let good = check(None, &[("BELLWETHER_STORE", "redis://me:s3cret@cache.example")], &[]);
    assert_eq!(good.json()["store"]["value"], "redis://me:…@cache.example");
    for url in ["redis:/me:s3cret@cache.example", "rediss://me:s3cret@cache.example"] {
        let ended = check(None, &[("BELLWETHER_STORE", url)], &[]);
        assert!(ended.stderr.contains("BELLWETHER_STORE"), "{ended:?}");
        assert!(!ended.stderr.contains("s3cret"), "{ended:?}");
    }
}

#[test]
fn off_loopback_it_takes_a_word() {
    let open = ["--grpc-listen", "0.0.0.0:7400"];
    let said = check(None, &[], &open).error(2);
    assert!(said.contains("--grpc-listen") && said.contains("--insecure"), "{said}");
    let said = check(None, &[("BELLWETHER_HTTP_LISTEN", "[::]:7401")], &[]).error(2);
    assert!(said.contains("BELLWETHER_HTTP_LISTEN"), "{said}");
    let settings = check(None, &[], &[&open[..], &["--insecure"]].concat()).json();
    assert_eq!(value(&settings, "grpc_listen"), "0.0.0.0:7400");
    // The same door for the node itself.
    let said = run(&["serve", "--store", "memory:", "--http-listen", "0.0.0.0:0"]).error(2);
    assert!(said.contains("--insecure"), "{said}");
}

#[test]
fn what_is_not_built_is_said_so() {
    let cases: [(Option<&str>, &[&str], &str); 3] = [
        (None, &["--wait-replicas", "1"], "--wait-replicas"),
        (None, &["--store", "redis+sentinel://a,b/main"], "redis+sentinel"),
        (Some("redis_stream_url = \"rediss://h\"\n"), &[], "redis_stream_url"),
    ];
    for (file, flags, expected) in cases {
        let said = check(file, &[], flags).error(1);
        assert!(said.contains(expected) && said.contains("not built yet"), "{said}");
    }
}

#[test]
fn job_defaults_come_from_a_table() {
    let file = "[job_defaults]\ntimeout = \"10m\"\nmax_instances = 3\n[job_defaults.retry]\n\
                max_attempts = 5\n";
    let settings = check(Some(file), &[], &[]).json();
    assert!(value(&settings, "job_defaults").contains("\"max_instances\":3"), "{settings:#}");
    let said = check(Some("[job_defaults]\nmax_instances = 0\n"), &[], &[]).error(2);
    assert!(said.contains("job_defaults.max_instances"), "{said}");
}

#[test]
fn a_namespace_has_defaults_and_limits_of_its_own() {
    let file = "max_jobs_per_namespace = 1000\nshortest_interval = \"1s\"\n\
                namespace_concurrency = 50\nhost_concurrency = 8\n\
                [namespaces.billing]\nmax_jobs = 20000\nconcurrency = 5\n\
                shortest_interval = \"10s\"\n\
                [namespaces.billing.job_defaults]\ntimeout = \"1m\"\n\
                [namespaces.\"a.b\".job_defaults.retry]\nmax_attempts = 3\n";
    let settings = check(Some(file), &[], &[]).json();
    for (key, expected) in [
        ("max_jobs_per_namespace", "1000"),
        ("shortest_interval", "1s"),
        ("namespace_concurrency", "50"),
        ("host_concurrency", "8"),
    ] {
        assert_eq!(value(&settings, key), expected, "{key}");
    }
    let shown = value(&settings, "namespaces");
    assert!(shown.contains("\"max_jobs\":20000") && shown.contains("a.b"), "{shown}");
    let unlimited = check(None, &[], &[]).json();
    assert_eq!(value(&unlimited, "max_jobs_per_namespace"), "none");
    let from_env = check(None, &[("BELLWETHER_SHORTEST_INTERVAL", "5s")], &[]).json();
    assert_eq!(value(&from_env, "shortest_interval"), "5s");
}

#[test]
fn what_is_wrong_with_a_namespace_is_named_by_its_path() {
    let cases = [
        (
            "[namespaces.x]\nmax_job = 1\n",
            "unknown key namespaces.x.max_job; did you mean max_jobs?",
        ),
        ("[namespaces.x]\nmax_jobs = -1\n", "namespaces.x.max_jobs: -1: write a number from 0"),
        ("[namespaces.x]\nconcurrency = 0\n", "namespaces.x.concurrency: 0: write a number from 1"),
        ("[namespaces.x]\nshortest_interval = \"0s\"\n", "namespaces.x.shortest_interval: 0s"),
        (
            "[namespaces.x.job_defaults]\nmax_instances = 0\n",
            "namespaces.x.job_defaults.max_instances",
        ),
        ("[namespaces.x.job_defaults]\ntimeoutt = \"1s\"\n", "timeoutt"),
        ("[namespaces.\"a/b\"]\n", "namespaces.a/b"),
        ("[namespaces]\nx = 1\n", "namespaces.x: takes a table"),
        ("namespaces = 1\n", "takes tables"),
        ("host_concurrency = 0\n", "host_concurrency in "),
        ("finished_ttl = \"0s\"\n", "finished_ttl in "),
    ];
    for (file, expected) in cases {
        let said = check(Some(file), &[], &[]).error(2);
        assert!(said.contains(expected), "{expected} is missing in: {said}");
    }
}

#[test]
fn streams_are_on_the_stores_server_unless_another_is_named() {
    let settings = check(None, &[("BELLWETHER_STORE", "redis://:s3cret@h:1")], &[]).json();
    assert_eq!(value(&settings, "redis_stream_url"), "redis://:…@h:1");
    assert_eq!(value(&settings, "allow_redis_stream"), "");
    let file = "store = \"memory:\"\nallow_redis_stream = [\"orders:*\", \"audit\"]\n";
    let settings = check(Some(file), &[], &[]).json();
    assert_eq!(value(&settings, "redis_stream_url"), "none");
    assert_eq!(value(&settings, "allow_redis_stream"), "orders:*,audit");
    let url = [("BELLWETHER_REDIS_STREAM_URL", "redis://:s3cret@streams")];
    assert_eq!(
        value(&check(Some(file), &url, &[]).json(), "redis_stream_url"),
        "redis://:…@streams"
    );
    for (file, expected) in [
        ("allow_redis_stream = [\"a*b\"]\n", "allow_redis_stream in "),
        ("redis_stream_url = \"memory:\"\n", "memory: holds no streams"),
        ("redis_stream_url = \"http://:s3cret@h\"\n", "not a Redis"),
        ("redis_stream_dedup = \"1s\"\n", "redis_stream_dedup in "),
    ] {
        let said = check(Some(file), &[], &[]).error(2);
        assert!(said.contains(expected) && !said.contains("s3cret"), "{said}");
    }
}

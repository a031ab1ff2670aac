//! `compose.yaml`: valid, and its processes run as it says.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use bellwether_client::v1;
use bellwether_tests::binary;
use bellwether_tests::deploy::manifests::{items, text};
use bellwether_tests::deploy::path;
use bellwether_tests::deploy::settings::Settings;
use bellwether_tests::jobs;
use bellwether_tests::node::NodeOptions;
use bellwether_tests::process::Process;
use bellwether_tests::python;
use bellwether_tests::wait::{PATIENCE, wait_for};
use serde_json::Value;
use tempfile::TempDir;

use super::judged;
use super::pods::{BESIDE_DRAIN, help, reads};

fn compose() -> Value {
    let text = fs::read_to_string(path("compose.yaml")).expect("it is part of the repository");
    serde_saphyr::from_str(&text).expect("it is YAML")
}

/// The services that are nodes.
fn nodes(compose: &Value) -> BTreeMap<&str, &Value> {
    let services = compose["services"].as_object().expect("there are services").iter();
    let named = services.filter(|(name, _)| name.starts_with("node-"));
    named.map(|(name, node)| (name.as_str(), node)).collect()
}

fn environment(node: &Value) -> Vec<(String, String)> {
    let variables = node["environment"].as_object().expect("a map").iter();
    let value = |value: &Value| value.as_str().expect("each is a text").to_owned();
    variables.map(|(name, text)| (name.clone(), value(text))).collect()
}

fn words<'a>(object: &'a Value, pointer: &str) -> Vec<&'a str> {
    let words = items(object, pointer).iter();
    words.map(|word| word.as_str().expect("each is a text")).collect()
}

#[test]
fn it_is_valid_and_what_is_misspelt_in_it_is_found() {
    judged("compose", &[&path("compose.yaml")]).expect("a valid file");
    let good = fs::read_to_string(path("compose.yaml")).expect("it is part of the repository");
    for (right, wrong) in
        [("healthcheck:", "healthchek:"), ("condition: service_healthy", "condition: healthy")]
    {
        assert!(good.contains(right), "{right} is not there to be misspelt");
        let directory = TempDir::new().expect("a temporary directory");
        let file = directory.path().join("compose.yaml");
        fs::write(&file, good.replacen(right, wrong, 1)).expect("the directory is ours");
        let said = judged("compose", &[&file]).expect_err(wrong);
        assert!(said.contains("WRONG"), "{wrong}: {said}");
    }
}

#[test]
fn its_nodes_are_told_what_the_binary_understands() {
    let (compose, help, usual) = (compose(), help(), Settings::of(None, &[]));
    let nodes = nodes(&compose);
    assert_eq!(nodes.len(), 3);
    let mut published = Vec::new();
    for (name, node) in nodes {
        let environment = environment(node);
        for (variable, _) in &environment {
            assert!(reads(variable, &help), "{name}: nothing reads {variable}");
        }
        let settings = Settings::of(None, &environment);
        assert_eq!(settings.text("node"), name);
        for setting in ["grpc_listen", "http_listen"] {
            assert_eq!(settings.port(setting), usual.port(setting), "{name}: {setting}");
            let inside = format!(":{}", usual.port(setting));
            let ports = words(node, "/ports");
            let port = ports.iter().find(|port| port.ends_with(&inside));
            // Docker writes its own rules past the machine's firewall.
            let port = port.filter(|port| port.starts_with("127.0.0.1:"));
            published.push(port.unwrap_or_else(|| panic!("{name}: {ports:?}")).to_owned());
        }
        let grace = humantime::parse_duration(text(node, "/stop_grace_period"));
        let needed = settings.duration("drain_grace") + BESIDE_DRAIN;
        assert!(grace.expect("a duration") > needed, "{name}: killed before it is done");
        let store = settings.text("store");
        assert_eq!(store, "redis://redis:6379", "{name}");
        assert!(compose["services"].get("redis").is_some());
        assert_eq!(settings.text("allow_target_host"), "sink", "{name}");
    }
    published.sort_unstable();
    published.dedup();
    assert_eq!(published.len(), 6, "each port of the machine is one node's: {published:?}");
}

/// Runs a node's health check against a node of this test's, and says whether it was content.
async fn is_healthy(check: Vec<String>, address: &str) -> bool {
    let mut command = Command::new(binary::path());
    command.args(check).env("BELLWETHER_ADDRESS", address);
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    output.expect("nothing cancels it").expect("it can be started").status.success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_checks_and_the_sink_work_as_they_are_written() {
    let compose = compose();
    // The sink.
    let sink = &compose["services"]["sink"];
    let command = words(sink, "/command");
    let [program, flag, _, listen, _] = command[..] else { panic!("{command:?}") };
    assert_eq!((program, flag, listen), ("python", "-u", "--listen"));
    let script = path(text(&compose, "/configs/sink/file"));
    let mut python = Command::new(python::interpreter());
    python.arg(flag).arg(script).args([listen, "127.0.0.1:0"]);
    let sink = Process::spawn("the sink", python);
    let address = wait_for("the sink to listen", PATIENCE, async || {
        let listens = |line: &String| line.strip_prefix("listening on ").map(ToOwned::to_owned);
        sink.lines().find(listens).ok_or_else(|| sink.lines().tail(5))
    })
    .await;

    // A node, by the health check of the nodes.
    let node = NodeOptions::new("n1", "memory:").start().await;
    let nodes = nodes(&compose);
    let check = words(nodes["node-1"], "/healthcheck/test");
    let ["CMD", "/usr/local/bin/bellwether", check @ ..] = &check[..] else { panic!("{check:?}") };
    let check: Vec<String> = check.iter().map(|word| (*word).to_owned()).collect();
    node.wait_ready().await;
    assert!(is_healthy(check.clone(), node.grpc()).await);
    assert!(!is_healthy(check, "127.0.0.1:9").await, "nobody is there to be healthy");

    // A delivery.
    let url = format!("http://{address}/");
    let job = jobs::job("hello", jobs::never(), jobs::http(&url));
    let request = v1::CreateJobRequest { job: Some(job), ..<_>::default() };
    node.client().create_job(request).await.expect("a good job");
    let request = v1::RunJobRequest { job_id: "hello".to_owned(), ..<_>::default() };
    let run = node.client().run_job(request).await.expect("it is there").run.expect("a run");
    let line = wait_for("the delivery", PATIENCE, async || {
        let delivered = |line: &String| line.starts_with("run=").then(|| line.clone());
        sink.lines().find(delivered).ok_or_else(|| sink.lines().tail(5))
    })
    .await;
    assert!(line.starts_with(&format!("run={} job=hello ", run.id)), "{line}");
    assert!(line.ends_with(" attempt=1"), "{line}");
}

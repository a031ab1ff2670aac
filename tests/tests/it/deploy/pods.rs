//! What the nodes' pods are told, against what the binary understands.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use bellwether_tests::binary;
use bellwether_tests::deploy::manifests::{Manifests, items, number, text};
use bellwether_tests::deploy::rollout::Rollout;
use bellwether_tests::deploy::settings::Settings;
use bellwether_tests::node::NodeOptions;
use serde_json::Value;
use tempfile::TempDir;

use super::{OVERLAYS, overlay};

/// What a node takes beside `drain_grace` at most: the quiet of its loops and the settling of its
/// results, 5 s each in the engine, and the calls under way, 5 s in the server.
pub(super) const BESIDE_DRAIN: Duration = Duration::from_secs(15);

/// The pod of the nodes.
fn pod(manifests: &Manifests) -> &Value {
    let pod = manifests.get("Deployment", "bellwether").pointer("/spec/template/spec");
    pod.expect("a Deployment has a template")
}

/// The settings of the nodes of an overlay. The file of the ConfigMap goes with the directory.
pub(super) fn settings(manifests: &Manifests) -> (Settings, TempDir) {
    let directory = TempDir::new().expect("a temporary directory");
    let file = directory.path().join("bellwether.toml");
    let toml = text(manifests.get("ConfigMap", "bellwether"), "/data/bellwether.toml");
    fs::write(&file, toml).expect("the directory is ours");
    let variables = items(pod(manifests), "/containers/0/env").iter().map(|variable| {
        let value = match variable.get("value") {
            Some(value) => {
                value.as_str().expect("a value is a text").replace("$(", "").replace(')', "")
            }
            None if text(variable, "/name") == "BELLWETHER_STORE" => "redis://secret".to_owned(),
            None => "from-elsewhere".to_owned(),
        };
        (text(variable, "/name").to_owned(), value)
    });
    let variables: Vec<_> = variables.collect();
    (Settings::of(Some(&file), &variables), directory)
}

/// What `serve --help` says.
pub(super) fn help() -> String {
    let mut command = Command::new(binary::path());
    let output = command.args(["serve", "--help"]).env("COLUMNS", "1000").output();
    String::from_utf8(output.expect("it can be started").stdout).expect("it prints text")
}

/// Whether the binary reads a variable.
pub(super) fn reads(variable: &str, help: &str) -> bool {
    let squeezed: String = help.split_whitespace().collect();
    squeezed.contains(&format!("[env:{variable}]"))
}

#[test]
fn every_flag_and_variable_is_one_of_the_binary() {
    let help = help();
    for name in OVERLAYS {
        let manifests = overlay(name);
        let container = &pod(&manifests)["containers"][0];
        for argument in items(container, "/args") {
            let argument = argument.as_str().expect("an argument is a text");
            let (flag, _) = argument.split_once('=').expect("each is --flag=value");
            assert!(help.contains(&format!("{flag} <")), "{name}: {flag} is no flag");
        }
        let names: BTreeSet<_> =
            items(container, "/env").iter().map(|variable| text(variable, "/name")).collect();
        for variable in names.iter().filter(|name| name.starts_with("BELLWETHER_")) {
            assert!(reads(variable, &help), "{name}: nothing reads {variable}");
        }
        assert!(names.contains("BELLWETHER_NODE"), "{name}: {names:?}");
    }
    assert!(!reads("BELLWETHER_NODES", &help), "whatever one asks for is found");
}

#[test]
fn nodes_listen_where_probes_and_services_look() {
    let usual = Settings::of(None, &[]);
    for name in OVERLAYS {
        let manifests = overlay(name);
        let (told, _directory) = settings(&manifests);
        for (port, setting) in [("grpc", "grpc_listen"), ("http", "http_listen")] {
            assert!(told.text(setting).starts_with("0.0.0.0:"), "{name}: {setting}");
            assert_eq!(told.port(setting), usual.port(setting), "{name}: {setting}");
            let ports = items(pod(&manifests), "/containers/0/ports");
            let named = ports.iter().find(|named| named["name"] == port).expect(port);
            assert_eq!(number(named, "/containerPort"), told.port(setting), "{name}: {port}");
        }
        let rollout = Rollout::of(manifests.get("Deployment", "bellwether"));
        for probe in [&rollout.startup, &rollout.liveness, &rollout.readiness] {
            assert_eq!(probe.port, told.port("grpc_listen"), "{name}: {probe:?}");
        }
        // A restart would bring no Redis back.
        assert_eq!(
            (rollout.startup.service.as_str(), rollout.liveness.service.as_str()),
            ("liveness", "liveness")
        );
        assert_eq!(rollout.readiness.service, "readiness");
        assert_eq!((rollout.max_unavailable, rollout.max_surge), (0, 1));
        let ending = rollout.pre_stop + told.duration("drain_grace") + BESIDE_DRAIN;
        assert!(ending <= rollout.grace, "{name}: killed {ending:?} before it is done");
    }
}

#[test]
fn the_file_lies_where_the_nodes_are_told_to_look() {
    for name in OVERLAYS {
        let manifests = overlay(name);
        let pod = pod(&manifests);
        let config = items(pod, "/containers/0/args").iter().find_map(|argument| {
            argument.as_str()?.strip_prefix("--config=").map(ToOwned::to_owned)
        });
        let mount = text(pod, "/containers/0/volumeMounts/0/mountPath");
        let volume = text(pod, "/volumes/0/configMap/name");
        let map = manifests.get("ConfigMap", "bellwether");
        assert_eq!(text(map, "/metadata/name"), volume, "{name}");
        let files = map["data"].as_object().expect("a ConfigMap has data").keys();
        let files: Vec<_> = files.map(|file| format!("{mount}/{file}")).collect();
        assert_eq!(Some(&files[0]), config.as_ref(), "{name}");
    }
}

#[test]
fn off_loopback_is_said_in_one_place() {
    let base = super::path("kustomize");
    let mut said = Vec::new();
    let mut directories = vec![base];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("it is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("it is text");
            let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            said.extend(
                lines
                    .filter(|line| line.to_lowercase().contains("insecure"))
                    .map(ToOwned::to_owned),
            );
        }
    }
    assert_eq!(said, ["insecure = true"]);
    // And without it, the same file is refused.
    let manifests = overlay("production");
    let toml = text(manifests.get("ConfigMap", "bellwether"), "/data/bellwether.toml");
    let directory = TempDir::new().expect("a temporary directory");
    let file = directory.path().join("bellwether.toml");
    fs::write(&file, toml.replace("insecure = true", "")).expect("the directory is ours");
    let mut check = Command::new(binary::path());
    let output = check.args(["config", "check", "--config"]).arg(&file).output();
    let output = output.expect("it can be started");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && complaint.contains("--insecure"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_where_they_are_scraped() {
    let manifests = overlay("production");
    let (told, _directory) = settings(&manifests);
    assert_eq!(told.text("metrics_open"), "true");
    let monitor = manifests.get("ServiceMonitor", "bellwether");
    let node = NodeOptions::new("n1", "memory:").start().await;
    let page = node.probe(text(monitor, "/spec/endpoints/0/path")).await.expect("it answers");
    assert!(page.status == 200 && page.body.contains("bellwether_build_info"), "{page:?}");
}

/// What Kubernetes sets in each container for services that are called as ours are, where a pod did
/// not say that it wants none of it.
const SERVICE_LINKS: [(&str, &str); 14] = [
    ("BELLWETHER_PORT", "tcp://10.96.7.4:7400"),
    ("BELLWETHER_PORT_7400_TCP", "tcp://10.96.7.4:7400"),
    ("BELLWETHER_PORT_7400_TCP_ADDR", "10.96.7.4"),
    ("BELLWETHER_PORT_7400_TCP_PORT", "7400"),
    ("BELLWETHER_PORT_7400_TCP_PROTO", "tcp"),
    ("BELLWETHER_SERVICE_HOST", "10.96.7.4"),
    ("BELLWETHER_SERVICE_PORT", "7400"),
    ("BELLWETHER_SERVICE_PORT_GRPC", "7400"),
    ("BELLWETHER_HTTP_SERVICE_HOST", "10.96.7.5"),
    ("BELLWETHER_HTTP_PORT", "tcp://10.96.7.5:7401"),
    ("BELLWETHER_HTTP_PORT_7401_TCP_ADDR", "10.96.7.5"),
    ("BELLWETHER_REDIS_SERVICE_HOST", "10.96.7.6"),
    ("BELLWETHER_REDIS_PORT", "tcp://10.96.7.6:6379"),
    ("BELLWETHER_REDIS_PORT_6379_TCP", "tcp://10.96.7.6:6379"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_of_services_are_no_settings() {
    let mut options = NodeOptions::new("n1", "memory:");
    for (name, value) in SERVICE_LINKS {
        options = options.env(name, value);
    }
    let node = options.start().await;
    node.wait_ready().await;
    assert!(node.grpc().starts_with("127.0.0.1:"), "{}", node.grpc());
    let log = node.log();
    let warned: Vec<_> = log.iter().filter(|line| line.contains("environment variable")).collect();
    assert!(warned.is_empty(), "{warned:?}");
    // A slip of the hand is told, so that silence above means something.
    let node = NodeOptions::new("n1", "memory:").env("BELLWETHER_LEASE_TLL", "4s").start().await;
    let log = node.log();
    assert!(log.iter().any(|line| line.contains("BELLWETHER_LEASE_TTL?")), "{log:?}");
}

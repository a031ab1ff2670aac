//! Manifests as Kubernetes will read them: valid, and fitting together.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use bellwether_tests::deploy::manifests::{Manifests, items, text};
use bellwether_tests::deploy::path;
use serde_json::Value;
use tempfile::TempDir;

use super::{OVERLAYS, judged, kustomization, overlay};

/// Manifests in a file, for programs that read one.
struct Written {
    path: PathBuf,
    /// Goes with the value, and the file with it.
    _directory: TempDir,
}

fn written(text: &str) -> Written {
    let directory = TempDir::new().expect("a temporary directory");
    let path = directory.path().join("manifests.yaml");
    fs::write(&path, text).expect("the directory is ours");
    Written { path, _directory: directory }
}

/// The base with some components.
fn base_with(components: &[&str]) -> Manifests {
    let components: String =
        components.iter().map(|name| format!("  - {{kustomize}}/components/{name}\n")).collect();
    let directory = kustomization(&format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n\
         resources:\n  - {{kustomize}}/base\ncomponents:\n{components}"
    ));
    Manifests::render(directory.path())
}

#[test]
fn every_overlay_is_valid() {
    for name in OVERLAYS {
        let manifests = overlay(name);
        let file = written(manifests.text());
        let said =
            judged("kubernetes", &[&file.path]).unwrap_or_else(|said| panic!("{name}: {said}"));
        assert_eq!(said.matches(": ok\n").count(), manifests.objects().len(), "{said}");
    }
}

#[test]
fn every_component_is_valid_and_used() {
    let on_disk = fs::read_dir(path("kustomize/components")).expect("it is there");
    let names = on_disk.map(|entry| entry.expect("it can be listed").file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().expect("ASCII")).collect();
    // One store excludes the other.
    names.retain(|name| name != "redis");
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    assert!(names.contains(&"external-redis"), "{names:?}");
    let manifests = base_with(&names);
    let file = written(manifests.text());
    judged("kubernetes", &[&file.path]).expect("valid manifests");
    let store = env(&manifests, "BELLWETHER_STORE");
    assert_eq!(text(store, "/valueFrom/secretKeyRef/key"), "url", "{store}");
}

#[test]
fn what_is_misspelt_is_found() {
    let good = overlay("production");
    let cases = [
        // In two kinds of Kubernetes' own, and in one that others brought.
        ("enableServiceLinks: false", "enableServiceLink: false", "'enableServiceLink'"),
        ("minReplicas:", "minReplica:", "'minReplica'"),
        ("scrapeTimeout:", "scrapeTimeOut:", "'scrapeTimeOut'"),
        ("periodSeconds: 10", "periodSeconds: soon", "'soon'"),
        ("kind: ServiceMonitor", "kind: ServiceMonitors", "no schema"),
        ("apiVersion: policy/v1", "apiVersion: policy/v9", "no schema"),
    ];
    let directory = TempDir::new().expect("a temporary directory");
    let misspell = |(case, (right, wrong, _)): (usize, &(&str, &str, &str))| {
        assert!(good.text().contains(right), "{right} is not there to be misspelt");
        let path = directory.path().join(format!("case-{case}.yaml"));
        fs::write(&path, good.text().replacen(right, wrong, 1)).expect("the directory is ours");
        path
    };
    let files: Vec<_> = cases.iter().enumerate().map(misspell).collect();
    let files: Vec<_> = files.iter().map(PathBuf::as_path).collect();
    let said = judged("kubernetes", &files).expect_err("every file has its fault");
    for (case, (_, wrong, complaint)) in cases.iter().enumerate() {
        let of_file = |line: &&str| line.starts_with(&format!("case-{case}.yaml: "));
        let faults: Vec<_> =
            said.lines().filter(of_file).filter(|line| line.contains("WRONG")).collect();
        let [fault] = faults[..] else { panic!("{wrong}: {faults:?}") };
        assert!(fault.contains(complaint), "{wrong}: {fault}");
    }
}

/// Whether labels are those that a selector asks for.
fn selects(selector: &Value, labels: &Value) -> bool {
    let wanted = selector.as_object().expect("a selector is a map");
    wanted.iter().all(|(name, value)| labels.get(name) == Some(value))
}

fn pods_of<'a>(manifests: &'a Manifests, selector: &Value) -> Vec<&'a Value> {
    let labels = |pod: &Value| pod.pointer("/metadata/labels").cloned().unwrap_or_default();
    manifests.pods().map(|(_, pod)| pod).filter(|pod| selects(selector, &labels(pod))).collect()
}

/// A variable of the nodes.
fn env<'a>(manifests: &'a Manifests, name: &str) -> &'a Value {
    let variables =
        items(manifests.get("Deployment", "bellwether"), "/spec/template/spec/containers/0/env");
    let found = variables.iter().find(|variable| variable["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {variables:?}"))
}

#[test]
fn selectors_find_pods_and_ports_are_there() {
    for name in OVERLAYS {
        let manifests = overlay(name);
        for kind in ["Deployment", "StatefulSet", "PodDisruptionBudget"] {
            for object in manifests.of_kind(kind) {
                let selector = object.pointer("/spec/selector/matchLabels").expect("a selector");
                assert_eq!(pods_of(&manifests, selector).len(), 1, "{name}: {object}");
            }
        }
        for policy in manifests.of_kind("NetworkPolicy") {
            let Some(selector) = policy.pointer("/spec/podSelector/matchLabels") else { continue };
            assert_eq!(pods_of(&manifests, selector).len(), 1, "{name}: {policy}");
        }
        for service in manifests.of_kind("Service") {
            let pods = pods_of(&manifests, &service["spec"]["selector"]);
            let [pod] = pods[..] else { panic!("{name}: {service} selects {}", pods.len()) };
            for port in items(service, "/spec/ports") {
                let ports = items(pod, "/spec/containers/0/ports");
                let named = ports.iter().find(|named| named["name"] == port["targetPort"]);
                let named = named.unwrap_or_else(|| panic!("{name}: no {port} in {ports:?}"));
                assert_eq!(named["containerPort"], port["port"], "{name}: {service}");
            }
        }
        for monitor in manifests.of_kind("ServiceMonitor") {
            let selector = monitor.pointer("/spec/selector/matchLabels").expect("a selector");
            let port = text(monitor, "/spec/endpoints/0/port");
            let services = manifests.of_kind("Service");
            let scraped = services.filter(|service| {
                let labels = service.pointer("/metadata/labels").cloned().unwrap_or_default();
                selects(selector, &labels)
                    && items(service, "/spec/ports").iter().any(|named| named["name"] == port)
            });
            assert_eq!(scraped.count(), 1, "{name}: {monitor}");
        }
        for scaler in manifests.of_kind("HorizontalPodAutoscaler") {
            let target = text(scaler, "/spec/scaleTargetRef/name");
            let deployment = manifests.get("Deployment", target);
            assert!(deployment["spec"].get("replicas").is_none(), "both say how many there are");
        }
    }
}

#[test]
fn no_pod_may_more_than_the_restricted_standard_allows() {
    for name in OVERLAYS {
        let manifests = overlay(name);
        let namespaces: Vec<_> = manifests.of_kind("Namespace").collect();
        let [namespace] = namespaces[..] else { panic!("{name}: {namespaces:?}") };
        let labels = &namespace["metadata"]["labels"];
        assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted", "{name}");
        let own = &namespace["metadata"]["name"];
        let elsewhere = manifests.objects().iter().filter(|object| object["kind"] != "Namespace");
        for object in elsewhere {
            assert_eq!(&object["metadata"]["namespace"], own, "{name}: {object}");
        }
        for (owner, pod) in manifests.pods() {
            let what = format!("{name}: {}/{}", owner["kind"], owner["metadata"]["name"]);
            let spec = &pod["spec"];
            assert_eq!(spec["automountServiceAccountToken"], false, "{what}");
            assert_eq!(spec["enableServiceLinks"], false, "{what}");
            assert_eq!(spec["securityContext"]["runAsNonRoot"], true, "{what}");
            assert!(spec["securityContext"]["runAsUser"].as_u64() > Some(0), "{what}");
            let profile = &spec["securityContext"]["seccompProfile"]["type"];
            assert_eq!(profile, "RuntimeDefault", "{what}");
            for container in items(spec, "/containers") {
                let may = &container["securityContext"];
                assert_eq!(may["allowPrivilegeEscalation"], false, "{what}");
                assert_eq!(may["readOnlyRootFilesystem"], true, "{what}");
                assert_eq!(may["capabilities"]["drop"], serde_json::json!(["ALL"]), "{what}");
                let resources = &container["resources"];
                for needed in ["/requests/cpu", "/requests/memory", "/limits/memory"] {
                    assert!(resources.pointer(needed).is_some(), "{what}: no {needed}");
                }
            }
        }
    }
}

#[test]
fn the_password_comes_from_a_secret_and_is_nowhere_else() {
    let manifests = overlay("production");
    assert_eq!(manifests.of_kind("Secret").count(), 0, "a secret in a repository is none");
    let password = env(&manifests, "STORE_PASSWORD");
    let reference = password.pointer("/valueFrom/secretKeyRef").expect("it refers to a Secret");
    let redis = manifests.get("StatefulSet", "bellwether-redis");
    let of_redis = items(redis, "/spec/template/spec/containers/0/env");
    assert_eq!(of_redis[0].pointer("/valueFrom/secretKeyRef"), Some(reference));
    // Kubernetes fills in what stands before.
    let variables =
        items(manifests.get("Deployment", "bellwether"), "/spec/template/spec/containers/0/env");
    let places: BTreeMap<_, _> = variables
        .iter()
        .enumerate()
        .map(|(place, variable)| (text(variable, "/name"), place))
        .collect();
    assert!(places["STORE_PASSWORD"] < places["BELLWETHER_STORE"], "{places:?}");
    let store = text(env(&manifests, "BELLWETHER_STORE"), "/value");
    assert!(store.contains("$(STORE_PASSWORD)"), "{store}");
}

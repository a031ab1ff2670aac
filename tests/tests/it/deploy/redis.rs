//! Each Redis of `deploy/`, started with the very settings that stand there.

use std::fs;

use bellwether_tests::deploy::manifests::{Manifests, items, text};
use bellwether_tests::deploy::path;
use bellwether_tests::redis_server::RedisServer;
use serde_json::Value;
use tempfile::TempDir;

use super::overlay;

/// What must hold of a Redis that jobs are kept in, and what of one that keeps them over its death.
const ALWAYS: [(&str, &str); 1] = [("maxmemory-policy", "noeviction")];
const DURABLE: [(&str, &str); 2] = [("appendonly", "yes"), ("appendfsync", "everysec")];

async fn setting(redis: &RedisServer, name: &str) -> String {
    let mut connection = redis.connection().await;
    let answer = redis::cmd("CONFIG").arg("GET").arg(name).query_async(&mut connection).await;
    let answer: Vec<String> = answer.expect("it is up");
    answer.get(1).cloned().unwrap_or_default()
}

/// Starts a Redis with these arguments and asks it what it is.
async fn asked(what: &str, arguments: Vec<String>, expected: &[(&str, &str)]) -> u64 {
    let redis = RedisServer::start_with(arguments).await;
    for (name, value) in expected {
        assert_eq!(setting(&redis, name).await, *value, "{what}: {name}");
    }
    setting(&redis, "maxmemory").await.parse().expect("a number of bytes")
}

fn arguments(container: &Value) -> Vec<String> {
    let words = items(container, "/args").iter();
    words.map(|word| word.as_str().expect("each is a text").to_owned()).collect()
}

/// The container of the Redis of an overlay.
fn container<'a>(manifests: &'a Manifests, kind: &str) -> &'a Value {
    let owner = manifests.get(kind, "bellwether-redis");
    let container = owner.pointer("/spec/template/spec/containers/0").expect("a container");
    assert_eq!(container["command"], serde_json::json!(["redis-server"]));
    container
}

/// The memory that a container may take, in bytes.
fn limit(container: &Value) -> u64 {
    let limit = text(container, "/resources/limits/memory");
    let units = [("Gi", 1 << 30), ("Mi", 1 << 20)];
    let read =
        |(unit, size): (&str, u64)| Some(limit.strip_suffix(unit)?.parse::<u64>().ok()? * size);
    units.into_iter().find_map(read).unwrap_or_else(|| panic!("{limit}"))
}

#[tokio::test]
async fn every_redis_refuses_rather_than_evicts_and_keeps_what_it_should() {
    let durable = [&ALWAYS[..], &DURABLE[..]].concat();

    let production = overlay("production");
    let container_of = container(&production, "StatefulSet");
    let [file, rest @ ..] = &arguments(container_of)[..] else { panic!("no file is given") };
    assert_eq!(rest, ["--requirepass", "$(REDISCLI_AUTH)"]);
    let map = production.get("ConfigMap", "bellwether-redis");
    let name = file.rsplit('/').next().expect("a path ends in a name");
    let directory = TempDir::new().expect("a temporary directory");
    let written = directory.path().join(name);
    let settings = map["data"][name].as_str().expect("the file is in the ConfigMap");
    // The volume of the pod is not here; later settings win over earlier ones.
    fs::write(&written, settings.replace("dir /data", "")).expect("the directory is ours");
    let most = asked("production", vec![written.display().to_string()], &durable).await;
    assert!(most > 0 && most < limit(container_of) * 2 / 3, "{most}: no room for the fork");

    let dev = overlay("dev");
    let container_of = container(&dev, "Deployment");
    let most = asked("dev", arguments(container_of), &ALWAYS).await;
    assert!(most > 0 && most < limit(container_of), "{most}");

    let compose = fs::read_to_string(path("compose.yaml")).expect("it is part of the repository");
    let compose: Value = serde_saphyr::from_str(&compose).expect("it is YAML");
    let command = items(&compose, "/services/redis/command");
    let words: Vec<_> = command.iter().filter_map(Value::as_str).collect();
    let ["redis-server", words @ ..] = &words[..] else { panic!("{words:?}") };
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    assert!(asked("compose", words, &durable).await > 0);
}

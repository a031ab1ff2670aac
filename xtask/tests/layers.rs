//! The layers of the workspace, held by a test.
//!
//! A crate depends only on crates below it, so that each can be read, built and tested knowing
//! nothing of what stands above; and a framework is known only where it belongs, so that the rules
//! of firing never learn of Redis, nor the store of gRPC:
//!
//! ```text
//! domain <- proto <- client          domain <- store <- store-redis
//! domain, store <- engine <- targets
//! domain, proto, store, engine <- server
//! everything <- cli                  the only one that names concrete stores and targets
//! ```
//!
//! [`LAYERS`] is that rule as data. It is looked for in the manifests as cargo reads them
//! (`cargo metadata --no-deps`: declared dependencies, optional and platform-specific ones among
//! them, without touching the network), not in the sources: what a manifest does not name, code
//! cannot use.
//!
//! - Edges between our own crates are checked whatever their kind: a crate whose tests need the
//!   layer above it cannot be tested alone.
//! - Frameworks are checked among normal dependencies only. A test may start an HTTP server to be
//!   called; a build script's code generator does not end up in the crate.
//! - `tests` may use anything. Nothing may use `tests` or `xtask`.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What the manifest of a crate of the workspace may name. Crates are called without `bellwether-`.
struct Layer {
    name: &'static str,
    /// Crates of the workspace, all of them from rows above this one.
    may_use: &'static [&'static str],
    /// Those of [`FRAMEWORKS`] that belong in the crate.
    frameworks: &'static [&'static str],
}

/// The workspace from the bottom up. A new crate needs a row.
const LAYERS: &[Layer] = &[
    Layer { name: "domain", may_use: &[], frameworks: &[] },
    Layer { name: "proto", may_use: &["domain"], frameworks: &["prost", "tonic"] },
    Layer { name: "store", may_use: &["domain"], frameworks: &["prost", "tokio"] },
    Layer { name: "store-redis", may_use: &["domain", "store"], frameworks: &["redis", "tokio"] },
    Layer { name: "engine", may_use: &["domain", "store"], frameworks: &["tokio"] },
    // Redis as a receiver: a target appends to streams. The job store is none of its business.
    Layer {
        name: "targets",
        may_use: &["domain", "engine"],
        frameworks: &["redis", "reqwest", "tokio"],
    },
    Layer {
        name: "server",
        may_use: &["domain", "proto", "store", "engine"],
        frameworks: &["axum", "prost", "tokio", "tonic"],
    },
    Layer { name: "client", may_use: &["proto"], frameworks: &["prost", "tokio", "tonic"] },
    Layer {
        name: "cli",
        may_use: &[
            "domain",
            "proto",
            "store",
            "store-redis",
            "engine",
            "targets",
            "server",
            "client",
        ],
        frameworks: &["prost", "tokio", "tonic"],
    },
    Layer {
        name: "tests",
        may_use: &[
            "domain",
            "proto",
            "store",
            "store-redis",
            "engine",
            "targets",
            "server",
            "client",
            "cli",
        ],
        frameworks: FRAMEWORKS,
    },
    // It mirrors what it checks, and shares none of its code.
    Layer { name: "model", may_use: &[], frameworks: &[] },
    Layer { name: "xtask", may_use: &[], frameworks: &[] },
];

/// The crates whose spread is watched, each with its family: `tonic` stands for `tonic-types` too.
const FRAMEWORKS: &[&str] = &["axum", "prost", "redis", "reqwest", "tokio", "tonic"];

/// Providers of TLS that must not come in beside rustls with ring: two in one binary mean two sets
/// of root certificates, and with rustls a panic at the first handshake.
const FOREIGN_TLS: &[&str] = &["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl", "openssl-sys"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Normal,
    Dev,
    Build,
}

struct Dependency {
    name: String,
    kind: Kind,
}

/// What in the dependencies of a crate breaks the rule; both in full names.
fn faults(krate: &str, dependencies: &[Dependency]) -> Vec<String> {
    let short = short_name(krate);
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == short) else {
        return vec![format!("{krate} has no row in LAYERS: say there what it may use")];
    };
    dependencies.iter().filter_map(|dependency| fault(layer, dependency)).collect()
}

fn fault(layer: &Layer, Dependency { name, kind }: &Dependency) -> Option<String> {
    let user = layer.name;
    let used = short_name(name);
    if used != name {
        // A crate names itself among its dev-dependencies to switch features on for its tests.
        let allowed = used == user || layer.may_use.contains(&used);
        return (!allowed).then(|| format!("{user} may not use {used} ({kind:?})"));
    }
    if *kind != Kind::Normal {
        return None;
    }
    let family = FRAMEWORKS.iter().find(|&framework| {
        name.strip_prefix(framework).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })?;
    let allowed = layer.frameworks.contains(family);
    (!allowed).then(|| format!("{name} does not belong in {user}"))
}

/// The top of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies below the top")
}

fn short_name(krate: &str) -> &str {
    krate.strip_prefix("bellwether-").unwrap_or(krate)
}

/// The crates of the workspace with what their manifests name.
fn workspace() -> Vec<(String, Vec<Dependency>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--locked", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("the cargo that runs this test can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    packages.iter().map(|package| (text(&package["name"]), dependencies(package))).collect()
}

fn dependencies(package: &Value) -> Vec<Dependency> {
    let declared = package["dependencies"].as_array().expect("a package lists dependencies");
    let read = |dependency: &Value| Dependency {
        name: text(&dependency["name"]),
        kind: match dependency["kind"].as_str() {
            None => Kind::Normal,
            Some("dev") => Kind::Dev,
            Some("build") => Kind::Build,
            Some(other) => panic!("cargo has a new kind of dependency, {other:?}"),
        },
    };
    declared.iter().map(read).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("cargo writes names as strings").to_owned()
}

#[test]
fn every_dependency_points_downward_and_frameworks_stay_where_they_belong() {
    let faults: Vec<String> =
        workspace().iter().flat_map(|(krate, dependencies)| faults(krate, dependencies)).collect();
    assert!(faults.is_empty(), "\n{}\nThe rule is in xtask/tests/layers.rs.", faults.join("\n"));
}

#[test]
fn every_row_is_a_crate_and_names_only_rows_above_it() {
    let crates = workspace();
    for (place, layer) in LAYERS.iter().enumerate() {
        let known = crates.iter().any(|(krate, _)| short_name(krate) == layer.name);
        assert!(known, "{} is no crate of the workspace", layer.name);
        for below in layer.may_use {
            let above = LAYERS[..place].iter().any(|row| row.name == *below);
            assert!(above, "{} names {below}, which has no row above it", layer.name);
        }
        for framework in layer.frameworks {
            assert!(FRAMEWORKS.contains(framework), "{}: {framework}?", layer.name);
        }
    }
}

#[test]
fn a_bad_edge_is_seen() {
    use Kind::{Build, Dev, Normal};
    let cases = [
        // Upward, whatever the kind.
        ("bellwether-store", "bellwether-engine", Normal, "store may not use engine (Normal)"),
        ("bellwether-domain", "bellwether-store", Dev, "domain may not use store (Dev)"),
        ("bellwether-proto", "bellwether-server", Build, "proto may not use server (Build)"),
        ("bellwether-cli", "bellwether-tests", Dev, "cli may not use tests (Dev)"),
        // Sideways: concrete stores and targets are the binary's business.
        (
            "bellwether-server",
            "bellwether-store-redis",
            Dev,
            "server may not use store-redis (Dev)",
        ),
        ("bellwether-engine", "bellwether-targets", Normal, "engine may not use targets (Normal)"),
        ("bellwether-client", "bellwether-domain", Normal, "client may not use domain (Normal)"),
        // Frameworks, with their families.
        ("bellwether-domain", "tokio", Normal, "tokio does not belong in domain"),
        ("bellwether-proto", "tokio-util", Normal, "tokio-util does not belong in proto"),
        ("bellwether-engine", "tonic-types", Normal, "tonic-types does not belong in engine"),
        ("bellwether-engine", "redis", Normal, "redis does not belong in engine"),
        ("bellwether-server", "reqwest", Normal, "reqwest does not belong in server"),
        ("bellwether-targets", "axum", Normal, "axum does not belong in targets"),
        (
            "bellwether-targets",
            "bellwether-store-redis",
            Normal,
            "targets may not use store-redis (Normal)",
        ),
        // A crate that nobody has placed.
        (
            "bellwether-new",
            "serde",
            Normal,
            "bellwether-new has no row in LAYERS: say there what it may use",
        ),
    ];
    for (krate, name, kind, expected) in cases {
        let dependency = Dependency { name: name.to_owned(), kind };
        assert_eq!(faults(krate, &[dependency]), [expected]);
    }
}

#[test]
fn a_good_edge_is_not() {
    use Kind::{Build, Dev, Normal};
    let cases = [
        ("bellwether-store", "bellwether-domain", Normal),
        ("bellwether-store-redis", "bellwether-store", Dev),
        ("bellwether-store", "bellwether-store", Dev),
        ("bellwether-cli", "bellwether-store-redis", Normal),
        ("bellwether-proto", "prost-types", Normal),
        ("bellwether-targets", "axum", Dev),
        ("bellwether-store", "tonic-prost-build", Build),
        ("bellwether-tests", "redis", Normal),
        // Only the family, not whatever begins alike.
        ("bellwether-domain", "tokiox", Normal),
    ];
    for (krate, name, kind) in cases {
        let dependency = Dependency { name: name.to_owned(), kind };
        assert_eq!(faults(krate, &[dependency]), [""; 0], "{krate} {name}");
    }
}

#[test]
fn ring_is_the_only_tls_provider() {
    let path = root().join("Cargo.lock");
    let lock = fs::read_to_string(&path).expect("the workspace has a lock file");
    let locked = |name: &str| lock.contains(&format!("name = \"{name}\"\n"));
    assert!(locked("ring"), "Cargo.lock names packages otherwise than this test believes");
    for name in FOREIGN_TLS {
        assert!(!locked(name), "{name} came in: `cargo tree --workspace --invert {name}` says how");
    }
}

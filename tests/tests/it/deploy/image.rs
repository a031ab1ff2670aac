//! The Dockerfile, read: no container engine is needed for that.

use std::fs;
use std::path::Path;
use std::process::Command;

use bellwether_tests::binary;
use bellwether_tests::deploy::manifests::text;
use bellwether_tests::deploy::path;
use bellwether_tests::deploy::settings::Settings;
use bellwether_tests::python;

use super::{OVERLAYS, overlay};

/// The version of the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// An instruction and its arguments, with continuation lines joined.
struct Instruction {
    name: String,
    arguments: String,
}

fn instructions() -> Vec<Instruction> {
    let text = fs::read_to_string(path("Dockerfile")).expect("it is part of the repository");
    let text = text.replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let read = |line: &str| {
        let (name, arguments) = line.split_once(' ').expect("an instruction has arguments");
        Instruction { name: name.to_owned(), arguments: arguments.trim().to_owned() }
    };
    lines.map(read).collect()
}

/// The instructions of the last stage.
fn runtime() -> Vec<Instruction> {
    let mut stage = instructions();
    let from = stage.iter().rposition(|instruction| instruction.name == "FROM");
    stage.split_off(from.expect("there is a stage"))
}

fn only<'a>(stage: &'a [Instruction], name: &str) -> &'a str {
    let found: Vec<_> = stage.iter().filter(|instruction| instruction.name == name).collect();
    let [instruction] = found[..] else { panic!("{} of {name}", found.len()) };
    &instruction.arguments
}

#[test]
fn it_is_a_dockerfile_without_known_faults() {
    let mut hadolint = Command::new(python::program("hadolint"));
    let output = hadolint.arg("--no-color").arg(path("Dockerfile")).output();
    let output = output.expect("hadolint came with the packages of the tests");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

#[test]
fn it_is_built_by_the_toolchain_that_the_sources_ask_for() {
    let manifest = fs::read_to_string(path("../Cargo.toml")).expect("the workspace has one");
    let wanted = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let wanted = wanted.expect("the workspace names it").trim_matches('"').to_owned();
    let builder = &instructions()[0];
    assert!(builder.arguments.contains(&format!("/rust:{wanted}-")), "{}", builder.arguments);
    let cook = |i: &Instruction| i.arguments.starts_with("cargo chef cook");
    let sources = |i: &Instruction| i.name == "COPY" && i.arguments == ". .";
    let all = instructions();
    let cooked = all.iter().position(cook).expect("dependencies have a layer of their own");
    let built = all.iter().position(|i| i.arguments.starts_with("cargo build")).expect("a build");
    let between: Vec<_> = all[cooked..built].iter().filter(|i| sources(i)).collect();
    assert_eq!(between.len(), 1, "the sources come after the dependencies");
    for part in ["--locked", "--release", "--package bellwether-cli"] {
        assert!(all[cooked].arguments.contains(part) && all[built].arguments.contains(part));
    }
}

#[test]
fn what_it_copies_is_there_and_not_ignored() {
    let ignore = fs::read_to_string(path("Dockerfile.dockerignore")).expect("it has one");
    let kept: Vec<_> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    for name in &kept {
        assert!(path("..").join(name).exists(), "{name} is not there to be kept");
    }
    // Without one of its members' manifests the workspace cannot be read.
    let members = fs::read_dir(path("../crates")).expect("it is there");
    let members = members.map(|entry| entry.expect("it can be listed").path());
    let own = ["tests", "xtask"].map(|name| path("..").join(name));
    for member in members.chain(own) {
        let manifest = member.join("Cargo.toml");
        let below = manifest.strip_prefix(path("..")).expect("it lies in the repository");
        let is_kept = kept.iter().any(|name| below.starts_with(Path::new(name)));
        assert!(is_kept, "{} is ignored", below.display());
    }
    for needed in ["Cargo.toml", "Cargo.lock", "proto", ".cargo"] {
        assert!(kept.contains(&needed), "{needed} is ignored");
    }
}

#[test]
fn it_runs_as_nobody_and_listens_where_the_binary_does() {
    let stage = runtime();
    let user = only(&stage, "USER");
    let id: u32 = user.split(':').next().and_then(|id| id.parse().ok()).expect("a number");
    assert!(id > 0, "{user}");
    for name in OVERLAYS {
        let manifests = overlay(name);
        let deployment = manifests.get("Deployment", "bellwether");
        let context = &deployment["spec"]["template"]["spec"]["securityContext"];
        assert_eq!(context["runAsUser"].as_u64(), Some(id.into()), "{name}");
        let image = text(deployment, "/spec/template/spec/containers/0/image");
        assert!(image.ends_with(&format!("bellwether:{VERSION}")), "{name}: {image}");
    }
    let usual = Settings::of(None, &[]);
    let ports = format!("{} {}", usual.port("grpc_listen"), usual.port("http_listen"));
    assert_eq!(only(&stage, "EXPOSE"), ports);
    assert!(stage.iter().any(|i| i.name == "ARG" && i.arguments == format!("VERSION={VERSION}")));
    // Nothing in it takes back what is safe by default.
    assert!(!stage.iter().any(|i| i.name == "ENV"), "an image's environment is nobody's choice");
}

#[test]
fn its_commands_are_the_binarys() {
    let stage = runtime();
    let json = |text: &str| -> Vec<String> { serde_json::from_str(text).expect("the exec form") };
    let entry = json(only(&stage, "ENTRYPOINT"));
    let copied = only(&stage, "COPY").rsplit(' ').next().expect("it has a target");
    assert_eq!(entry, [copied, "serve"]);
    let (_, check) = only(&stage, "HEALTHCHECK").split_once("CMD ").expect("a command");
    let check = json(check);
    assert_eq!(check, [copied, "health"]);
    for command in [&entry[1], &check[1]] {
        let help = Command::new(binary::path()).args([command, "--help"]).output();
        assert!(help.expect("it can be started").status.success(), "{command}");
    }
}

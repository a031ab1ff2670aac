//! What lies in `deploy/`: each file read by whom it is for, and held against the binary.

mod compose;
mod end_to_end;
mod image;
mod manifests;
mod network;
mod pods;
mod redis;
mod rolling;
mod unit;

use std::fs;
use std::path::Path;
use std::process::Command;

use bellwether_tests::deploy::{manifests::Manifests, path};
use bellwether_tests::python;
use tempfile::TempDir;

/// What an operator may apply.
const OVERLAYS: [&str; 2] = ["dev", "production"];

/// An overlay as it would be applied.
fn overlay(name: &str) -> Manifests {
    Manifests::render(&path("kustomize/overlays").join(name))
}

/// A directory with a kustomization of the test's own, in which `{kustomize}` is
/// `deploy/kustomize`.
fn kustomization(text: &str) -> TempDir {
    let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("cargo made the place");
    // kustomize takes no absolute paths.
    let own = directory.path().canonicalize().expect("it was just made");
    let there = path("kustomize").canonicalize().expect("it is there");
    let up = "../".repeat(own.components().count() - 1);
    let there = there.strip_prefix("/").expect("it is absolute").display();
    let text = text.replace("{kustomize}", &format!("{up}{there}"));
    fs::write(own.join("kustomization.yaml"), text).expect("the directory is ours");
    directory
}

/// What is wrong with files of a kind (`kubernetes` or `compose`), judged by their schemas: the
/// script's output; `Ok` when nothing is.
fn judged(what: &str, files: &[&Path]) -> Result<String, String> {
    let mut script = Command::new(python::interpreter());
    script.arg(python::script("manifests.py")).arg(what).args(files);
    let output = script.output().expect("the interpreter can be started");
    let streams = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(streams).expect("it prints text");
    if output.status.success() { Ok(said) } else { Err(said) }
}

//! What lies in `deploy/`, and processes that are treated as it says.
//!
//! - [`manifests`]: the manifests of an overlay, rendered as `kubectl apply -k` would.
//! - [`rollout`]: what a Deployment says about its pods' lives, read from there.
//! - [`pods`]: a Deployment's controller and its kubelets, over real processes.
//! - [`settings`]: what a node makes of the file and the environment that are there for it.
//! - [`service`]: the address behind which the ready pods are.

pub mod manifests;
pub mod pods;
pub mod rollout;
pub mod service;
pub mod settings;

use std::path::PathBuf;

/// A file or directory of `deploy/`.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "deploy", name].iter().collect()
}

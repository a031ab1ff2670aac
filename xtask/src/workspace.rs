//! Where the workspace lies on this machine.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::CommandLine;

/// The directories that the chores work in, both absolute.
pub(crate) struct Workspace {
    /// The top of the repository.
    pub(crate) root: PathBuf,
    /// Where cargo builds: `target`, unless the environment or a configuration says otherwise.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the workspace and makes its top the current directory, so that every command of a
    /// chore means the same from wherever the chore was called.
    ///
    /// # Errors
    /// When cargo cannot read the workspace's manifests.
    pub(crate) fn enter() -> Result<Self> {
        let manifest_dir = std::env::var("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
        let root =
            Path::new(&manifest_dir).parent().context("xtask lies below the workspace's top")?;
        std::env::set_current_dir(root)
            .with_context(|| format!("cannot enter {}", root.display()))?;
        Ok(Self { root: root.to_owned(), target: target_directory()? })
    }
}

/// Asks cargo, which alone knows every place where the directory may be set.
fn target_directory() -> Result<PathBuf> {
    let metadata = CommandLine::cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let answer = metadata.answer().with_context(|| format!("`{metadata}` failed"))?;
    let answer: Value = serde_json::from_str(&answer).context("cargo's metadata is no JSON")?;
    let target = answer["target_directory"]
        .as_str()
        .context("cargo's metadata names no target_directory")?;
    Ok(target.into())
}

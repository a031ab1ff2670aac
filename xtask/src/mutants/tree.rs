//! A copy of the sources, in which guards are taken out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::guards::Mutant;
use crate::command::CommandLine;

/// Where the scripts lie.
const LUA: &str = "crates/store-redis/src/lua";

/// The copy.
pub(super) struct Tree {
    from: PathBuf,
    /// Its top.
    pub(super) top: PathBuf,
}

impl Tree {
    /// Copies what git knows of the sources below `from`, as it lies there now.
    ///
    /// # Errors
    /// When they cannot be listed, read or written.
    pub(super) fn copy(from: &Path, top: PathBuf) -> Result<Self> {
        let listing = CommandLine::new(
            "git",
            &["ls-files", "--cached", "--others", "-z", "--exclude-standard"],
        );
        let files = listing.answer().with_context(|| format!("`{listing}` failed"))?;
        let tree = Self { from: from.to_owned(), top };
        for file in files.split('\0').filter(|file| !file.is_empty()) {
            // One that is deleted and not committed is listed, too.
            if let Ok(content) = fs::read(from.join(file)) {
                tree.write(file, &content)?;
            }
        }
        Ok(tree)
    }

    /// Takes the guard out.
    ///
    /// # Errors
    /// When a script does not have it, or cannot be read or written.
    pub(super) fn take_out(&self, mutant: &Mutant) -> Result<()> {
        for (file, _, _) in mutant.edits {
            let script = self.script(file)?;
            let without = mutant.of(file, &script);
            let without = without
                .map_err(|guard| anyhow::anyhow!("{file} does not have, or not once: {guard}"))?;
            self.write(&format!("{LUA}/{file}"), without.as_bytes())?;
        }
        Ok(())
    }

    /// Puts it back.
    ///
    /// # Errors
    /// When a script cannot be read or written.
    pub(super) fn put_back(&self, mutant: &Mutant) -> Result<()> {
        mutant.edits.iter().try_for_each(|(file, _, _)| {
            self.write(&format!("{LUA}/{file}"), self.script(file)?.as_bytes())
        })
    }

    fn script(&self, file: &str) -> Result<String> {
        let path = self.from.join(LUA).join(file);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// What is there already is left alone, so that cargo builds nothing again because of it.
    fn write(&self, file: &str, content: &[u8]) -> Result<()> {
        let path = self.top.join(file);
        if fs::read(&path).is_ok_and(|there| there == content) {
            return Ok(());
        }
        let directory = path.parent().context("a file lies in a directory")?;
        fs::create_dir_all(directory)
            .and_then(|()| fs::write(&path, content))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

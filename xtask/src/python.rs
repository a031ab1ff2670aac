//! The Python of the tests that talk to Bellwether from outside Rust.
//!
//! It lives in a virtual environment under `target`: the system's Python stays as it is (Debian's
//! refuses packages by pip anyway), and `cargo clean` removes it. A copy of the requirements, laid
//! into the environment after they were installed, tells when they have changed; it is made by the
//! last of the commands, so that somebody who types them by hand is believed too.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::CommandLine;
use crate::workspace::Workspace;

/// Names, for the tests, the interpreter that has the packages they need.
pub(crate) const VARIABLE: &str = "BELLWETHER_PYTHON";

/// What the tests' packages are, from the top of the repository.
const REQUIREMENTS: &str = "tests/python/requirements.txt";

/// The virtual environment, there or not.
pub(crate) struct Venv {
    requirements: PathBuf,
    home: PathBuf,
}

impl Venv {
    /// The environment that the tests of this workspace need; none when no test needs Python.
    pub(crate) fn of(workspace: &Workspace) -> Option<Self> {
        let requirements = workspace.root.join(REQUIREMENTS);
        requirements.exists().then(|| Self { requirements, home: workspace.target.join("python") })
    }

    /// The interpreter, to be named in [`VARIABLE`].
    pub(crate) fn interpreter(&self) -> PathBuf {
        self.home.join("bin/python")
    }

    /// Whether the interpreter runs and the requirements are those that were installed.
    pub(crate) fn is_ready(&self) -> bool {
        let same = match (fs::read(&self.requirements), fs::read(self.installed())) {
            (Ok(required), Ok(installed)) => required == installed,
            _ => false,
        };
        same && CommandLine::new(&shown(&self.interpreter()), &["--version"]).answer().is_some()
    }

    /// The commands that make it ready, from nothing or from an outdated one.
    pub(crate) fn install(&self) -> Vec<CommandLine> {
        let (home, python) = (shown(&self.home), shown(&self.interpreter()));
        let (requirements, installed) = (shown(&self.requirements), shown(&self.installed()));
        // Wheels only: building grpcio from its sources takes the better part of an hour.
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let pip: Vec<&str> =
            pip.into_iter().chain(["--only-binary", ":all:", "-r", &requirements]).collect();
        vec![
            CommandLine::new("python3", &["-m", "venv", "--clear", &home]),
            CommandLine::new(&python, &pip),
            CommandLine::new("cp", &[&requirements, &installed]),
        ]
    }

    fn installed(&self) -> PathBuf {
        self.home.join("requirements.installed")
    }
}

/// Whether the system's Python can make virtual environments.
pub(crate) fn system_has_venv() -> bool {
    CommandLine::new("python3", &["-c", "import ensurepip, venv"]).answer().is_some()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_make_it_ready_and_a_changed_requirement_undoes_that() {
        let scratch = std::env::temp_dir().join(format!("bellwether-xtask-{}", std::process::id()));
        let workspace = Workspace { root: scratch.join("top"), target: scratch.join("target") };
        assert!(Venv::of(&workspace).is_none(), "no test of this workspace needs Python");

        let requirements = workspace.root.join(REQUIREMENTS);
        fs::create_dir_all(requirements.parent().expect("it lies in tests/python"))
            .expect("the temporary directory is ours to write");
        fs::write(&requirements, "# none\n").expect("its directory was just made");
        let venv = Venv::of(&workspace).expect("there are requirements now");
        assert!(!venv.is_ready());

        // A stand-in for the interpreter: what is under test is the bookkeeping around it.
        let bin = venv.home.join("bin");
        fs::create_dir_all(&bin).expect("the temporary directory is ours to write");
        std::os::unix::fs::symlink("/bin/true", bin.join("python")).expect("it is not there yet");
        assert!(!venv.is_ready(), "nothing was installed");
        let note = venv.install().pop().expect("there are commands");
        note.run().expect("both ends of the copy are there");
        assert!(venv.is_ready());

        fs::write(&requirements, "grpcio==1.0\n").expect("it is ours");
        assert!(!venv.is_ready(), "something else is required now");
        fs::remove_dir_all(&scratch).expect("it is ours");
    }
}

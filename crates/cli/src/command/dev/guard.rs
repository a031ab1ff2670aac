//! What ends the processes of `dev` when it cannot do so itself: when it is killed with -9.
//!
//! A shell that reads, from a pipe, which processes live. The pipe ends with `dev`, however that
//! ends, and the shell then kills those of its last line. This asks nothing of the processes, so
//! it works for redis-server too; the kernel's own means (a signal at a parent's death) is Linux's
//! alone.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::failure::Failure;

const SCRIPT: &str =
    r#"while read -r all; do living=$all; done; [ -z "$living" ] || kill -9 $living"#;

/// The guard, which itself ends with the value.
pub(super) struct Guard {
    shell: Child,
    /// `None` once it has nothing more to learn.
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Starts it.
    pub(super) fn start() -> Result<Self, Failure> {
        let mut shell = Command::new("/bin/sh");
        // A group of its own: Ctrl-C in the terminal is not for it.
        shell.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::null()).process_group(0);
        let mut shell = shell
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Failure::failed(format!("cannot start /bin/sh: {error}")))?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// Tells it which processes live now.
    ///
    /// # Errors
    /// It is gone.
    pub(super) fn watch(&mut self, living: impl Iterator<Item = u32>) -> Result<(), Failure> {
        let gone = || Failure::failed("the shell that would end all processes is gone");
        let mut line = String::new();
        for pid in living {
            // Into a string, which cannot fail.
            let _ = write!(line, "{pid} ");
        }
        line.push('\n');
        let pipe = self.pipe.as_mut().ok_or_else(gone)?;
        pipe.write_all(line.as_bytes()).map_err(|_| gone())
    }
}

impl Drop for Guard {
    /// At the end of its pipe it does what is to be done, and ends.
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.shell.wait();
    }
}

//! Processes that a test starts, signals and ends, each by its own pid.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process};

use crate::wait::wait_for;

/// How many lines of a process's output a failed test shows.
const SHOWN: usize = 80;

/// A process and what it wrote. Dropping it kills it; where the test failed, the end of what it
/// wrote is shown.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Mutex<Child>,
    pid: u32,
    lines: Lines,
    readers: Vec<thread::JoinHandle<()>>,
}

/// What a process wrote, line by line, the two streams as they came.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// All of them so far.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.0.lock().clone()
    }

    /// What `pick` makes of the first line that it takes.
    pub fn find<T>(&self, pick: impl FnMut(&String) -> Option<T>) -> Option<T> {
        self.0.lock().iter().find_map(pick)
    }

    /// The last `count` lines, for people.
    #[must_use]
    pub fn tail(&self, count: usize) -> String {
        let lines = self.0.lock();
        lines[lines.len().saturating_sub(count)..].join("\n")
    }

    fn follow(&self, stream: impl Read + Send + 'static) -> thread::JoinHandle<()> {
        let lines = Arc::clone(&self.0);
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                lines.lock().push(line);
            }
        })
    }
}

impl Process {
    /// Starts `command` under a name of the test's own.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn spawn(name: &str, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {:?}: {error}", command.get_program()));
        let lines = Lines::default();
        let stdout = child.stdout.take().map(|stream| lines.follow(stream));
        let stderr = child.stderr.take().map(|stream| lines.follow(stream));
        let readers = stdout.into_iter().chain(stderr).collect();
        let (pid, child) = (child.id(), Mutex::new(child));
        Self { name: name.to_owned(), child, pid, lines, readers }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// What it wrote.
    #[must_use]
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.child.lock().try_wait().unwrap_or(None)
    }

    /// Sends it a signal. One that has ended gets none: its pid may be another's by now.
    pub fn signal(&self, signal: Signal) {
        let mut child = self.child.lock();
        if matches!(child.try_wait(), Ok(None)) {
            // Until it is waited for, the pid is its own.
            let _ = kill_process(Pid::from_child(&child), signal);
        }
    }

    /// Ends it on the spot (SIGKILL) and reads what it had written.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        // It was killed, so the wait is short; an error says that it was waited for already.
        let _ = self.child.lock().wait();
        self.readers.drain(..).for_each(|reader| drop(reader.join()));
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// When it goes on for longer than `within`.
    pub async fn wait_exit(&mut self, within: Duration) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        let status = wait_for(&what, within, async || {
            self.exit_status().ok_or_else(|| "it is still running".to_owned())
        })
        .await;
        self.readers.drain(..).for_each(|reader| drop(reader.join()));
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            println!("--- the last lines of {} (pid {}):", self.name, self.pid());
            println!("{}", self.lines.tail(SHOWN));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::PATIENCE;

    fn sh(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::spawn("a shell", command)
    }

    #[tokio::test]
    async fn both_streams_are_kept() {
        let mut shell = sh("echo out; echo err >&2; exit 3");
        assert_eq!(shell.wait_exit(PATIENCE).await.code(), Some(3));
        let mut lines = shell.lines().all();
        lines.sort();
        assert_eq!(lines, ["err", "out"]);
    }

    #[tokio::test]
    async fn a_stopped_process_stands_still_and_can_be_killed() {
        use std::os::unix::process::ExitStatusExt as _;

        let mut shell = sh("echo up; while :; do :; done");
        let lines = shell.lines().clone();
        let up = async || lines.find(|line| (line == "up").then_some(())).ok_or("silence".into());
        wait_for("the shell", PATIENCE, up).await;
        shell.signal(Signal::STOP);
        let stat = format!("/proc/{}/stat", shell.pid());
        wait_for("the shell to stand still", PATIENCE, async || {
            let stat = std::fs::read_to_string(&stat).expect("the process is there");
            if stat.contains(") T ") { Ok(()) } else { Err(stat) }
        })
        .await;
        shell.kill();
        let status = shell.exit_status().expect("it was waited for");
        assert_eq!(status.signal(), Some(9));
    }
}

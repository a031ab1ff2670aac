//! Workers under test: real processes of `src/bin/worker.rs`, and what they do.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bellwether_client::v1;
use bellwether_proto::convert::{Problems, timestamp_from_proto};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::Process;

/// The handler that workers have unless they are told otherwise.
pub const HANDLER: &str = "work";

/// The handler of workers that do nothing.
pub const IDLE: &str = "idle";

/// How a worker is started.
#[derive(Clone, Debug)]
pub struct WorkerSetup {
    /// What it is called.
    pub name: String,
    /// The nodes that it knows.
    pub nodes: Vec<String>,
    /// Its queues.
    pub queues: Vec<String>,
    /// How many runs it takes at once.
    pub capacity: u16,
    /// Where its handlers lead; `None`: nowhere, they do nothing.
    pub sink: Option<String>,
}

/// A worker. Dropping it kills it; where the test failed, the end of its log is shown.
#[derive(Debug)]
pub struct WorkerProcess {
    process: Process,
}

impl WorkerSetup {
    /// Starts it.
    #[must_use]
    pub fn start(&self) -> WorkerProcess {
        let mut command = Command::new(binary());
        command.args(["--name", &self.name, "--nodes", &self.nodes.join(",")]);
        command.args(["--queues", &self.queues.join(",")]);
        command.args(["--capacity", &self.capacity.to_string()]);
        match &self.sink {
            Some(sink) => command.args(["--handlers", HANDLER, "--sink", sink]),
            None => command.args(["--handlers", IDLE]),
        };
        WorkerProcess { process: Process::spawn(&self.name, command) }
    }
}

impl WorkerProcess {
    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Ends it on the spot.
    pub fn kill9(&mut self) {
        self.process.kill();
    }

    /// Lets it stand still.
    pub fn stop(&self) {
        self.process.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn cont(&self) {
        self.process.signal(Signal::CONT);
    }

    /// Asks it to leave and waits until it has: what it holds ends first.
    ///
    /// # Panics
    /// When it goes on for longer than `within`, or does not leave in good order.
    pub async fn leave(mut self, within: Duration) {
        self.process.signal(Signal::TERM);
        let status = self.process.wait_exit(within).await;
        assert!(status.success(), "{status}: {}", self.process.lines().tail(20));
    }
}

/// The worker's binary: beside the test's own, as cargo puts it for this package's tests.
fn binary() -> PathBuf {
    let own = std::env::current_exe().expect("a process knows its executable");
    let directory = own.parent().expect("an executable lies in a directory");
    let profile = match directory.file_name() {
        Some(name) if name == "deps" => directory.parent().expect("`deps` lies in a profile"),
        _ => directory,
    };
    Path::new(profile).join("worker")
}

/// Calls the sink at `url` for a run, as an HTTP target would; the status of its answer.
///
/// # Errors
/// In words: no connection, or no HTTP.
pub async fn forward(url: &str, run: &v1::RunDelivery) -> Result<u16, String> {
    let rest = url.strip_prefix("http://").ok_or("the sink's URL is not http")?;
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let fire_time = timestamp_from_proto(run.fire_time, "fire_time", &mut Problems::default());
    let fire_time = fire_time.ok_or("there is no fire time")?;
    let request = format!(
        "POST /{path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: 0\r\nwebhook-id: {}\r\n\
         bellwether-namespace: {}\r\nbellwether-job: {}\r\nbellwether-fire-time: {fire_time}\r\n\
         bellwether-attempt: {}\r\nbellwether-epoch: {}\r\n\r\n",
        run.run_id, run.namespace, run.job_id, run.attempt, run.epoch
    );
    let answer = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    };
    let answer = answer.await.map_err(|error: std::io::Error| error.to_string())?;
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    status.ok_or_else(|| format!("no status in {answer:?}"))
}

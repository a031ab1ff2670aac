//! A redis-server of a test's own: on a free loopback port, gone with its handle.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use tempfile::TempDir;

/// A running server.
pub(crate) struct Server {
    child: Child,
    log: Option<JoinHandle<()>>,
    _directory: TempDir,
    port: u16,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        // Between finding a port free and its use another process may take it; the server ends then.
        let started = (0..5).find_map(|_| Self::try_start(arguments));
        started.expect("redis-server starts; is it installed?")
    }

    fn try_start(arguments: &[&str]) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let directory = TempDir::new().expect("a temporary directory");
        let mut child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "no", "--dir"])
            .arg(directory.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server is installed");
        let mut log = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let ready = log
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains("eady to accept connections"));
        if !ready {
            child.wait().expect("it ended");
            return None;
        }
        // Read on, or it would block once the pipe is full.
        let log = std::thread::spawn(move || log.for_each(drop));
        Some(Self { child, log: Some(log), _directory: directory, port })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Stops it where it stands; what it is sent waits.
    pub(crate) fn stop(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    /// What a command answers.
    pub(crate) async fn ask<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let client = redis::Client::open(self.url()).expect("a good url");
        let mut connection =
            client.get_multiplexed_async_connection().await.expect("the server listens");
        let mut sent = redis::cmd(command[0]);
        sent.arg(&command[1..]);
        sent.query_async(&mut connection).await.expect("a good command")
    }

    fn signal(&self, signal: &str) {
        let kill = Command::new("kill").arg(signal).arg(self.child.id().to_string()).status();
        assert!(kill.expect("kill is installed").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(log) = self.log.take() {
            let _ = log.join();
        }
    }
}

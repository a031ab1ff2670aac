//! A redis-server of a test's own: on a free loopback port, without persistence, gone with its
//! handle.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use bellwether_store_redis::{RedisConfig, RedisStore};
use tempfile::TempDir;

/// A running server.
pub(crate) struct Server {
    child: Child,
    log: Option<JoinHandle<()>>,
    directory: TempDir,
    port: u16,
}

impl Server {
    /// Starts one.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one with further arguments.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        // Between finding a port free and its use another process may take it; the server ends then.
        let started = (0..5).find_map(|_| Self::try_start(free_port(), arguments));
        started.expect("redis-server starts; is it installed?")
    }

    fn try_start(port: u16, arguments: &[&str]) -> Option<Self> {
        let directory = TempDir::new().expect("a temporary directory");
        let mut child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "no", "--dir"])
            .arg(directory.path())
            .arg("--unixsocket")
            .arg(directory.path().join("redis.sock"))
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
        Some(Self { child, log: Some(log), directory, port })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("redis.sock")
    }

    /// The store on it.
    pub(crate) async fn store(&self) -> RedisStore {
        RedisStore::connect(RedisConfig::new(self.url(), "test")).await.expect("a good config")
    }

    /// A connection for commands of the test's own.
    pub(crate) async fn connection(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.url()).expect("a good url");
        client.get_multiplexed_async_connection().await.expect("it listens")
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts one on a port that was just in use.
    pub(crate) fn start_on(port: u16) -> Option<Self> {
        Self::try_start(port, &[])
    }

    /// Stops it where it stands; what it is sent waits.
    pub(crate) fn stop(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let kill = Command::new("kill").arg(signal).arg(self.child.id().to_string()).status();
        assert!(kill.expect("kill is installed").success());
    }

    /// Kills it, as a power cut would.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself, on a command of the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(log) = self.log.take() {
            let _ = log.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

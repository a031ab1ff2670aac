//! A real redis-server that a test starts, kills, freezes and brings back.

use std::process::Command;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::port;
use crate::process::Process;
use crate::wait::{PATIENCE, wait_for};

/// What a Redis keeps over its death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// Nothing.
    None,
    /// Every write, before it is answered (an append-only file, `appendfsync always`).
    Always,
    /// Every write, at most a second after it was answered (`appendfsync everysec`).
    EverySecond,
}

/// A redis-server on a loopback port and a directory of its own.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    directory: TempDir,
    settings: Vec<String>,
    process: Process,
}

impl RedisServer {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(persistence: Persistence) -> Self {
        Self::start_with(persistence.settings()).await
    }

    /// Starts one with these arguments, or the file that the first of them names, and waits until
    /// it answers.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start_with(settings: Vec<String>) -> Self {
        let directory = TempDir::with_prefix("bellwether-redis-").expect("a temporary directory");
        let mut port = port::free();
        let mut process = spawn(port, &directory, &settings);
        // Somebody may take the port between the look and the start.
        while let Err(ended) = answering(&process, port).await {
            assert!(ended.contains("in use"), "redis-server ended:\n{ended}");
            port = port::free();
            process = spawn(port, &directory, &settings);
        }
        Self { port, directory, settings, process }
    }

    /// Where clients find it, as `--store` takes it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Ends it on the spot: kill -9.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Brings it back, at the same port with what the same directory holds.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn restart(&mut self) {
        self.process.kill();
        self.process = spawn(self.port, &self.directory, &self.settings);
        if let Err(ended) = answering(&self.process, self.port).await {
            panic!("redis-server did not come back:\n{ended}");
        }
    }

    /// Freezes it (SIGSTOP): connections stay open and nothing is answered.
    pub fn pause(&self) {
        self.process.signal(Signal::STOP);
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) {
        self.process.signal(Signal::CONT);
    }

    /// A connection for the test's own looks.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn connection(&self) -> MultiplexedConnection {
        connect(self.port).await.expect("the server is up")
    }
}

impl Persistence {
    /// The arguments of a server that keeps so much.
    fn settings(self) -> Vec<String> {
        let (append, fsync) = match self {
            Self::None => ("no", "no"),
            Self::Always => ("yes", "always"),
            Self::EverySecond => ("yes", "everysec"),
        };
        let always = ["--save", "", "--maxmemory-policy", "noeviction"];
        let settings = always.into_iter().chain(["--appendonly", append, "--appendfsync", fsync]);
        settings.map(ToOwned::to_owned).collect()
    }
}

fn spawn(port: u16, directory: &TempDir, settings: &[String]) -> Process {
    let mut command = Command::new("redis-server");
    command.args(settings).arg("--dir").arg(directory.path());
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
    Process::spawn("redis-server", command)
}

/// Waits for the first answer; what the server wrote, if it ends instead.
async fn answering(process: &Process, port: u16) -> Result<(), String> {
    wait_for("redis-server to answer", PATIENCE, async || {
        if process.exit_status().is_some() {
            return Ok(Err(process.lines().tail(20)));
        }
        let mut connection = connect(port).await.map_err(|error| error.to_string())?;
        // It answers with LOADING until it has read its file.
        let pong: redis::RedisResult<String> =
            redis::cmd("PING").query_async(&mut connection).await;
        pong.map(|_| Ok(())).map_err(|error| error.to_string())
    })
    .await
}

async fn connect(port: u16) -> redis::RedisResult<MultiplexedConnection> {
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}"))?;
    let config = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(Some(Duration::from_secs(2)))
        .set_response_timeout(Some(Duration::from_secs(2)));
    client.get_multiplexed_async_connection_with_config(&config).await
}

#[cfg(test)]
mod tests {
    use redis::AsyncCommands as _;

    use super::*;

    async fn value_after_a_kill(persistence: Persistence) -> Option<String> {
        let mut server = RedisServer::start(persistence).await;
        let _: () = server.connection().await.set("key", "value").await.expect("it is up");
        let url = server.url();
        server.restart().await;
        assert_eq!(server.url(), url);
        server.connection().await.get("key").await.expect("it is up again")
    }

    #[tokio::test]
    async fn what_was_acknowledged_is_there_after_a_kill() {
        assert_eq!(value_after_a_kill(Persistence::Always).await.as_deref(), Some("value"));
    }

    #[tokio::test]
    async fn without_persistence_it_is_not() {
        assert_eq!(value_after_a_kill(Persistence::None).await, None);
    }

    #[tokio::test]
    async fn a_frozen_server_answers_when_it_goes_on() {
        let server = RedisServer::start(Persistence::None).await;
        let mut connection = server.connection().await;
        server.pause();
        let set = async move { connection.set::<_, _, ()>("key", 1).await };
        let mut set = std::pin::pin!(set);
        let early = tokio::time::timeout(Duration::from_millis(50), &mut set).await;
        assert!(early.is_err(), "it answered though it is frozen");
        server.resume();
        set.await.expect("it goes on");
    }
}

//! A redis-server for as long as `dev` runs. It keeps nothing: its jobs end with it.

use std::env;
use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use super::guard::Guard;
use crate::failure::Failure;

/// How often another port is tried: between finding one free and its use it may be taken.
const TRIES: usize = 5;

/// A running server, killed with the value.
pub(super) struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    /// Starts `program`, or the redis-server of this machine, on a free port of loopback, with its
    /// process known to `guard`. Waits until it answers.
    ///
    /// # Errors
    /// There is none, with a word how to get one; or it does not start, with its last words.
    pub(super) fn start(program: Option<&Path>, guard: &mut Guard) -> Result<Self, Failure> {
        let mut last_words = String::new();
        for _ in 0..TRIES {
            let port = free_port()
                .map_err(|error| Failure::failed(format!("no port is free: {error}")))?;
            match Self::try_start(program, port, guard)? {
                Ok(redis) => return Ok(redis),
                Err(words) => last_words = words,
            }
        }
        Err(Failure::failed(format!("redis-server does not start: {last_words}")))
    }

    /// Starts it on `port`; its last words where it ends again.
    fn try_start(
        program: Option<&Path>,
        port: u16,
        guard: &mut Guard,
    ) -> Result<Result<Self, String>, Failure> {
        let mut child = command(program, port).spawn().map_err(|error| missing(program, &error))?;
        let Some(output) = child.stdout.take() else {
            return Err(Failure::failed("the output of redis-server is not piped"));
        };
        let mut redis = Self { child, port };
        guard.watch([redis.pid()].into_iter())?;
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let mut last = String::new();
        for line in lines.by_ref() {
            if line.contains("eady to accept connections") {
                // Read on, or it would stop when the pipe is full. Ends with the server.
                thread::spawn(move || lines.for_each(drop));
                return Ok(Ok(redis));
            }
            last = line;
        }
        // It closed its output, so it ends.
        let _ = redis.child.wait();
        Ok(Err(last))
    }

    /// Where it listens.
    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends it.
    pub(super) fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn command(program: Option<&Path>, port: u16) -> Command {
    let mut command = Command::new(program.unwrap_or(Path::new("redis-server")));
    command
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"])
        .args(["--daemonize", "no", "--logfile", "", "--dir"])
        .arg(env::temp_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // A group of its own: Ctrl-C in the terminal must not end it before the nodes.
        .process_group(0);
    command
}

fn missing(program: Option<&Path>, error: &io::Error) -> Failure {
    match program {
        Some(program) => Failure::failed(format!("--redis {}: {error}", program.display())),
        None if error.kind() == io::ErrorKind::NotFound => Failure::failed(
            "several nodes share their jobs through Redis, and there is no redis-server here; get \
             one (Debian, Ubuntu: apt install redis-server; macOS: brew install redis) or name one \
             with --redis PATH",
        ),
        None => Failure::failed(format!("cannot start redis-server: {error}")),
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

//! A node of `dev` in a process of its own, so that it can be killed like any other.

use std::env;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::failure::Failure;

/// The ports at which clients look when they are told nothing: gRPC and HTTP.
const USUAL: [u16; 2] = [7400, 7401];

/// Where a node listens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listen {
    pub(super) grpc: SocketAddr,
    http: SocketAddr,
}

/// A node in a process, killed with the value.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) listen: Listen,
    child: Child,
}

impl Member {
    /// Starts the node `name` on `store`. `log` is what it logs, on this process's stderr; `None`
    /// leaves that to the environment.
    pub(super) fn start(
        name: String,
        listen: Listen,
        store: &str,
        log: Option<&str>,
    ) -> Result<Self, Failure> {
        let failed =
            |error: io::Error| Failure::failed(format!("cannot start node {name}: {error}"));
        let mut command = Command::new(env::current_exe().map_err(failed)?);
        command
            .args(["serve", "--store", store, "--cluster", "dev", "--node", &name])
            .args(["--grpc-listen", &listen.grpc.to_string()])
            .args(["--http-listen", &listen.http.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // A group of its own: Ctrl-C in the terminal comes to it as SIGTERM from here.
            .process_group(0);
        if let Some(log) = log {
            command.args(["--log", log]);
        }
        // What is set for a node of the user's is not meant for these.
        for (key, _) in env::vars_os() {
            if key.to_str().is_some_and(|key| key.starts_with("BELLWETHER_")) {
                command.env_remove(key);
            }
        }
        let child = command.spawn().map_err(failed)?;
        Ok(Self { name, listen, child })
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended, and how.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks it to leave.
    pub(super) fn ask_to_leave(&self) {
        // One that has ended meanwhile needs no asking; nobody has waited for it yet, so the pid
        // is still its own.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a process ended, in words.
pub(super) fn how(status: ExitStatus) -> String {
    match status.signal() {
        Some(9) => "was killed with -9".to_owned(),
        Some(signal) => format!("was ended by signal {signal}"),
        None => format!("ended with {}", status.code().unwrap_or_default()),
    }
}

/// Addresses for `count` nodes: the first has the usual ones where they are free, all others have
/// free ones.
pub(super) fn addresses(count: u16) -> Result<Vec<Listen>, Failure> {
    let none = |error: io::Error| Failure::failed(format!("no port is free: {error}"));
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    // Held until all are found, so that none is found twice.
    let mut held = Vec::new();
    for number in 0..count {
        let usual = USUAL.map(bind);
        let pair = match usual {
            [Ok(grpc), Ok(http)] if number == 0 => [grpc, http],
            _ => [bind(0).map_err(none)?, bind(0).map_err(none)?],
        };
        held.push(pair);
    }
    let address = |listener: &TcpListener| listener.local_addr().map_err(none);
    held.iter()
        .map(|[grpc, http]| Ok(Listen { grpc: address(grpc)?, http: address(http)? }))
        .collect()
}

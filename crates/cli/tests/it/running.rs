//! The binary as a process that goes on, until it is told to leave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::process::{Ended, bellwether, run, run_with};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running process, killed when the value goes.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<Line>,
    /// What was read so far.
    seen: Vec<Line>,
}

/// A line that the process printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Out(String),
    Err(String),
}

impl Line {
    /// The text of a line of stdout.
    pub(crate) fn out(&self) -> Option<&str> {
        match self {
            Self::Out(text) => Some(text),
            Self::Err(_) => None,
        }
    }

    /// The text of a line of stderr.
    pub(crate) fn err(&self) -> Option<&str> {
        match self {
            Self::Out(_) => None,
            Self::Err(text) => Some(text),
        }
    }
}

impl Running {
    /// Starts `command`.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        forward(child.stdout.take().unwrap(), Line::Out, sender.clone());
        forward(child.stderr.take().unwrap(), Line::Err, sender);
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits until what was printed so far satisfies `found`, and returns what it found.
    pub(crate) fn until<T>(&mut self, what: &str, found: impl Fn(&[Line]) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(value) = found(&self.seen) {
                return value;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Timeout) => panic!("no {what} in {:#?}", self.seen),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("it ended without {what}: {:#?}", self.seen)
                }
            }
        }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the process to end by itself.
    pub(crate) fn ended(mut self) -> (ExitStatus, Vec<Line>) {
        let deadline = Instant::now() + PATIENCE;
        // Both pipes close when the process ends.
        while let Ok(line) = self.lines.recv_timeout(deadline - Instant::now()) {
            self.seen.push(line);
        }
        assert!(Instant::now() < deadline, "it goes on: {:#?}", self.seen);
        (self.child.wait().unwrap(), std::mem::take(&mut self.seen))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(pipe: impl Read + Send + 'static, kind: fn(String) -> Line, sender: Sender<Line>) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(kind(line)).is_err() {
                return;
            }
        }
    });
}

/// A node of its own, on free ports.
pub(crate) struct Node {
    pub(crate) process: Running,
    pub(crate) grpc: String,
    pub(crate) http: String,
}

impl Node {
    /// Starts a node in memory.
    pub(crate) fn start() -> Self {
        Self::with(&["--store", "memory:"])
    }

    /// Starts a node with these flags.
    pub(crate) fn with(flags: &[&str]) -> Self {
        let ports = ["--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"];
        let mut process = Running::start(bellwether(&[&["serve"], &ports[..], flags].concat()));
        let address = |line: &Value, name: &str| line[name].as_str().map(ToOwned::to_owned);
        let (grpc, http) = process.until("a line that says where it listens", |lines| {
            let line = logged(lines, "listening").next()?;
            Some((address(&line, "grpc")?, address(&line, "http")?))
        });
        Self { process, grpc, http }
    }

    /// Runs a command against the node.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        run(&[arguments, &["--address", &self.grpc]].concat())
    }

    /// Runs a command against the node with `input` on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        run_with(&[arguments, &["--address", &self.grpc]].concat(), input)
    }
}

/// The lines of the log with this message.
pub(crate) fn logged<'a>(lines: &'a [Line], message: &'a str) -> impl Iterator<Item = Value> + 'a {
    lines
        .iter()
        .filter_map(Line::err)
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(move |line| line["message"] == message)
}

/// The status and body of a page, or nothing when nobody answers.
pub(crate) fn get(address: &str, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n").ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).ok()?;
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// Asks again and again until the answer is there.
pub(crate) fn eventually<T>(what: &str, ask: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = ask() {
            return value;
        }
        assert!(Instant::now() < deadline, "{what} did not come");
        thread::yield_now();
    }
}

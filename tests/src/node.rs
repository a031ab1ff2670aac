//! A real process of the binary, serving.

use std::collections::HashMap;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use bellwether_client::{Address, Client, ClientOptions, RetryPolicy};
use bellwether_domain::{Epoch, Partition, Timestamp};
use rustix::process::Signal;
use serde_json::Value;

use crate::binary;
use crate::check::LedTerm;
use crate::handover::Reign;
use crate::http::{self, Answer};
use crate::process::{Lines, Process};
use crate::wait::{PATIENCE, wait_for};

/// How a node is started: `serve` with loopback listeners on free ports, and what is said here.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    name: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl NodeOptions {
    /// A node called `name` whose jobs lie in `store`.
    #[must_use]
    pub fn new(name: &str, store: &str) -> Self {
        Self { name: name.to_owned(), args: Vec::new(), env: Vec::new() }
            .flag("--node", name)
            .flag("--store", store)
            .flag("--cluster", "test")
            .flag("--grpc-listen", "127.0.0.1:0")
            .flag("--http-listen", "127.0.0.1:0")
    }

    /// With a flag of `serve`; one that was given before is replaced.
    #[must_use]
    pub fn flag(mut self, name: &str, value: &str) -> Self {
        match self.args.iter().position(|arg| arg == name) {
            Some(place) => value.clone_into(&mut self.args[place + 1]),
            None => self.args.extend([name.to_owned(), value.to_owned()]),
        }
        self
    }

    /// With a lease that holds for so long without renewal.
    #[must_use]
    pub fn lease_ttl(self, ttl: Duration) -> Self {
        self.flag("--lease-ttl", &format!("{}ms", ttl.as_millis()))
    }

    /// With an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it and waits until it listens.
    ///
    /// # Panics
    /// When it ends instead.
    pub async fn start(self) -> Node {
        let mut node = self.launch();
        node.wait_listening().await;
        node
    }

    /// Starts it, and does not wait for anything.
    #[must_use]
    pub fn launch(self) -> Node {
        let process = self.spawn(1);
        Node {
            options: self,
            process,
            stopped: false,
            starts: 1,
            earlier: Vec::new(),
            grpc: String::new(),
            http: String::new(),
        }
    }

    fn spawn(&self, start: usize) -> Process {
        let mut command = Command::new(binary::path());
        // The developer's own settings are not the test's.
        let foreign = |name: &str| name.starts_with("BELLWETHER_") || name == "RUST_LOG";
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(foreign) {
                command.env_remove(name);
            }
        }
        command.arg("serve").args(&self.args);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        Process::spawn(&title(&self.name, start), command)
    }
}

/// A node. Dropping it kills it; where the test failed, the end of its log is shown.
#[derive(Debug)]
pub struct Node {
    options: NodeOptions,
    process: Process,
    stopped: bool,
    starts: usize,
    earlier: Vec<(String, Lines)>,
    grpc: String,
    http: String,
}

impl Node {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.options.name
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Where it serves gRPC, host and port.
    #[must_use]
    pub fn grpc(&self) -> &str {
        &self.grpc
    }

    /// Where it serves HTTP, host and port.
    #[must_use]
    pub fn http(&self) -> &str {
        &self.http
    }

    /// A client of this node alone that asks once and says what came back.
    ///
    /// # Panics
    /// When the node does not listen.
    #[must_use]
    pub fn client(&self) -> Client {
        let options = ClientOptions { retry: RetryPolicy::never(), ..ClientOptions::default() };
        client(&[self.grpc()], options)
    }

    /// Ends it on the spot: kill -9.
    pub fn kill9(&mut self) {
        self.process.kill();
    }

    /// Freezes it (SIGSTOP).
    pub fn stop(&mut self) {
        self.stopped = true;
        self.process.signal(Signal::STOP);
    }

    /// Lets it go on (SIGCONT).
    pub fn cont(&mut self) {
        self.stopped = false;
        self.process.signal(Signal::CONT);
    }

    /// Asks it to leave (SIGTERM).
    pub fn terminate(&self) {
        self.process.signal(Signal::TERM);
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it has not within `within`.
    pub async fn wait_exit(&mut self, within: Duration) -> ExitStatus {
        self.process.wait_exit(within).await
    }

    /// How its process ended, if it has.
    #[must_use]
    pub fn exit_status(&self) -> Option<ExitStatus> {
        self.process.exit_status()
    }

    /// Whether its process is there and not frozen.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.stopped && self.process.exit_status().is_none()
    }

    /// Starts it again, as a new process with other ports, and waits until it listens.
    ///
    /// # Panics
    /// When it ends instead.
    pub async fn restart(&mut self) {
        self.process.kill();
        let lines = self.process.lines().clone();
        self.earlier.push((title(&self.options.name, self.starts), lines));
        self.starts += 1;
        self.stopped = false;
        self.process = self.options.spawn(self.starts);
        self.wait_listening().await;
    }

    /// Waits until it listens, which it says in its log with the addresses that it got.
    ///
    /// # Panics
    /// When it ends instead.
    pub async fn wait_listening(&mut self) {
        let what = format!("{} to listen", title(&self.options.name, self.starts));
        wait_for(&what, PATIENCE, async || {
            let ended = self.process.exit_status();
            let listens = self.is_listening();
            assert!(ended.is_none(), "it ended: {}", self.process.lines().tail(20));
            if listens { Ok(()) } else { Err(self.process.lines().tail(5)) }
        })
        .await;
    }

    /// Whether it has said where it listens, which from then on is known here.
    pub fn is_listening(&mut self) -> bool {
        let listening = |line: &String| {
            let entry = Entry::read(line).filter(|entry| entry.message() == "listening")?;
            Some((entry.text("grpc")?, entry.text("http")?))
        };
        match self.process.lines().find(listening) {
            Some(addresses) => (self.grpc, self.http) = addresses,
            None => return false,
        }
        true
    }

    /// Waits until it says that it is ready.
    ///
    /// # Panics
    /// When it does not.
    pub async fn wait_ready(&self) {
        let what = format!("{} to be ready", self.name());
        wait_for(&what, PATIENCE, async || match self.probe("/readyz").await {
            Ok(Answer { status: 200, .. }) => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
    }

    /// Asks for an HTTP page.
    ///
    /// # Errors
    /// In words, when there is no answer.
    pub async fn probe(&self, path: &str) -> Result<Answer, String> {
        http::get(&self.http, path).await
    }

    /// The value of a metric without labels, or whose labels `of` names as the page writes them.
    ///
    /// # Panics
    /// When the page cannot be read.
    pub async fn metric(&self, of: &str) -> Option<f64> {
        let page = self.probe("/metrics").await.expect("the node serves its metrics");
        let found = page.body.lines().find_map(|line| line.strip_prefix(of)?.strip_prefix(' '));
        found.and_then(|value| value.trim().parse().ok())
    }

    /// What it wrote, over all its processes.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.logs().flat_map(|(_, lines)| lines.all()).collect()
    }

    /// How many entries of the log, over all its processes, have this message.
    #[must_use]
    pub fn logged(&self, message: &str) -> usize {
        let says = |line: &str| Entry::read(line).is_some_and(|entry| entry.message() == message);
        self.log().iter().filter(|line| says(line)).count()
    }

    /// The terms of leadership that its processes say they began.
    #[must_use]
    pub fn terms(&self) -> Vec<LedTerm> {
        let terms = self.logs().flat_map(|(process, lines)| {
            let lines = lines.all();
            lines.into_iter().filter_map(move |line| term(&line, &process))
        });
        terms.collect()
    }

    /// The stretches of time in which it led partitions, over all its processes.
    #[must_use]
    pub fn reigns(&self) -> Vec<Reign> {
        let lines = self.log();
        let entries: Vec<_> = lines.iter().filter_map(|line| Entry::read(line)).collect();
        let told = |message: &str| -> Vec<_> {
            let told = entries.iter().filter(|entry| entry.message() == message);
            told.filter_map(|entry| Some((entry.led()?, entry.at()?))).collect()
        };
        let ends: HashMap<_, _> = told("leads no longer").into_iter().collect();
        let reign = |((partition, epoch), began)| {
            let ended = ends.get(&(partition, epoch)).copied();
            Reign { partition, epoch, began, ended }
        };
        told("leads").into_iter().map(reign).collect()
    }

    fn logs(&self) -> impl Iterator<Item = (String, Lines)> {
        let current = (title(&self.options.name, self.starts), self.process.lines().clone());
        self.earlier.clone().into_iter().chain([current])
    }
}

/// A client of the nodes at these addresses.
///
/// # Panics
/// When one is no address.
#[must_use]
pub fn client(addresses: &[&str], options: ClientOptions) -> Client {
    let read = |address: &&str| address.parse::<Address>().expect("a node listens at an address");
    let addresses: Vec<_> = addresses.iter().map(read).collect();
    Client::connect(&addresses, options).expect("there is an address")
}

fn title(name: &str, start: usize) -> String {
    format!("{name}#{start}")
}

fn term(line: &str, process: &str) -> Option<LedTerm> {
    let entry = Entry::read(line).filter(|entry| entry.message() == "leads")?;
    let (partition, epoch) = entry.led()?;
    Some(LedTerm { partition, epoch, process: process.to_owned() })
}

/// An entry of a node's log: one JSON object a line.
struct Entry(Value);

impl Entry {
    fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok().map(Self)
    }

    fn message(&self) -> &str {
        self.0["message"].as_str().unwrap_or_default()
    }

    /// The partition that it is about, and the epoch.
    fn led(&self) -> Option<(Partition, Epoch)> {
        let partition = self.text("partition")?.parse().ok()?;
        Some((Partition(partition), Epoch(self.text("epoch")?.parse().ok()?)))
    }

    /// When it was written.
    fn at(&self) -> Option<Timestamp> {
        let at = chrono::DateTime::parse_from_rfc3339(self.0["timestamp"].as_str()?).ok()?;
        Some(Timestamp::from_millis(at.timestamp_millis()))
    }

    /// A field as text, whether it was written as a string or as a number.
    fn text(&self, field: &str) -> Option<String> {
        match &self.0[field] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_read_from_the_log() {
        let line = r#"{"level":"INFO","message":"leads","partition":"3","epoch":"17"}"#;
        let expected =
            LedTerm { partition: Partition(3), epoch: Epoch(17), process: "n1#1".to_owned() };
        assert_eq!(term(line, "n1#1"), Some(expected));
        assert_eq!(term(&line.replace("leads", "leads no longer"), "n1#1"), None);
        assert_eq!(term("thread 'main' panicked", "n1#1"), None);
    }

    #[test]
    fn a_flag_is_given_once() {
        let options = NodeOptions::new("n1", "memory:").flag("--cluster", "other");
        let clusters = options.args.iter().filter(|arg| *arg == "--cluster").count();
        assert_eq!((clusters, options.args.contains(&"other".to_owned())), (1, true));
    }
}

//! The commands, a file each.

pub(crate) mod cluster;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod dev;
pub(crate) mod health;
pub(crate) mod job;
pub(crate) mod next;
pub(crate) mod node;
mod page;
pub(crate) mod run;
pub(crate) mod scheduling;
pub(crate) mod serve;
pub(crate) mod version;

use bellwether_client::{Address, Client, ClientOptions, RetryPolicy};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{Command, Globals};
use crate::config::keys;
use crate::failure::Failure;
use crate::output::Printer;

/// Does what the command line says.
pub(crate) async fn execute(command: Command, globals: &Globals) -> Result<(), Failure> {
    match command {
        // They make of Ctrl-C what it means to them.
        Command::Serve(serve) => serve.execute().await,
        Command::Dev(dev) => dev.execute(globals).await,
        Command::Next(next) => next.execute(globals),
        Command::Config(config) => config.execute(globals),
        Command::Completion(completion) => completion.execute(),
        Command::Version(version) => version.execute(),
        Command::Job(job) => unless_interrupted(job.execute(globals)).await,
        Command::Run(run) => unless_interrupted(run.execute(globals)).await,
        Command::Node(node) => unless_interrupted(node.execute(globals)).await,
        Command::Cluster(cluster) => unless_interrupted(cluster.execute(globals)).await,
        Command::Health(health) => unless_interrupted(health.execute(globals)).await,
        Command::Scheduling(scheduling) => unless_interrupted(scheduling.execute(globals)).await,
    }
}

async fn unless_interrupted(
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    // Listened to before anything begins: a signal that comes first must not be another end.
    let mut interrupt = signal(SignalKind::interrupt())
        .map_err(|error| Failure::failed(format!("cannot hear signals: {error}")))?;
    tokio::select! {
        result = work => result,
        _ = interrupt.recv() => Err(Failure::interrupted()),
    }
}

impl Globals {
    /// A client of the cluster at `--address`.
    fn client(&self) -> Result<Client, Failure> {
        self.client_with(RetryPolicy::default())
    }

    /// A client that asks again as `retry` says.
    fn client_with(&self, retry: RetryPolicy) -> Result<Client, Failure> {
        let wrong = |error| Failure::usage(format!("--address: {error}"));
        let addresses = self
            .address
            .split(',')
            .map(|address| address.trim().parse())
            .collect::<Result<Vec<Address>, _>>()
            .map_err(wrong)?;
        let options = ClientOptions { deadline: self.deadline, retry, ..ClientOptions::default() };
        Client::connect(&addresses, options).map_err(wrong)
    }

    /// A printer of the format of `--output`.
    fn printer(&self) -> Printer {
        Printer::new(self.output)
    }

    /// The namespace of `--namespace` or else of the environment; empty for the default one.
    pub(crate) fn namespace(&self) -> String {
        let of_env = || std::env::var(keys::env_of("namespace")).unwrap_or_default();
        self.namespace.clone().unwrap_or_else(of_env)
    }
}

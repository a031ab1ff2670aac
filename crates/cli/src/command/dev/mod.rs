//! `dev`: a cluster of one in this process, for a first look. What it shows is what a real one does:
//! its jobs are created through the API, and each line is a run as it is stored.

mod demo;
mod line;

use std::collections::HashSet;
use std::io::{self, Write};
use std::net::SocketAddr;

use bellwether_domain::EndState;
use bellwether_domain::RunState;
use bellwether_engine::RunReport;
use clap::Args;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::config::settings::Settings;
use crate::failure::Failure;
use crate::node::signals::Signals;
use crate::node::{Node, Process, StartError};

/// Run a node in memory with demo jobs, to try things out
#[derive(Args, Debug)]
pub(crate) struct Dev {
    /// How many nodes
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    nodes: u16,

    /// The redis-server to start for several nodes
    #[arg(long, value_name = "PATH")]
    redis: Option<std::path::PathBuf>,
}

impl Dev {
    /// Runs until Ctrl-C.
    pub(crate) async fn execute(self) -> Result<(), Failure> {
        if self.nodes > 1 {
            return Err(Failure::not_built("--nodes above 1"));
        }
        if self.redis.is_some() {
            return Err(Failure::not_built("--redis"));
        }
        let mut signals = Signals::listen()?;
        let process = Process::prepare()?;
        let mut node = start(&process).await?;
        let reports = node.watch_runs();
        let address = node.grpc_address();
        eprintln!("{}", demo::greeting(&node));
        demo::create_jobs(address).await?;
        tokio::select! {
            failure = node.failure() => return Err(failure),
            result = show(reports, address) => result?,
            _ = signals.next() => {}
        }
        eprintln!("\nleaving");
        tokio::select! {
            () = node.leave() => Ok(()),
            _ = signals.next() => Err(Failure::interrupted()),
        }
    }
}

/// A node at the usual ports, or at free ones where those are taken.
async fn start(process: &Process) -> Result<Node, Failure> {
    match Node::start(&Settings::embedded(7400, 7401), process).await {
        Err(StartError::Taken(address)) => {
            eprintln!("{address} is taken, so free ports are used");
            Ok(Node::start(&Settings::embedded(0, 0), process).await?)
        }
        other => Ok(other?),
    }
}

/// Prints each run as it ends, and what to try next once every demo job has run.
async fn show(mut reports: Receiver<RunReport>, address: SocketAddr) -> Result<(), Failure> {
    let mut waiting: HashSet<_> = demo::IDS.into_iter().collect();
    loop {
        let report = match reports.recv().await {
            Ok(report) => report,
            Err(RecvError::Lagged(count)) => {
                eprintln!("{count} runs are not shown");
                continue;
            }
            Err(RecvError::Closed) => return Ok(()),
        };
        writeln!(io::stdout(), "{}", line::of(&report))?;
        if report.run.state == RunState::Ended(EndState::Succeeded)
            && waiting.remove(report.run.draft.job.id.as_str())
            && waiting.is_empty()
        {
            eprintln!("{}", demo::to_try(address));
        }
    }
}

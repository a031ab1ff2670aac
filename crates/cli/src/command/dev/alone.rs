//! One node in this process, on the embedded store.

use std::collections::HashSet;
use std::io::{self, Write};
use std::net::SocketAddr;

use bellwether_domain::{EndState, RunState};
use bellwether_engine::RunReport;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::{demo, line};
use crate::config::settings::Settings;
use crate::failure::Failure;
use crate::node::signals::Signals;
use crate::node::{Node, Process, StartError};

/// Runs it until Ctrl-C.
pub(super) async fn run() -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let process = Process::prepare()?;
    let mut node = start(&process).await?;
    let reports = node.watch_runs();
    let address = node.grpc_address();
    eprintln!("{}", demo::greeting(&node));
    demo::create_jobs(&demo::client(&[address])?).await?;
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

//! `serve`: a node, until it is asked to leave.

use clap::Args;

use crate::config::Flags;
use crate::failure::Failure;
use crate::node::signals::Signals;
use crate::node::{Node, Process};

/// Run a node
#[derive(Args, Debug)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: Flags,
}

impl Serve {
    /// Runs a node until SIGTERM or SIGINT, then lets its runs end. A second signal ends it at
    /// once.
    pub(crate) async fn execute(self) -> Result<(), Failure> {
        let checked = super::config::check(&self.flags)?;
        for warning in checked.warnings {
            tracing::warn!("{warning}");
        }
        let process = Process::prepare()?;
        let mut signals = Signals::listen()?;
        let mut node = tokio::select! {
            node = Node::start(&checked.settings, &process) => node?,
            signal = signals.next() => {
                tracing::info!(signal, "leaving before the store was reached");
                return Ok(());
            }
        };
        tokio::select! {
            failure = node.failure() => return Err(failure),
            signal = signals.next() => tracing::info!(signal, "leaving"),
        }
        tokio::select! {
            () = node.leave() => Ok(()),
            _ = signals.next() => Err(Failure::interrupted()),
        }
    }
}

//! `serve`: a node, until it is asked to leave.

use bellwether_domain::trigger::tzdb_version;
use clap::Args;

use crate::command::version::VERSION;
use crate::config::Flags;
use crate::config::settings::Settings;
use crate::config::store_url::StoreUrl;
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
        log_start(&checked.settings);
        let mut node = tokio::select! {
            node = Node::start(&checked.settings, &process) => node?,
            signal = signals.next() => {
                tracing::info!(signal, "leaving before the store was reached");
                return Ok(());
            }
        };
        // Nobody can reach a node whose server failed, but its runs still deserve their end.
        let end = tokio::select! {
            failure = node.failure() => Err(failure),
            signal = signals.next() => {
                tracing::info!(signal, "leaving");
                Ok(())
            }
        };
        tokio::select! {
            () = node.leave() => end,
            _ = signals.next() => Err(Failure::interrupted()),
        }
    }
}

fn log_start(settings: &Settings) {
    tracing::info!(
        version = VERSION,
        tzdb = tzdb_version(),
        node = settings.node,
        cluster = settings.cluster,
        store = %settings.store,
        lease_ttl = ?settings.lease_ttl,
        concurrency = settings.concurrency,
        "starting"
    );
    if settings.store == StoreUrl::Memory {
        tracing::warn!("jobs are kept in memory and end with this process");
    }
}

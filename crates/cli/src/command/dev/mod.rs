//! `dev`: a cluster for a first look, [`alone`] in this process or of [`several`] nodes. What it
//! shows is what a real one does: its jobs are created through the API, and each line is a run as
//! it is stored.

mod alone;
mod demo;
mod guard;
mod line;
mod member;
mod redis;
mod roster;
mod runs;
mod several;

use std::path::PathBuf;

use clap::Args;

use crate::args::Globals;
use crate::failure::Failure;

/// Run nodes with demo jobs, to try things out
#[derive(Args, Debug)]
pub(crate) struct Dev {
    /// How many nodes: one keeps its jobs in memory; several are processes that share a Redis
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    nodes: u16,

    /// The redis-server to start for several nodes [default: the one on the PATH]
    #[arg(long, value_name = "PATH")]
    redis: Option<PathBuf>,
}

impl Dev {
    /// Runs until Ctrl-C.
    pub(crate) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        match self.nodes {
            1 if self.redis.is_some() => {
                Err(Failure::usage("--redis: one node needs no Redis; give --nodes 2 or more"))
            }
            1 => alone::run().await,
            nodes => several::run(nodes, self.redis.as_deref(), globals.log.as_deref()).await,
        }
    }
}

//! `cluster`: the cluster as a whole.

use bellwether_client::v1::GetClusterRequest;
use clap::Subcommand;

use crate::args::Globals;
use crate::failure::Failure;

/// The cluster as a whole
#[derive(Debug, Subcommand)]
pub(crate) enum Cluster {
    /// Show the cluster and who leads which partition
    Status,
}

impl Cluster {
    /// Does what the command line says.
    pub(crate) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let Self::Status = self;
        let response = globals.client()?.get_cluster(GetClusterRequest {}).await?;
        globals.printer().item(&response.cluster.unwrap_or_default())
    }
}

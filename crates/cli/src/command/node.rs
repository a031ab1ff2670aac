//! `node`: the nodes of the cluster.

use bellwether_client::v1::{DrainNodeRequest, ListNodesRequest};
use clap::Subcommand;

use crate::args::Globals;
use crate::failure::Failure;

/// Nodes of the cluster
#[derive(Debug, Subcommand)]
pub(crate) enum Node {
    /// List the nodes that are alive
    List,
    /// Have a node hand over what it leads, finish its runs and take nothing new
    Drain {
        /// The node
        name: String,

        /// The start of the node that is meant [default: the one that is alive]
        #[arg(long, value_name = "UUID", default_value = "", hide_default_value = true)]
        boot: String,
    },
}

impl Node {
    /// Does what the command line says.
    pub(crate) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        match self {
            Self::List => {
                let response = client.list_nodes(ListNodesRequest {}).await?;
                globals.printer().all(&response.nodes)
            }
            Self::Drain { name, boot } => {
                let request =
                    DrainNodeRequest { node: name, boot_id: boot, ..DrainNodeRequest::default() };
                let response = client.drain_node(request).await?;
                globals.printer().item(&response.node.unwrap_or_default())
            }
        }
    }
}

//! `health`: a probe, for images without a shell and for units that wait for a node.

use bellwether_client::RetryPolicy;
use clap::Args;
use serde_json::json;

use crate::args::Globals;
use crate::failure::Failure;

/// Ask a node whether it is ready, as probes do
#[derive(Args, Debug)]
pub(crate) struct Health {
    /// What to ask for: readiness (its store has answered and it is not about to leave), liveness
    /// (the process turns, whatever became of its store), or the name of a gRPC service
    #[arg(long, value_name = "NAME", default_value = "readiness")]
    service: String,
}

impl Health {
    /// Asks once: whoever probes asks again by itself.
    pub(crate) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client_with(RetryPolicy::never())?;
        let service = self.service;
        if !client.is_serving(&service).await? {
            return Err(Failure::failed(format!("{service}: NOT_SERVING")));
        }
        let value = json!({ "service": service, "status": "SERVING" });
        globals.printer().value(&value, "SERVING\n")
    }
}

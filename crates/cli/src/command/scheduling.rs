//! `scheduling`: stop and start all firing.

use bellwether_client::v1::{PauseSchedulingRequest, ResumeSchedulingRequest, SchedulingPause};
use bellwether_proto::json::to_json;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::args::Globals;
use crate::failure::Failure;
use crate::output::{Column, Show, words};

/// Stop and start all firing
#[derive(Debug, Subcommand)]
pub(crate) enum Scheduling {
    /// Stop every job of a namespace, or of the cluster, from firing
    Pause {
        #[command(flatten)]
        scope: Scope,

        /// Why, for people
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Undo `scheduling pause`
    Resume {
        #[command(flatten)]
        scope: Scope,

        /// Make the fire times of the pause due now
        #[arg(long)]
        catch_up: bool,
    },
}

/// What is stopped.
#[derive(Args, Debug)]
pub(crate) struct Scope {
    /// The whole cluster instead of a namespace
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,
}

impl Scheduling {
    /// Does what the command line says.
    pub(crate) async fn execute(self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        match self {
            Self::Pause { scope, reason } => {
                let namespace = scope.namespace(globals);
                let request = PauseSchedulingRequest {
                    namespace,
                    reason,
                    ..PauseSchedulingRequest::default()
                };
                let response = client.pause_scheduling(request).await?;
                globals.printer().item(&response.pause.unwrap_or_default())
            }
            Self::Resume { scope, catch_up } => {
                let namespace = scope.namespace(globals);
                let request = ResumeSchedulingRequest {
                    namespace,
                    catch_up,
                    ..ResumeSchedulingRequest::default()
                };
                let resumed = client.resume_scheduling(request).await?.resumed;
                let text = if resumed { "resumed\n" } else { "was not paused\n" };
                globals.printer().value(&json!({ "resumed": resumed }), text)
            }
        }
    }
}

impl Scope {
    fn namespace(&self, globals: &Globals) -> String {
        if self.all_namespaces { "-".to_owned() } else { globals.namespace() }
    }
}

impl Show for SchedulingPause {
    const COLUMNS: &'static [Column] =
        &[Column::new("NAMESPACE"), Column::new("SINCE"), Column::new("REASON")];

    fn cells(&self) -> Vec<String> {
        let since = words::instant(self.pause_time.as_ref());
        vec![self.namespace.clone(), since, self.reason.clone()]
    }

    fn name(&self) -> String {
        self.namespace.clone()
    }

    fn json(&self) -> Value {
        to_json(self)
    }
}

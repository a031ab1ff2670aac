//! `serve`.
use crate::config::Flags;
use crate::failure::Failure;
use clap::Args;
/// Run a node
#[derive(Args, Debug)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: Flags,
}
impl Serve {
    pub(crate) async fn execute(self) -> Result<(), Failure> {
        super::config::check(&self.flags).and(Err(Failure::not_built("serve")))
    }
}

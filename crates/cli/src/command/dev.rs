//! `dev`.
use crate::failure::Failure;
use clap::Args;
/// Run a node in memory with demo jobs, to try things out
#[derive(Args, Debug)]
pub(crate) struct Dev {}
impl Dev {
    pub(crate) async fn execute(self) -> Result<(), Failure> {
        Err(Failure::not_built("dev"))
    }
}

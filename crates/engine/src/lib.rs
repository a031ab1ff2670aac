//! What a node does: leases, the partition loop, dispatch, recovery and drain.

pub mod config;
pub mod health;
pub mod target;

pub use config::EngineConfig;
pub use health::Health;
pub use target::{Attempt, Execution, TargetExecutor};

//! What a node does: leases, the partition loop, dispatch, recovery and drain.
//!
//! The engine knows its store by the ports only and its targets by one trait. Decisions are pure
//! (`plan` in the domain, [`lease`] candidates, [`membership`]); the tasks here read, decide and
//! act, and every one of them is owned by [`Engine`], cancelled by a token and awaited at the end.

pub mod config;
pub mod health;
pub mod target;
pub mod workers;

mod boot_clock;
mod cancel;
mod census;
mod definitions;
mod dispatch;
mod engine;
mod internal_event;
mod lease;
mod local;
mod local_queues;
mod membership;
mod partition;
mod pauses;
mod reaper;
mod reconcile;
mod retry;
mod session;
mod settled;
mod store_clock;
mod sweeper;
mod watch;

pub use config::EngineConfig;
pub use dispatch::RunReport;
pub use engine::Engine;
pub use health::Health;
pub use target::{Attempt, Execution, TargetExecutor};
pub use workers::Workers;

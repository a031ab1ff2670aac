//! The outside of a node: the gRPC services and the HTTP pages.
//!
//! A request becomes domain values in `bellwether_proto::convert`, the one place that validates;
//! what is to be written is decided purely in [`decide`]; [`write`] reads, has it decided and
//! writes, again where somebody else was faster. A call of the API is a file below [`rpc`].
//!
//! Nothing here leads, claims or executes: any node answers any call, whoever leads the partition
//! that it is about, and a node whose engine is busy answers all the same.

mod admit;
mod api;
mod config;
mod decide;
mod error;
mod grpc;
mod health;
mod http;
mod listeners;
mod merge;
mod page;
mod probes;
mod quota;
mod request;
mod rpc;
mod server;
mod watch;
mod write;

pub use config::{ServerConfig, ServerError};
pub use probes::Probes;
pub use server::Server;

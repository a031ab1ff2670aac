//! The Rust client of Bellwether.
//!
//! [`Client`] speaks to whichever node answers. Each call has a deadline, within which an answer of
//! UNAVAILABLE is asked again, at the next address if there are several. That is safe for writes
//! too: each carries a request id, which the client makes where the caller gave none, and a cluster
//! answers a repeated id with its first reply.
//!
//! [`Worker`] takes runs from queues, over a stream that it opens again whenever it breaks.
//!
//! Nothing here knows the crates behind the wire: a client is built from the `.proto` files alone,
//! as one in any other language would be.

mod address;
mod calls;
mod client;
mod credentials;
mod health;
mod import;
mod options;
mod retry;
mod unary;
mod watch;
mod worker;

pub use address::{Address, AddressError};
pub use bellwether_proto::v1;
pub use client::{Client, MAX_MESSAGE_BYTES, Transport};
pub use credentials::{Credentials, TokenError};
pub use options::ClientOptions;
pub use retry::RetryPolicy;
pub use watch::{Watch, Watches};
pub use worker::{HandlerError, Output, Worker, WorkerHandle, WorkerOptions, WorkerRun};

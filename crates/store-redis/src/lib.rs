//! The job store in Redis: keys, codec and one typed function for each Lua script.
//!
//! Every write is one script on one partition, whole or not at all, under the store's own time; see
//! `script` for how scripts are made and [`bellwether_store`] for what they must guarantee. What
//! happened to a call that failed is said by the kind of its error: `Unavailable` and `Refused`
//! wrote nothing, `OutcomeUnknown` may have written. No call is repeated here.

mod codec;
mod config;
mod error;
mod keys;
mod link;
mod ports;
mod script;
mod store;

pub use config::{ConnectError, RedisConfig};
pub use script::turn::LARGEST_TURN;
pub use store::RedisStore;

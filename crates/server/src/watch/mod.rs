//! What happened, as it happens: the logs of the store, read for those who watch.
//!
//! ```text
//!  logs of the partitions ──┐  pulse: where they end       feed: reads behind its own place,
//!  log of the cluster ──────┴─────────────────────────►  one per watcher ──► events in order
//! ```
//!
//! While somebody watches, one task of the node ([`pulse`]) looks where the logs end, many times a
//! second, by calls that cost the store a few microseconds. A log that moved wakes the watchers, and
//! each reads on from its own place ([`feed`]). So a write tells nobody anything, and costs nothing
//! more for being watched; a watcher that is slow is simply behind, and holds no more than the page
//! it is handing on; and a watcher can go on at any node, since its place is all there is to it
//! ([`cursor`]).
//!
//! A hint with each write, instead of the looks, would be a message to every node for every turn.

pub(crate) mod cursor;
pub(crate) mod feed;
pub(crate) mod pulse;

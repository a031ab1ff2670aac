//! The protocol of leases, claims and sessions, checked over all interleavings within bounds.
//!
//! `cargo test -p bellwether-model` explores what takes seconds; larger bounds take minutes:
//! `cargo test --release -p bellwether-model -- --ignored --nocapture --test-threads 1`.
//!
//! The model mirrors the engine and the scripts by name: `store.rs` says what each script does,
//! `node.rs` what each task does. A guard in one has its twin in the other, and each can be left
//! out here, by [`protocol`]'s `Guards` and [`session`]'s `Rules`, to see what it is there for.

#[cfg(test)]
mod protocol;
#[cfg(test)]
mod session;

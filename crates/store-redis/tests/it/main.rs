//! The store against a real server, which each test starts for itself.

mod conformance;
mod connection;
mod fixture;
mod memory_short;
mod server;
mod smoke;

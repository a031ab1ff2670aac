//! The store against a real server, which each test starts for itself.

mod bounds;
mod conformance;
mod connection;
mod fixture;
mod healing;
mod memory_short;
mod server;
mod slots;
mod smoke;

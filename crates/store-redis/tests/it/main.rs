//! The store against a real server, which each test starts for itself.

mod conformance;
mod fixture;
mod server;
mod smoke;

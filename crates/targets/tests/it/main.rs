//! HTTP targets against real servers on loopback.

mod addresses;
mod bodies;
mod connections;
mod raw;
mod requests;
mod statuses;
mod support;
mod tls;

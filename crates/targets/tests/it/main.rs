//! Targets against real servers on loopback.

mod addresses;
mod bodies;
mod connections;
mod raw;
mod redis;
mod requests;
mod statuses;
mod streams;
mod support;
mod tls;

//! The harness of the scenarios: real processes, a real Redis, real faults.
//!
//! A scenario reads as phases: what is *given* (a [`cluster::Cluster`] of redis-server, nodes and
//! a sink), the *fault*, how it *heals*, and what must hold *then*. It never waits for time to pass
//! but for conditions ([`wait::wait_for`]), and it is judged by [`check`], from evidence that lies
//! outside what is under test: the ledger of what reached the handlers and the oracle of what
//! should have.
//!
//! A step that cannot be done is a failed test: the harness panics there, with what it wanted and
//! what it saw instead, and what the processes wrote is shown.

pub mod binary;
pub mod check;
pub mod clock;
pub mod cluster;
pub mod cpu;
pub mod deploy;
pub mod events;
pub mod handover;
pub mod http;
pub mod jobs;
pub mod ledger;
pub mod memory;
pub mod node;
pub mod operator;
pub mod oracle;
pub mod port;
pub mod process;
pub mod proxy;
pub mod python;
pub mod record;
pub mod redis_server;
pub mod sink;
pub mod wait;
pub mod worker;

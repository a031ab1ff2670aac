//! The real binary: what it prints, where, and how it ends.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod bulk;
mod config;
mod dev;
mod dev_nodes;
mod docs;
mod help;
mod jobs;
mod next;
mod process;
mod round;
mod running;
mod serve;
mod watch;

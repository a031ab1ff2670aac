//! The real binary: what it prints, where, and how it ends.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod config;
mod help;
mod next;
mod process;

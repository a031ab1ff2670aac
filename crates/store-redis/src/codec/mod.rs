//! The layouts of stored values: the twin of `lua/sections/layout.lua`.
//!
//! Headers are of fixed width and big-endian, so that a script can cut and join them without a
//! decoder. What scripts need not look into is a record of [`bellwether_store::record`].

pub(crate) mod attempt;
pub(crate) mod backfill;
pub(crate) mod bytes;
pub(crate) mod cancel;
pub(crate) mod event;
pub(crate) mod job;
pub(crate) mod node;
pub(crate) mod ready;
pub(crate) mod run;
pub(crate) mod session;
#[cfg(test)]
mod tests;

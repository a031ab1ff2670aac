//! The ports of [`bellwether_store`], each in a file: what a call reads and writes by plain commands
//! is said here, all else is a script's.

mod backfills;
mod cancels;
mod cluster;
mod events;
mod jobs;
mod leases;
mod members;
mod pauses;
mod runs;
mod sweeps;
mod turns;
mod workers;

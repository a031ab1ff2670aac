//! What the records of runs take in Redis, and whether that is bounded.
//!
//! A node fires jobs until so many fire times have become runs or records; before, on the way and
//! at the end every key of the cluster is asked for what it takes. What a history keeps of each job
//! is limited, the log of events by its bytes, and all else by the number of jobs and of runs under
//! way, so between two counts later on nothing may grow that does not belong to those.

mod bounds;
mod census;
mod endpoint;
mod workload;

pub use census::{Census, Family};
pub use workload::{Fires, Measured, Workload, run};

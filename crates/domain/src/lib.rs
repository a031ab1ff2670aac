//! The rules of Bellwether, pure: ids, triggers, policy, jobs, runs and the plan of what fires.
//!
//! Nothing here reads a clock, a socket or a random number: what a function needs comes in as an
//! argument, so that every rule can be tested by a table and the same rule serves every store.

// The benches' triggers are also cases of the library's own tests, which call it by this name.
#[cfg(test)]
extern crate self as bellwether_domain;

pub mod address;
pub mod backfill;
pub mod clock;
pub mod defaults;
pub mod ids;
pub mod job;
pub mod limits;
pub mod pause;
pub mod plan;
pub mod policy;
pub mod run;
pub mod schedule;
pub mod stream;
pub mod target;
pub mod time;
pub mod trigger;
pub mod violation;

pub use clock::Clock;
pub use defaults::JobDefaults;
pub use ids::*;
pub use job::{Definition, Job, JobSpec, JobState, JobStatus};
pub use limits::{Limits, NamespaceLimits};
pub use policy::{
    Coalesce, Misfire, OnLost, Overlap, Policy, PolicySpec, Priority, Retry, RetrySpec,
};
pub use run::{
    AttemptEnd, AttemptReport, Covers, EndState, LiveState, NextStep, Run, RunCause, RunDraft,
    RunError, RunState,
};
pub use schedule::{FirePoint, Schedule};
pub use stream::{KeyPattern, StreamPolicy};
pub use target::{Content, HttpTarget, Payload, RedisStreamTarget, Target, WorkerTarget};
pub use time::Timestamp;
pub use violation::Violation;

//! The engine over the embedded store: what a job's fire times become, end to end.

mod fixture;
mod limits;
mod node;
mod sweeper;

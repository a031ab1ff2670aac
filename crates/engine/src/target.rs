//! What the engine asks of targets.

use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::{AttemptEnd, AttemptReport, Run, Target};

/// Executes attempts. The engine bounds and cancels an attempt by dropping the future, so an
/// implementation must let go of what it holds when it is dropped.
#[async_trait]
pub trait TargetExecutor: Send + Sync + 'static {
    /// Executes one attempt to its end. It never panics and has no error of its own: whatever
    /// goes wrong is how the attempt ended.
    async fn execute(&self, attempt: &Attempt) -> Execution;
}

/// An attempt to be executed.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The run; its `attempt` is the number of this attempt.
    pub run: Run,
    /// What to do.
    pub target: Target,
    /// The longest that the run may wait for another attempt after this one: what its retries allow.
    pub longest_wait: Duration,
    /// The trace of the attempt: 32 hexadecimal digits, new for each attempt.
    pub trace_id: String,
    /// The span of the attempt within its trace: 16 hexadecimal digits.
    pub span_id: String,
}

/// How an attempt ended and what it left behind. The engine fills in node and trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// How it ended.
    pub end: AttemptEnd,
    /// What it left behind.
    pub report: AttemptReport,
}

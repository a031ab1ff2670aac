//! Nothing, successfully: for trials, and for measuring what everything around a target costs.

use bellwether_domain::{AttemptEnd, AttemptReport};
use bellwether_engine::Execution;

/// Succeeds.
pub(crate) fn execute() -> Execution {
    Execution { end: AttemptEnd::Succeeded, report: AttemptReport::default() }
}

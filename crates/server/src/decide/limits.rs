//! How often a job may fire.

use super::Moment;
use super::plan::Plan;
use crate::error::ApiError;

/// Checks that no two fire times of the job come closer than its namespace allows. Asked when a job
/// gets a trigger and not when it keeps one, so that a limit that is lowered later stands in the way
/// of no other change.
pub(super) fn check_interval(moment: &Moment<'_>, plan: &Plan<'_>) -> Result<(), ApiError> {
    let namespace = &plan.definition.key.namespace;
    let Some(allowed) = moment.limits.of(namespace).shortest_interval else { return Ok(()) };
    match plan.trigger.shortest_interval(moment.now) {
        Some(found) if found < allowed => {
            let message = format!(
                "has fire times {found:?} apart; the operator allows no less than {allowed:?} in \
                 the namespace {namespace} (shortest_interval)"
            );
            Err(ApiError::invalid("job.trigger", message))
        }
        _ => Ok(()),
    }
}

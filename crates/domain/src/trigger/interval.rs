//! Intervals: elapsed time.

use super::error::TriggerError;
use super::spec::IntervalSpec;
use super::walk::beat::Beat;
use crate::Timestamp;

/// Longer than from the first instant to the last: such an interval fires once.
const FOREVER: i64 = i64::MAX / 4;

/// Compiles an interval, whose instants are in milliseconds, for a job created at `created`.
///
/// # Errors
/// `every` is not a whole number of milliseconds, or is 0.
pub(super) fn compile(spec: &IntervalSpec, created: Timestamp) -> Result<Beat, TriggerError> {
    const ALLOWED: &str = "allowed are whole milliseconds, at least 1";
    let wrong = |what: &str| {
        let value =
            if spec.every.is_zero() { "0s".to_owned() } else { format!("{:?}", spec.every) };
        TriggerError::new("interval.every", &value, format!("{what}; {ALLOWED}"))
    };
    if spec.every.is_zero() {
        return Err(wrong("is 0"));
    }
    if !spec.every.subsec_nanos().is_multiple_of(1_000_000) {
        return Err(wrong("is not a whole number of milliseconds"));
    }
    let every = i64::try_from(spec.every.as_millis()).map_or(FOREVER, |ms| ms.min(FOREVER));
    let anchor = match (spec.anchor, spec.fire_immediately) {
        (Some(anchor), _) => anchor.as_millis(),
        (None, true) => created.as_millis(),
        (None, false) => created.as_millis() + every,
    };
    Ok(Beat { anchor, every })
}

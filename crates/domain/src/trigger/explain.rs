//! A trigger in plain words.

use super::{JobContext, TriggerError, TriggerSpec};
use crate::Timestamp;

/// What a trigger means, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The trigger in plain words, with the dates on which a clock change moves a fire time.
    pub text: String,
    /// What may not be what was meant: gaps, folds, days that short months lack, what the other
    /// dialect would make of the same text, `H` without a job.
    pub warnings: Vec<String>,
}

/// Explains `spec`, and what clock changes do to its first `count` fire times after `after`.
///
/// # Errors
/// Those of [`TriggerSpec::compile`].
pub fn explain(
    spec: &TriggerSpec,
    context: &JobContext,
    _after: Timestamp,
    _count: usize,
) -> Result<Explanation, TriggerError> {
    spec.compile(context)?;
    Ok(Explanation { text: String::new(), warnings: Vec::new() })
}

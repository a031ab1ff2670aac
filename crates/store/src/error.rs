//! Why a store could not answer.

/// Why a store could not answer. A refusal that is part of a call's meaning is in its reply; this
/// is for what can happen to any call.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It was not reached; nothing was written.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The call was sent and no answer came: it may have been carried out.
    #[error("the store did not answer; whether it wrote is unknown")]
    OutcomeUnknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It refuses what needs more memory or more replicas than it has; nothing was written.
    #[error("the store refuses writes")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it holds cannot be read.
    #[error("the stored {what} cannot be read: {why}")]
    Corrupt {
        /// Which record.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

impl StoreError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Corrupt { .. })
    }

    /// Whether the call may have been carried out all the same.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_))
    }
}

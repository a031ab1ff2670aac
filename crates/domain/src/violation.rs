//! What is wrong with an input, in words that a client can act on.

use std::fmt;

/// One field that cannot be accepted. Becomes a `BadRequest` field violation on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field from the message that the client sent, as in `job.policy.timeout`.
    pub field: String,
    /// What the value was and what is allowed.
    pub message: String,
}

impl Violation {
    /// A violation of `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// The same violation seen from the message that holds the field's message as `parent`.
    #[must_use]
    pub fn under(self, parent: &str) -> Self {
        Self { field: format!("{parent}.{}", self.field), message: self.message }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

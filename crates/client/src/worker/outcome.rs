//! What a handler returns.

use bellwether_proto::v1::{Payload, payload::Content};

/// What a handler returns when it did what it should.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    pub(super) payload: Option<Payload>,
}

impl From<()> for Output {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<String> for Output {
    fn from(text: String) -> Self {
        let content_type = "text/plain".to_owned();
        Self { payload: Some(Payload { content: Some(Content::Text(text)), content_type }) }
    }
}

impl From<&str> for Output {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Payload> for Output {
    fn from(payload: Payload) -> Self {
        Self { payload: Some(payload) }
    }
}

/// Why a handler did not do what it should. Any error becomes one that may be tried again, within the
/// job's retry policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerError {
    pub(super) message: String,
    pub(super) retryable: bool,
}

impl HandlerError {
    /// Another attempt may help.
    #[must_use]
    pub fn retryable(message: impl Into<String>) -> Self {
        Self { message: message.into(), retryable: true }
    }

    /// Another attempt would not help: the run fails now.
    #[must_use]
    pub fn fatal(message: impl Into<String>) -> Self {
        Self { message: message.into(), retryable: false }
    }
}

impl<E: std::error::Error> From<E> for HandlerError {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        for cause in std::iter::successors(error.source(), |cause| (*cause).source()) {
            message.push_str(": ");
            message.push_str(&cause.to_string());
        }
        Self::retryable(message)
    }
}

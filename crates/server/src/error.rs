//! Why a call fails, and how that is said on the wire.
//!
//! Each error knows its status code, its reason (`google.rpc.ErrorInfo`, domain `bellwether`) and
//! whether the same call may succeed later (`RetryInfo`). A client can act on the code alone, a
//! program on the reason, and a person on the message, which by itself names the field, its value
//! and what is allowed.

use std::collections::HashMap;
use std::error::Error as _;
use std::time::Duration;

use bellwether_domain::{JobKey, Namespace, RunId, RunState, Violation};
use bellwether_engine::workers::Refused;
use bellwether_proto::convert::Rejection;
use bellwether_proto::v1;
use bellwether_store::StoreError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// The domain of every reason.
const DOMAIN: &str = "bellwether";

/// How long a client waits before it asks a store again that did not answer.
const STORE_RETRY: Duration = Duration::from_millis(500);

/// How long a client waits before it repeats a write that others kept crossing.
const CONTENDED_RETRY: Duration = Duration::from_millis(50);

/// What message and details may take of a reply's trailers, in bytes, each. Clients refuse
/// trailers beyond 8 KiB by default, and the details, base64, repeat the message.
const MAX_MESSAGE: usize = 1_500;
const MAX_DETAILS: usize = 2_000;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The request itself cannot be accepted.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// There is no such job.
    #[error("there is no job {0}")]
    NoJob(JobKey),
    /// There is no such run, or its history no longer holds it.
    #[error("the job {0} has no run {1}, or its history no longer holds it")]
    NoRun(JobKey, RunId),
    /// There is no such node.
    #[error("there is no node {0:?}; `node list` shows those that are alive")]
    NoNode(String),
    /// A job of that name exists.
    #[error("job: {0} exists; on_conflict REPLACE or KEEP would accept that")]
    Exists(JobKey),
    /// The job has another version than the request names.
    #[error("etag: {sent:?} is not that of {key} any more; read the job and decide again")]
    Etag {
        /// The job.
        key: JobKey,
        /// What the request names.
        sent: String,
    },
    /// The namespace has as many jobs as it may have.
    #[error(
        "job.namespace: {namespace} has {stored} jobs; the operator allows {most} \
         (max_jobs_per_namespace)"
    )]
    TooManyJobs {
        /// The namespace.
        namespace: Namespace,
        /// How many it has.
        stored: u64,
        /// How many it may have.
        most: u64,
    },
    /// The job's state does not allow it.
    #[error("{key} is finished: it has no fire times left and can be neither paused nor resumed")]
    Finished {
        /// The job.
        key: JobKey,
    },
    /// The run goes on, and what is asked needs one that ended.
    #[error("the run {1} of {0} is not finished; it can be tried again once it is")]
    Unfinished(JobKey, RunId),
    /// The run ended, and is not to be ended again.
    #[error("the run {run} of {key} is finished: it {}", state.as_str())]
    RunFinished {
        /// The job.
        key: JobKey,
        /// The run.
        run: RunId,
        /// How it ended.
        state: RunState,
    },
    /// A payload for a target that takes none.
    #[error("payload: the target of {key} is {kind}, which takes none")]
    TakesNoPayload {
        /// The job.
        key: JobKey,
        /// The kind of its target.
        kind: &'static str,
    },
    /// The request id named another request within the last hour.
    #[error("request_id: named a different request before; each request needs an id of its own")]
    RequestIdReused,
    /// Others changed the job each time between read and write.
    #[error("{0} was changed by others again and again while this was tried; nothing was written")]
    Contended(JobKey),
    /// A worker's session goes on at another stream.
    #[error("the session was resumed at another stream, which has taken the place of this one")]
    SessionResumed,
    /// A worker's session is over.
    #[error(
        "the session is over: nobody had kept it for longer than worker_grace; say hello again"
    )]
    SessionOver,
    /// The node takes no workers now.
    #[error("this node leaves, or has only just begun; connect to another, or again in a moment")]
    NodeLeaves,
    /// The changes behind a cursor are no longer kept.
    #[error(
        "cursor: what happened behind it is no longer kept; look at the present state and watch \
         anew, without a cursor"
    )]
    CursorExpired,
    /// The node ends.
    #[error("this node is leaving; another one goes on")]
    Closing,
    /// Others changed what is paused each time between read and write.
    #[error("others paused and resumed again and again while this was tried; nothing was written")]
    ContendedPauses,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something of our own does not fit together.
    #[error("{0}")]
    Internal(String),
}

impl ApiError {
    /// A single field that cannot be accepted.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Rejected(Rejection::Invalid(vec![Violation::new(field, message)]))
    }

    /// The error as that of one item among several.
    pub(crate) fn to_item(&self) -> v1::ItemError {
        note(self);
        let violations = bounded(self.violations()).into_iter();
        v1::ItemError {
            code: self.code() as i32,
            message: cut(self.to_string(), MAX_MESSAGE),
            reason: self.reason().to_owned(),
            field_violations: violations
                .map(|wrong| v1::FieldViolation {
                    field: wrong.field,
                    description: wrong.description,
                })
                .collect(),
        }
    }

    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Rejected(Rejection::Invalid(_)) | Self::RequestIdReused => Code::InvalidArgument,
            Self::Rejected(Rejection::Unbuilt(_)) => Code::Unimplemented,
            Self::NoJob(_) | Self::NoRun(..) | Self::NoNode(_) => Code::NotFound,
            Self::Exists(_) => Code::AlreadyExists,
            Self::Etag { .. }
            | Self::Contended(_)
            | Self::ContendedPauses
            | Self::SessionResumed
            | Self::SessionOver => Code::Aborted,
            Self::NodeLeaves => Code::Unavailable,
            Self::Finished { .. }
            | Self::Unfinished(..)
            | Self::RunFinished { .. }
            | Self::TakesNoPayload { .. } => Code::FailedPrecondition,
            Self::TooManyJobs { .. } => Code::ResourceExhausted,
            Self::Store(StoreError::Corrupt { .. }) | Self::Internal(_) => Code::Internal,
            Self::CursorExpired => Code::OutOfRange,
            Self::Store(_) | Self::Closing => Code::Unavailable,
        }
    }

    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Rejected(Rejection::Invalid(_)) => "INVALID_FIELD",
            Self::Rejected(Rejection::Unbuilt(_)) => "NOT_BUILT",
            Self::NoJob(_) => "JOB_NOT_FOUND",
            Self::NoRun(..) => "RUN_NOT_FOUND",
            Self::NoNode(_) => "NODE_NOT_FOUND",
            Self::Exists(_) => "JOB_EXISTS",
            Self::Etag { .. } => "ETAG_MISMATCH",
            Self::TooManyJobs { .. } => "JOB_LIMIT",
            Self::Finished { .. } => "JOB_FINISHED",
            Self::Unfinished(..) => "RUN_UNFINISHED",
            Self::RunFinished { .. } => "RUN_FINISHED",
            Self::TakesNoPayload { .. } => "TAKES_NO_PAYLOAD",
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::Contended(_) | Self::ContendedPauses => "CONTENDED",
            Self::SessionResumed => "SESSION_RESUMED",
            Self::SessionOver => "SESSION_OVER",
            Self::NodeLeaves => "NODE_LEAVES",
            Self::CursorExpired => "CURSOR_EXPIRED",
            Self::Closing => "NODE_LEAVING",
            Self::Store(StoreError::Unavailable(_)) => "STORE_UNAVAILABLE",
            Self::Store(StoreError::OutcomeUnknown(_)) => "OUTCOME_UNKNOWN",
            Self::Store(StoreError::Refused(_)) => "STORE_REFUSES_WRITES",
            Self::Store(StoreError::Corrupt { .. }) => "STORE_CORRUPT",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// The fields that are wrong, as BadRequest has them.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        match self {
            Self::Rejected(Rejection::Invalid(violations)) => violations.clone(),
            Self::RequestIdReused => {
                vec![Violation::new("request_id", "named a different request before")]
            }
            _ => Vec::new(),
        }
    }

    /// What a program may want to know beside the reason.
    fn metadata(&self) -> HashMap<String, String> {
        let pairs = match self {
            Self::Rejected(Rejection::Unbuilt(unbuilt)) => unbuilt
                .first()
                .map(|unbuilt| ("field", unbuilt.field.clone()))
                .into_iter()
                .collect::<Vec<_>>(),
            Self::NoJob(key)
            | Self::Exists(key)
            | Self::Contended(key)
            | Self::Etag { key, .. }
            | Self::Finished { key }
            | Self::TakesNoPayload { key, .. } => vec![("job", key.to_string())],
            Self::NoRun(key, run)
            | Self::Unfinished(key, run)
            | Self::RunFinished { key, run, .. } => {
                vec![("job", key.to_string()), ("run", run.to_string())]
            }
            Self::TooManyJobs { namespace, most, .. } => {
                vec![("namespace", namespace.to_string()), ("limit", most.to_string())]
            }
            _ => Vec::new(),
        };
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Store(error) if error.is_transient() => Some(STORE_RETRY),
            Self::Contended(_) | Self::ContendedPauses | Self::Closing => Some(CONTENDED_RETRY),
            Self::NodeLeaves => Some(STORE_RETRY),
            _ => None,
        }
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotNow => Self::NodeLeaves,
            Refused::Store(error) => Self::Store(error),
        }
    }
}

impl From<ApiError> for Status {
    fn from(error: ApiError) -> Self {
        note(&error);
        let mut details = ErrorDetails::new();
        details.set_error_info(error.reason(), DOMAIN, error.metadata());
        let violations = bounded(error.violations());
        if !violations.is_empty() {
            details.set_bad_request(violations);
        }
        if let ApiError::TooManyJobs { namespace, .. } = &error {
            details.add_quota_failure_violation(
                format!("namespace:{namespace}"),
                cut(error.to_string(), MAX_DETAILS),
            );
        }
        if let Some(after) = error.retry_after() {
            details.set_retry_info(Some(after));
        }
        Self::with_error_details(error.code(), cut(error.to_string(), MAX_MESSAGE), details)
    }
}

/// What is not the client's doing is logged here, once; the rest is the client's to know.
fn note(error: &ApiError) {
    let ApiError::Store(store) = error else {
        if let ApiError::Internal(message) = error {
            tracing::error!(message, "call failed");
        }
        return;
    };
    let cause = store.source().map(ToString::to_string);
    tracing::warn!(error = %store, cause, reason = error.reason(), "store failed a call");
}

/// As many violations as fit.
fn bounded(violations: Vec<Violation>) -> Vec<FieldViolation> {
    let mut left = MAX_DETAILS;
    violations
        .into_iter()
        .map(|Violation { field, message }| FieldViolation::new(cut(field, 300), cut(message, 500)))
        .take_while(|violation| {
            let size = violation.field.len() + violation.description.len();
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        })
        .collect()
}

/// `text`, cut with an ellipsis to at most `most` bytes.
pub(crate) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most - '…'.len_utf8()).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use bellwether_proto::convert::Unbuilt;

    use super::*;

    fn unavailable() -> Box<dyn std::error::Error + Send + Sync> {
        "connection refused".into()
    }

    #[test]
    fn each_error_says_what_a_client_can_do() {
        let unbuilt = Unbuilt { field: "a".to_owned(), what: "b".to_owned() };
        let unbuilt = ApiError::Rejected(Rejection::Unbuilt(vec![unbuilt]));
        let key: JobKey = "default/tick".parse().expect("a key");
        let store = |error: StoreError| ApiError::Store(error);
        let cases = [
            (ApiError::invalid("a", "b"), Code::InvalidArgument, "INVALID_FIELD", false),
            (unbuilt, Code::Unimplemented, "NOT_BUILT", false),
            (
                ApiError::TooManyJobs { namespace: key.namespace.clone(), stored: 3, most: 3 },
                Code::ResourceExhausted,
                "JOB_LIMIT",
                false,
            ),
            (ApiError::Exists(key.clone()), Code::AlreadyExists, "JOB_EXISTS", false),
            (ApiError::Contended(key), Code::Aborted, "CONTENDED", true),
            (
                store(StoreError::Unavailable(unavailable())),
                Code::Unavailable,
                "STORE_UNAVAILABLE",
                true,
            ),
            (
                store(StoreError::OutcomeUnknown(unavailable())),
                Code::Unavailable,
                "OUTCOME_UNKNOWN",
                true,
            ),
            (
                store(StoreError::Refused(unavailable())),
                Code::Unavailable,
                "STORE_REFUSES_WRITES",
                true,
            ),
            (
                store(StoreError::Corrupt { what: "job".into(), why: "short".into() }),
                Code::Internal,
                "STORE_CORRUPT",
                false,
            ),
        ];
        for (error, code, reason, retry) in cases {
            let status = Status::from(error);
            assert_eq!(status.code(), code, "{reason}");
            let details = status.get_error_details();
            let info = details.error_info().expect("every error has a reason");
            assert_eq!((info.reason.as_str(), info.domain.as_str()), (reason, DOMAIN));
            assert_eq!(details.retry_info().is_some(), retry, "{reason}");
        }
    }

    #[test]
    fn the_message_by_itself_names_field_and_value() {
        let status = Status::from(ApiError::invalid("page_size", "-1 is negative"));
        assert_eq!(status.message(), "page_size: -1 is negative");
        let details = status.get_error_details();
        let violation = &details.bad_request().expect("a bad request").field_violations[0];
        assert_eq!(violation.field, "page_size");
        assert_eq!(violation.description, "-1 is negative");
    }

    #[test]
    fn however_much_is_wrong_the_reply_fits_into_trailers() {
        let violations =
            (0..50).map(|n| Violation::new(format!("f{n}"), "ä".repeat(700))).collect();
        let status = Status::from(ApiError::Rejected(Rejection::Invalid(violations)));
        assert!(status.message().len() <= MAX_MESSAGE && status.message().ends_with('…'));
        assert!(status.details().len() < 6_000, "{}", status.details().len());
        let details = status.get_error_details();
        assert!(!details.bad_request().expect("a bad request").field_violations.is_empty());
    }
}

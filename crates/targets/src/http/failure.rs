//! What kept an attempt from a reply, in a stable word and a sentence without secrets.

use std::error::Error;
use std::io;

use bellwether_domain::address::{AddressRefused, UrlError};
use bellwether_domain::{AttemptEnd, AttemptReport, RunError};
use bellwether_engine::Execution;
use url::{Position, Url};

/// The stable words. Statuses have two of their own in [`super::reply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// The URL is not one that can be called.
    Url,
    /// A method, header or content type that HTTP does not allow.
    Request,
    /// The secret cannot be used.
    SigningSecret,
    /// The host is, or resolves to, an address that is not allowed.
    AddressRefused,
    /// The host does not resolve.
    Dns,
    /// No connection was made.
    Connect,
    /// No connection was made in time.
    Timeout,
    /// TLS was not agreed upon.
    Tls,
    /// The connection broke before the reply was complete, or what came was no reply.
    Transport,
}

impl Code {
    fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Request => "request",
            Self::SigningSecret => "signing_secret",
            Self::AddressRefused => "address_refused",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Transport => "transport",
        }
    }

    /// What the job or the operator got wrong stays wrong; the network's troubles pass.
    fn retryable(self) -> bool {
        match self {
            Self::Url | Self::Request | Self::SigningSecret | Self::AddressRefused => false,
            Self::Dns | Self::Connect | Self::Timeout | Self::Tls | Self::Transport => true,
        }
    }
}

/// An attempt that ended without a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    code: Code,
    message: String,
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// What `error`, met in a request to `url`, means.
    pub(super) fn transport(url: &Url, error: &reqwest::Error) -> Self {
        if let Some(refused) = find::<AddressRefused>(error) {
            return refused.clone().into();
        }
        let (code, what) = if find::<rustls::Error>(error).is_some() {
            (Code::Tls, "TLS failed")
        } else if error.is_dns() {
            (Code::Dns, "the host could not be resolved")
        } else if error.is_connect() && error.is_timeout() {
            (Code::Timeout, "no connection in time")
        } else if error.is_connect() {
            (Code::Connect, "no connection")
        } else if error.is_builder() {
            (Code::Request, "the request cannot be sent")
        } else {
            (Code::Transport, "the connection failed before the reply was complete")
        };
        Self::new(code, format!("{}: {what}: {}", origin(url), root(error)))
    }
}

impl From<AddressRefused> for Failure {
    fn from(refused: AddressRefused) -> Self {
        Self::new(Code::AddressRefused, refused.to_string())
    }
}

impl From<UrlError> for Failure {
    fn from(error: UrlError) -> Self {
        match error {
            UrlError::Address(refused) => refused.into(),
            other => Self::new(Code::Url, format!("the URL {other}")),
        }
    }
}

impl From<Failure> for Execution {
    fn from(failure: Failure) -> Self {
        let end = AttemptEnd::Failed { retryable: failure.code.retryable(), retry_after: None };
        let error = RunError { code: failure.code.as_str().to_owned(), message: failure.message };
        Self { end, report: AttemptReport { error: Some(error), ..AttemptReport::default() } }
    }
}

/// Whether the endpoint's host answered that nobody listens: no byte of the request was sent.
pub(super) fn is_refused(error: &reqwest::Error) -> bool {
    let refused = |io: &io::Error| io.kind() == io::ErrorKind::ConnectionRefused;
    error.is_connect() && find::<io::Error>(error).is_some_and(refused)
}

/// Scheme, host and port: as much of a URL as is safe to show.
pub(super) fn origin(url: &Url) -> &str {
    &url[..Position::BeforePath]
}

/// The innermost cause in words. What wraps it names only layers of the client, and the outermost
/// the whole URL.
pub(super) fn root(error: &reqwest::Error) -> String {
    match causes(error).last() {
        Some(root) if !root.is::<reqwest::Error>() => root.to_string(),
        _ => "unknown cause".to_owned(),
    }
}

fn find<T: Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The error and its causes, outermost first.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |error| cause(*error))
}

/// What `error` wraps. An `io::Error` passes over it when it is asked for its source, so there it
/// is asked for by name.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

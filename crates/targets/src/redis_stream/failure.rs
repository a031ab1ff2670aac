//! What kept an attempt from its entry, in a stable word and a sentence without secrets.

use bellwether_domain::stream::StreamRefused;
use bellwether_domain::{AttemptEnd, AttemptReport, RunError};
use bellwether_engine::Execution;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// The stable words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    /// The operator does not allow the stream.
    StreamRefused,
    /// The server was not reached: nothing was appended.
    Connect,
    /// No answer came: whether an entry was appended is unknown, and the next attempt finds out.
    NoAnswer,
    /// The server does not serve just now: it loads, fails over or is out of memory.
    Busy,
    /// The key holds something else.
    NoStream,
    /// The node may not do this on that server.
    Denied,
    /// The server answered something else.
    Redis,
}

impl Code {
    fn as_str(self) -> &'static str {
        match self {
            Self::StreamRefused => "stream_refused",
            Self::Connect => "connect",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::NoStream => "no_stream",
            Self::Denied => "denied",
            Self::Redis => "redis",
        }
    }

    /// What the job or the operator got wrong stays wrong; what the network or the server is going
    /// through passes.
    fn retryable(self) -> bool {
        match self {
            Self::Connect | Self::NoAnswer | Self::Busy => true,
            Self::StreamRefused | Self::NoStream | Self::Denied | Self::Redis => false,
        }
    }
}

/// An attempt that ended without an entry, as far as it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    code: Code,
    message: String,
}

impl Failure {
    pub(super) fn no_redis() -> Self {
        Self { code: Code::StreamRefused, message: "there is no Redis to append to".to_owned() }
    }

    /// What `error` means.
    pub(super) fn of(error: &RedisError) -> Self {
        let code = classify(error);
        let what = match code {
            Code::Connect => "the Redis of the stream cannot be reached".to_owned(),
            Code::NoAnswer => {
                "no answer from Redis; whether the entry is there is unknown".to_owned()
            }
            // The server's own words: of an error of the client they might hold the URL.
            _ => match (error.code(), error.detail()) {
                (Some(code), Some(detail)) => format!("Redis answered {code} {detail}"),
                (Some(code), None) => format!("Redis answered {code}"),
                (None, _) => error.category().to_owned(),
            },
        };
        Self { code, message: what }
    }
}

fn classify(error: &RedisError) -> Code {
    match error.kind() {
        ErrorKind::AuthenticationFailed => Code::Denied,
        ErrorKind::Io if error.is_timeout() || error.is_connection_dropped() => Code::NoAnswer,
        ErrorKind::Io => Code::Connect,
        ErrorKind::Server(kind) => match kind {
            ServerErrorKind::BusyLoading
            | ServerErrorKind::TryAgain
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown
            | ServerErrorKind::ReadOnly => Code::Busy,
            ServerErrorKind::NoPerm => Code::Denied,
            _ => by_words(error),
        },
        _ => by_words(error),
    }
}

/// By the code that the server answered. Before Redis 7 that of a command in a script stands within
/// the text of an error of the script.
fn by_words(error: &RedisError) -> Code {
    let detail = error.detail().unwrap_or_default();
    let words = error.code().into_iter().chain(detail.split([' ', '-', ':']));
    let known = words.filter_map(|word| match word {
        "OOM" | "MISCONF" | "NOREPLICAS" | "BUSY" | "LOADING" => Some(Code::Busy),
        "WRONGTYPE" => Some(Code::NoStream),
        // The last is what is said to one who is not logged in and sends many arguments.
        "NOAUTH" | "NOPERM" | "WRONGPASS" | "unauthenticated" => Some(Code::Denied),
        _ => None,
    });
    known.into_iter().next().unwrap_or(Code::Redis)
}

impl From<StreamRefused> for Failure {
    fn from(refused: StreamRefused) -> Self {
        Self { code: Code::StreamRefused, message: refused.to_string() }
    }
}

impl From<Failure> for Execution {
    fn from(failure: Failure) -> Self {
        let end = AttemptEnd::Failed { retryable: failure.code.retryable(), retry_after: None };
        let error = RunError { code: failure.code.as_str().to_owned(), message: failure.message };
        Self { end, report: AttemptReport { error: Some(error), ..AttemptReport::default() } }
    }
}

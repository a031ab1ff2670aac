//! From what the client library says to what a caller can act on.

use std::io;

use bellwether_store::StoreError;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Whether a command changes anything: one that does not has no unknown outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only reads.
    Reads,
    /// It may write.
    Writes,
}

/// What a failed command means to its caller.
///
/// Once a connection stands, a failure of it says nothing of what the server did: what cannot be
/// told apart from "it was sent" counts as sent.
pub(crate) fn store_error(error: RedisError, effect: Effect) -> StoreError {
    match error.kind() {
        ErrorKind::Io if was_not_sent(&error) => StoreError::Unavailable(error.into()),
        ErrorKind::Io => match effect {
            Effect::Reads => StoreError::Unavailable(error.into()),
            Effect::Writes => StoreError::OutcomeUnknown(error.into()),
        },
        ErrorKind::Server(ServerErrorKind::ReadOnly) => StoreError::Refused(error.into()),
        ErrorKind::Server(
            ServerErrorKind::ResponseError
            | ServerErrorKind::ExecAbort
            | ServerErrorKind::CrossSlot
            | ServerErrorKind::NoSub,
        )
        | ErrorKind::Parse
        | ErrorKind::UnexpectedReturnType => unreadable(&error),
        ErrorKind::Extension => match error.code() {
            Some("OOM" | "NOREPLICAS" | "MISCONF") => StoreError::Refused(error.into()),
            Some("WRONGTYPE") => unreadable(&error),
            _ => StoreError::Unavailable(error.into()),
        },
        // Loading, busy, not logged in, no permission, a slot under way: nothing was carried out,
        // and it may be another time.
        _ => StoreError::Unavailable(error.into()),
    }
}

/// A reply, or something stored that a script met, is not what it should be. Scripts decide before
/// they write, so nothing was written.
fn unreadable(error: &RedisError) -> StoreError {
    StoreError::Corrupt { what: "reply or data".to_owned(), why: error.to_string() }
}

/// Whether the connection failed before anything could be sent over it.
fn was_not_sent(error: &RedisError) -> bool {
    let kind = std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<io::Error>())
        .map(io::Error::kind);
    error.is_connection_refusal()
        || matches!(
            kind,
            Some(
                io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::AddrNotAvailable
                    | io::ErrorKind::NetworkDown
            )
        )
}

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
///
/// Where a reply has the wrong shape, the library's text quotes the whole of it. It may hold what
/// nobody should read in a log, so only the server's own words are passed on.
fn unreadable(error: &RedisError) -> StoreError {
    let why = match error.kind() {
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => error.category().to_owned(),
        _ => error.to_string(),
    };
    StoreError::Corrupt { what: "reply or data".to_owned(), why }
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

#[cfg(test)]
mod tests {
    use redis::{RedisError, Value};

    use super::*;

    #[test]
    fn a_reply_of_the_wrong_shape_is_not_quoted() {
        let reply = Value::BulkString(b"signing secret".to_vec());
        let parsed = redis::from_redis_value::<(i64, Vec<u8>)>(reply);
        let error = RedisError::from(parsed.expect_err("it has another shape"));
        assert!(error.to_string().contains("signing secret"), "else nothing has to be hidden");
        let error = store_error(error, Effect::Reads);
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }

    #[test]
    fn only_a_write_has_an_unknown_outcome() {
        let broken = || RedisError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        let refused = || RedisError::from(io::Error::from(io::ErrorKind::ConnectionRefused));
        let cases = [
            (broken(), Effect::Writes, true),
            (broken(), Effect::Reads, false),
            (refused(), Effect::Writes, false),
        ];
        for (error, effect, unknown) in cases {
            let what = format!("{error} of what {effect:?}");
            assert_eq!(store_error(error, effect).outcome_unknown(), unknown, "{what}");
        }
    }
}

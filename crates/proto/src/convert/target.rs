//! Targets.

mod http;
mod redis_stream;
mod worker;

use bellwether_domain::Target;

pub use http::same_receiver;

use super::{Problems, View};
use crate::v1;

/// What a request says of the signing secret, which no reply shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretInput {
    /// It is what the target holds; none there, none is wanted.
    Given,
    /// Nothing: a stored one is meant to stay.
    Unset,
}

/// Reads a target. `None` where it has no kind that is built; that is noted.
pub fn target_from_proto(
    value: v1::Target,
    field: &str,
    problems: &mut Problems,
) -> Option<(Target, SecretInput)> {
    use v1::target::Kind;
    let unbuilt = |kind: &str, problems: &mut Problems| {
        problems.unbuilt(format!("{field}.{kind}"), format!("the target kind {kind}"));
        None
    };
    match value.kind {
        Some(Kind::Http(http)) => {
            let (http, secret) = http::from_proto(http, &format!("{field}.http"), problems);
            Some((Target::Http(http), secret))
        }
        Some(Kind::Noop(v1::NoopTarget {})) => Some((Target::Noop, SecretInput::Given)),
        Some(Kind::Worker(worker)) => {
            let worker = worker::from_proto(worker, &format!("{field}.worker"), problems)?;
            Some((Target::Worker(worker), SecretInput::Given))
        }
        Some(Kind::Command(_)) => unbuilt("command", problems),
        Some(Kind::RedisStream(stream)) => {
            let field = format!("{field}.redis_stream");
            let stream = redis_stream::from_proto(stream, &field, problems);
            Some((Target::RedisStream(stream), SecretInput::Given))
        }
        None => {
            problems.invalid(
                field,
                "has no kind; one of http, worker, redis_stream and noop must be set",
            );
            None
        }
    }
}

/// The message of a target, always without the signing secret.
#[must_use]
pub fn target_to_proto(target: &Target, view: View) -> v1::Target {
    use v1::target::Kind;
    let kind = match target {
        Target::Http(target) => Kind::Http(http::to_proto(target, view)),
        Target::RedisStream(target) => Kind::RedisStream(redis_stream::to_proto(target)),
        Target::Worker(target) => Kind::Worker(worker::to_proto(target, view)),
        Target::Noop => Kind::Noop(v1::NoopTarget {}),
    };
    v1::Target { kind: Some(kind) }
}

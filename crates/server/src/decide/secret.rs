//! What becomes of a signing secret when a target is changed, and where a target may point.

use bellwether_domain::{HttpTarget, Target};
use bellwether_proto::convert::{SecretInput, same_receiver};

use super::Moment;
use crate::error::ApiError;

/// Gives `target` the secret of `stored` where the request says nothing of it. No reply shows a
/// secret, so a definition that was read, edited and sent back would otherwise lose it. It stays
/// with its receiver: what another one gets signed must be said.
pub(super) fn keep_secret(
    target: &mut Target,
    input: SecretInput,
    stored: &Target,
) -> Result<(), ApiError> {
    let (Target::Http(new), Target::Http(old)) = (target, stored) else { return Ok(()) };
    let HttpTarget { signing_secret: Some(secret), url, .. } = old else { return Ok(()) };
    if input == SecretInput::Given {
        return Ok(());
    }
    if !same_receiver(url, &new.url) {
        return Err(ApiError::invalid(
            "job.target.http.signing_secret",
            "is not set while the URL moves to another scheme, host or port; send the secret of \
             the new receiver, or an empty one for no signatures",
        ));
    }
    new.signing_secret = Some(secret.clone());
    Ok(())
}

/// Checks what a target names outright: an address, a stream.
pub(super) fn check_receiver(target: &Target, moment: &Moment<'_>) -> Result<(), ApiError> {
    match target {
        Target::Http(http) => moment
            .addresses
            .check_url_literal(&http.url)
            .map(|_| ())
            .map_err(|error| ApiError::invalid("job.target.http.url", error.to_string())),
        Target::RedisStream(stream) => moment
            .streams
            .check(&stream.key)
            .map_err(|error| ApiError::invalid("job.target.redis_stream.key", error.to_string())),
        Target::Worker(_) | Target::Noop => Ok(()),
    }
}

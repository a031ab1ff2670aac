//! Requests that a client may repeat without doing anything twice.
//!
//! With a write the store keeps, for an hour, the reply under the request's id. A fingerprint of
//! the request goes with it: were an id used again for something else, the reply to the first
//! request would pass for an acknowledgement of the second, which was never carried out. That is
//! refused instead.

use bellwether_domain::{JobKey, RequestId};
use bellwether_proto::convert::{Problems, request_id};
use bellwether_store::{Reply, RunRequest};
use prost::Message;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::ApiError;

const FINGERPRINT: usize = 8;

/// The name of a request, and what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NamedRequest {
    /// The name.
    pub(crate) id: RequestId,
    fingerprint: [u8; FINGERPRINT],
}

impl NamedRequest {
    /// Reads the name out of `id`; `request` is the message without it, and `call` says which call
    /// it belongs to. `None` for a request without a name.
    pub(crate) fn read(
        id: &str,
        call: &str,
        request: &impl Message,
        problems: &mut Problems,
    ) -> Option<Self> {
        Some(Self::of(request_id(id, "request_id", problems)?, call, request))
    }

    /// The part of a named request that is about the job `name` and is `item`: the same part of a
    /// repeat gets the same name, whatever else the repeat holds.
    pub(crate) fn part(batch: RequestId, call: &str, name: &str, item: &impl Message) -> Self {
        Self::of(RequestId(Uuid::new_v5(&batch.0, name.as_bytes())), call, item)
    }

    fn of(id: RequestId, call: &str, request: &impl Message) -> Self {
        let mut hash = Sha256::new();
        hash.update(call.as_bytes());
        hash.update([0]);
        hash.update(request.encode_to_vec());
        let mut fingerprint = [0; FINGERPRINT];
        fingerprint.copy_from_slice(&hash.finalize()[..FINGERPRINT]);
        Self { id, fingerprint }
    }

    /// What the store keeps with the write.
    pub(crate) fn keep(&self, reply: &impl Message) -> Reply {
        let body = [self.fingerprint.as_slice(), &reply.encode_to_vec()].concat();
        Reply { request: self.id, body }
    }

    /// What the store keeps with a run that was asked for.
    pub(crate) fn for_run(&self) -> RunRequest {
        RunRequest { id: self.id, fingerprint: self.fingerprint }
    }

    /// The request that this one makes about one of several jobs.
    pub(crate) fn about(&self, key: &JobKey) -> Self {
        let id = Uuid::new_v5(&self.id.0, key.to_string().as_bytes());
        Self { id: RequestId(id), fingerprint: self.fingerprint }
    }

    /// The reply that the store kept.
    pub(crate) fn reply<R: Message + Default>(&self, body: &[u8]) -> Result<R, ApiError> {
        let Some((fingerprint, reply)) = body.split_at_checked(FINGERPRINT) else {
            return Err(ApiError::Internal("a kept reply is too short".to_owned()));
        };
        if fingerprint != self.fingerprint {
            return Err(ApiError::RequestIdReused);
        }
        R::decode(reply).map_err(|error| ApiError::Internal(format!("a kept reply: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use bellwether_proto::v1;

    use super::*;

    const ID: &str = "018f3c1e-7a2b-7c4d-8e5f-6a7b8c9d0e1f";

    fn named(call: &str, reason: &str) -> NamedRequest {
        let request = v1::PauseJobRequest { reason: reason.to_owned(), ..<_>::default() };
        NamedRequest::read(ID, call, &request, &mut Problems::default()).expect("a name")
    }

    #[test]
    fn a_repeat_gets_the_first_reply_and_another_request_does_not() {
        let first = named("PauseJob", "night");
        let reply = v1::DeleteJobResponse { deleted: true };
        let Reply { request, body } = first.keep(&reply);
        assert_eq!(request.to_string(), ID);

        let repeat = named("PauseJob", "night");
        assert_eq!(repeat.reply::<v1::DeleteJobResponse>(&body).expect("the same"), reply);
        for other in [named("PauseJob", "day"), named("DeleteJob", "night")] {
            let error = other.reply::<v1::DeleteJobResponse>(&body).expect_err("another request");
            assert!(matches!(error, ApiError::RequestIdReused), "{error}");
        }
    }

    #[test]
    fn what_is_no_kept_reply_is_an_error() {
        let request = named("PauseJob", "");
        for body in [&b""[..], b"short"] {
            let error = request.reply::<v1::DeleteJobResponse>(body).expect_err("too short");
            assert!(matches!(error, ApiError::Internal(_)), "{error}");
        }
    }

    #[test]
    fn a_name_is_a_uuid_or_nothing() {
        let read = |id: &str| {
            let mut problems = Problems::default();
            let request = v1::PauseJobRequest::default();
            let named = NamedRequest::read(id, "PauseJob", &request, &mut problems);
            problems.finish().map(|()| named).map_err(|rejection| rejection.to_string())
        };
        assert_eq!(read(""), Ok(None));
        let error = read("once").expect_err("no UUID");
        assert!(error.starts_with("request_id: \"once\" is not a UUID"), "{error}");
    }
}

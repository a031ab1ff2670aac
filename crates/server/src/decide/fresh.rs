//! What is drawn anew for each write.

use bellwether_domain::{Etag, JobUid, RequestId, Timestamp};
use uuid::{Builder, Uuid};

/// Random bits, drawn outside and handed in, so that a decision is a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fresh {
    /// The version that the job gets.
    pub(crate) etag: Etag,
    /// The random part of the id of what is created.
    pub(crate) entropy: [u8; 10],
}

impl Fresh {
    /// Draws.
    pub(crate) fn draw() -> Self {
        Self { etag: Etag(rand::random()), entropy: rand::random() }
    }

    /// The uid of a job that is created at `now`: a UUIDv7 of the store's time, not of a node's
    /// clock, so that uids sort by creation whoever made them.
    pub(crate) fn uid(&self, now: Timestamp) -> JobUid {
        JobUid(self.uuid(now))
    }

    /// The name of a request that came without one.
    pub(crate) fn request(&self, now: Timestamp) -> RequestId {
        RequestId(self.uuid(now))
    }

    fn uuid(&self, now: Timestamp) -> Uuid {
        let ms = u64::try_from(now.as_millis()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(ms, &self.entropy).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_carries_the_stores_time() {
        let fresh = Fresh { etag: Etag([0; 8]), entropy: [0xff; 10] };
        let uid = fresh.uid(Timestamp::from_millis(1_700_000_000_123)).0;
        assert_eq!(uid.get_version_num(), 7);
        let (seconds, nanos) = uid.get_timestamp().expect("a UUIDv7 has one").to_unix();
        assert_eq!((seconds, nanos), (1_700_000_000, 123_000_000));
    }
}

//! Stored records: what a store keeps of a definition and of a run, as private protobuf messages
//! (package `bellwether.store.v1`, never on a wire to a client).
//!
//! They are apart from the public messages so that either can change alone, and apart from the
//! domain types so that a rename there cannot make stored data unreadable. The messages are
//! written down as Rust structs with prost's derive: the numbers in their attributes are the
//! format, and none is ever used again for something else.
//!
//! # A run is written in pieces
//!
//! A run's body is `encode_draft(..)` followed by any number of `encode_report(..)`, simply
//! concatenated. All of them are encodings of the same message with disjoint fields, and protobuf
//! reads a concatenation as a merge, so a script appends a report without decoding what is there.
//!
//! A merge is field by field, which would let the error of attempt 1 shine through the report of
//! an attempt 2 that succeeded. Therefore the report is *one* field of type bytes that holds its
//! own encoding: of a scalar field the last value wins, as a whole. A store that knows where the
//! draft ends may also cut earlier reports off before it appends; both read the same.
//!
//! What a store must see or change while the run goes on (state, attempt, times) is not in the
//! body but in a [`RunHeader`], which each store packs as it likes.

mod backfill;
mod definition;
mod number;
mod pauses;
mod policy;
mod run;
mod target;
#[cfg(test)]
mod tests;
mod trigger;

pub use backfill::{decode_backfill, encode_backfill};
pub use definition::{decode_definition, encode_definition};
pub use number::{run_state_from_number, run_state_number};
pub use pauses::{decode_pauses, encode_pauses};
pub use run::{RunHeader, decode_report, decode_run, encode_draft, encode_report};

use std::time::Duration;

use uuid::Uuid;

use crate::StoreError;

/// Why a record does not make sense although it is well-formed protobuf.
#[derive(Debug, thiserror::Error)]
enum Malformed {
    #[error("{0}")]
    Protobuf(#[from] prost::DecodeError),
    #[error("it has no {0}")]
    Missing(&'static str),
    #[error("{field} is {number}, which means nothing to this version")]
    Number { field: &'static str, number: u32 },
    #[error("{field}: {why}")]
    Value { field: &'static str, why: String },
}

impl Malformed {
    /// The error for the caller, where this was found in a `what`.
    fn found_in(self, what: impl Into<String>) -> StoreError {
        StoreError::Corrupt { what: what.into(), why: self.to_string() }
    }
}

/// A duration to the nanosecond: a policy comes back as the client gave it.
#[derive(Clone, Copy, PartialEq, prost::Message)]
struct StoredDuration {
    #[prost(uint64, tag = "1")]
    seconds: u64,
    #[prost(uint32, tag = "2")]
    nanos: u32,
}

impl From<Duration> for StoredDuration {
    fn from(duration: Duration) -> Self {
        Self { seconds: duration.as_secs(), nanos: duration.subsec_nanos() }
    }
}

impl From<StoredDuration> for Duration {
    fn from(stored: StoredDuration) -> Self {
        // More than a second of nanoseconds is nothing that was ever written; held to its second
        // so that no sum can overflow.
        Self::new(stored.seconds, stored.nanos.min(999_999_999))
    }
}

fn uuid(field: &'static str, bytes: &[u8]) -> Result<Uuid, Malformed> {
    Uuid::from_slice(bytes).map_err(|error| Malformed::Value { field, why: error.to_string() })
}

//! Backfills as they are stored: what was asked for, beside the numbers that scripts move.

use bellwether_domain::backfill::Backfill;
use bellwether_domain::{BackfillId, JobUid, Overlap, Timestamp};
use prost::Message as _;

use super::definition::key;
use super::number::Numbered;
use super::uuid;
use crate::StoreError;

#[derive(Clone, PartialEq, prost::Message)]
struct StoredBackfill {
    #[prost(string, tag = "1")]
    namespace: String,
    #[prost(string, tag = "2")]
    id: String,
    #[prost(bytes = "vec", tag = "3")]
    uid: Vec<u8>,
    #[prost(sint64, tag = "4")]
    start_ms: i64,
    #[prost(sint64, tag = "5")]
    end_ms: i64,
    #[prost(uint32, tag = "6")]
    overlap: u32,
    #[prost(double, tag = "7")]
    runs_per_second: f64,
    #[prost(uint32, tag = "8")]
    fire_times: u32,
    #[prost(sint64, tag = "9")]
    created_ms: i64,
}

/// The record of a backfill. Its name is what a store finds it by.
#[must_use]
pub fn encode_backfill(backfill: &Backfill) -> Vec<u8> {
    let stored = StoredBackfill {
        namespace: backfill.job.namespace.to_string(),
        id: backfill.job.id.to_string(),
        uid: backfill.uid.0.as_bytes().to_vec(),
        start_ms: backfill.start.as_millis(),
        end_ms: backfill.end.as_millis(),
        overlap: backfill.overlap.number(),
        runs_per_second: backfill.runs_per_second,
        fire_times: backfill.fire_times,
        created_ms: backfill.created.as_millis(),
    };
    stored.encode_to_vec()
}

/// The backfill named `backfill` of which this is the record.
///
/// # Errors
/// [`StoreError::Corrupt`] where it is none, or holds what this version does not know.
pub fn decode_backfill(id: BackfillId, record: &[u8]) -> Result<Backfill, StoreError> {
    read(id, record).map_err(|malformed| malformed.found_in(format!("backfill {id}")))
}

fn read(id: BackfillId, record: &[u8]) -> Result<Backfill, super::Malformed> {
    let stored = StoredBackfill::decode(record)?;
    Ok(Backfill {
        id,
        job: key(&stored.namespace, &stored.id)?,
        uid: JobUid(uuid("uid", &stored.uid)?),
        start: Timestamp::from_millis(stored.start_ms),
        end: Timestamp::from_millis(stored.end_ms),
        overlap: Overlap::from_number(stored.overlap)?,
        runs_per_second: stored.runs_per_second,
        fire_times: stored.fire_times,
        created: Timestamp::from_millis(stored.created_ms),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backfill_reads_back_as_it_was_written() {
        let backfill = Backfill {
            id: BackfillId(<_>::default()),
            job: "a/b/c".parse().expect("a key"),
            uid: JobUid(<_>::default()),
            start: Timestamp::from_millis(-5),
            end: Timestamp::from_millis(9),
            overlap: Overlap::Queue,
            runs_per_second: 0.25,
            fire_times: 7,
            created: Timestamp::from_millis(10),
        };
        let record = encode_backfill(&backfill);
        assert_eq!(decode_backfill(backfill.id, &record).expect("a record"), backfill);
        let error = decode_backfill(backfill.id, &[]).expect_err("it names no job");
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    }
}

//! Leased attempts: `owner c16`, and the run, which begins with the number of the attempt.

use std::collections::HashMap;
use std::time::Duration;

use bellwether_domain::{Owner, Partition, RunId};
use bellwether_store::{AttemptRecord, StoreError};

use super::bytes::{Malformed, Reader};

/// What a result must name of the attempt that the store holds: owner and number, as they lie at
/// the front of its value.
pub(crate) fn holder(owner: Owner, attempt: u32) -> [u8; 20] {
    let mut holder = [0; 20];
    holder[..16].copy_from_slice(owner.0.as_bytes());
    holder[16..].copy_from_slice(&attempt.to_be_bytes());
    holder
}

/// The attempts that the script `attempts` tells of, and those of them that were given more time, as
/// `run c16 | deadline i8`.
pub(crate) fn decode_all(
    partition: Partition,
    told: &[Vec<u8>],
    extended: &[Vec<u8>],
) -> Result<Vec<AttemptRecord>, StoreError> {
    let mut deadlines = HashMap::new();
    for extended in extended {
        let mut extended = Reader::new(extended);
        let read = extended.uuid().and_then(|run| Ok((run, extended.instant()?)));
        let (run, deadline) = read.map_err(|malformed| malformed.found_in("extended attempt"))?;
        deadlines.insert(run, deadline);
    }
    let decode = |told: &Vec<u8>| {
        let mut attempt = decode(partition, told)?;
        if let Some(deadline) = deadlines.get(&attempt.run.uuid) {
            attempt.deadline = *deadline;
        }
        Ok(attempt)
    };
    told.iter().map(decode).collect()
}

/// The attempt that the script `attempts` tells of: `run c16 | owner c16`, and the run up to its
/// fire time.
pub(crate) fn decode(partition: Partition, told: &[u8]) -> Result<AttemptRecord, StoreError> {
    read(partition, told).map_err(|malformed| malformed.found_in("attempt"))
}

fn read(partition: Partition, told: &[u8]) -> Result<AttemptRecord, Malformed> {
    let mut told = Reader::new(told);
    let run = RunId { partition, uuid: told.uuid()? };
    let owner = Owner(told.uuid()?);
    let (attempt, _lost) = (told.u32()?, told.u32()?);
    let (leased, _claimed, _epoch) = (told.instant()?, told.instant()?, told.u64()?);
    let deadline = leased.saturating_add(Duration::from_millis(told.u64()?));
    Ok(AttemptRecord { run, attempt, owner, leased, deadline })
}

//! Leased attempts: `owner c16 | attempt I4 | leased i8 | deadline i8`.

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

/// The attempt whose run (a field of `attempts`) and value these are.
pub(crate) fn decode(
    partition: Partition,
    run: &[u8],
    value: &[u8],
) -> Result<AttemptRecord, StoreError> {
    read(partition, run, value).map_err(|malformed| malformed.found_in("attempt"))
}

fn read(partition: Partition, run: &[u8], value: &[u8]) -> Result<AttemptRecord, Malformed> {
    let uuid = Reader::new(run).uuid()?;
    let mut value = Reader::new(value);
    Ok(AttemptRecord {
        run: RunId { partition, uuid },
        owner: Owner(value.uuid()?),
        attempt: value.u32()?,
        leased: value.instant()?,
        deadline: value.instant()?,
    })
}

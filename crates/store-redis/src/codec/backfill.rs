//! Backfills as they are stored: `cursor i8 | runs I4 | skipped I4 | waits I4 | ended i8`, which
//! scripts move, then what was asked for.

use bellwether_domain::BackfillId;
use bellwether_domain::backfill::{Backfill, Progress};
use bellwether_store::record::{decode_backfill, encode_backfill};
use bellwether_store::{BackfillView, StoreError};

use super::bytes::{Append as _, Malformed, Reader};

/// The value of a backfill of which nothing was taken yet.
pub(crate) fn encode_new(backfill: &Backfill) -> Vec<u8> {
    let mut value = Vec::new();
    value.instant(None);
    value.extend_from_slice(&[0; 12]);
    value.instant(None);
    value.extend_from_slice(&encode_backfill(backfill));
    value
}

/// The backfill that is stored so.
pub(crate) fn decode(id: BackfillId, value: &[u8]) -> Result<BackfillView, StoreError> {
    let mut value = Reader::new(value);
    let progress =
        read(&mut value).map_err(|malformed| malformed.found_in(format!("backfill {id}")))?;
    Ok(BackfillView { backfill: decode_backfill(id, value.rest())?, progress })
}

fn read(value: &mut Reader<'_>) -> Result<Progress, Malformed> {
    Ok(Progress {
        cursor: value.optional_instant()?,
        runs: value.u32()?,
        skipped: value.u32()?,
        waits: value.u32()?,
        ended: value.optional_instant()?,
    })
}

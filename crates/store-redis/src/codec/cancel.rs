//! Cancelling: `\0` and the report for a run whose holder does not end it, or `\1` and its place in the
//! log for a run that the leader has ended.

use bellwether_domain::{Partition, RunId};
use bellwether_store::{CancelAsked, StoreError, record};

use super::bytes::{Malformed, Reader};

const ASKED: u8 = 0;
const ENDED: u8 = 1;

/// What the holder of `run` is asked; `None` where the leader has ended it.
pub(crate) fn decode(
    partition: Partition,
    run: &[u8],
    cancel: &[u8],
) -> Result<Option<CancelAsked>, StoreError> {
    let found_in = |malformed: Malformed| malformed.found_in("cancelling");
    let uuid = Reader::new(run).uuid().map_err(found_in)?;
    let mut cancel = Reader::new(cancel);
    match cancel.u8().map_err(found_in)? {
        ASKED => {
            let report = record::decode_report(cancel.rest())?;
            Ok(Some(CancelAsked { run: RunId { partition, uuid }, report }))
        }
        ENDED => Ok(None),
        other => Err(found_in(Malformed::Number { field: "its stage", number: other.into() })),
    }
}

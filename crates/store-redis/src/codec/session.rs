//! Records of workers' sessions: `version B | host c16 | stream I8 | beat I8 | last seen i8`, then
//! namespace and worker as I2+text. Later fields go behind.

use bellwether_domain::{BootId, IdError, Namespace, SessionId, WorkerId};
use bellwether_store::{SessionRecord, StoreError, StreamNumber};

use super::bytes::{Malformed, Reader};

const VERSION: u8 = 1;

/// The session whose record this is.
pub(crate) fn decode(session: &[u8], record: &[u8]) -> Result<SessionRecord, StoreError> {
    read(session, record).map_err(|malformed| malformed.found_in("session record"))
}

/// A session as it stands alone.
pub(crate) fn decode_id(session: &[u8]) -> Result<SessionId, StoreError> {
    let id = Reader::new(session).uuid().map(SessionId);
    id.map_err(|malformed| malformed.found_in("session"))
}

fn read(session: &[u8], record: &[u8]) -> Result<SessionRecord, Malformed> {
    let mut record = Reader::new(record);
    let version = record.u8()?;
    if version != VERSION {
        return Err(Malformed::Number { field: "the version", number: u64::from(version) });
    }
    let wrong = |field| move |error: IdError| Malformed::Text { field, why: error.to_string() };
    Ok(SessionRecord {
        session: SessionId(Reader::new(session).uuid()?),
        host: BootId(record.uuid()?),
        stream: StreamNumber(record.u64()?),
        beat: record.u64()?,
        last_seen: record.instant()?,
        namespace: Namespace::new(record.text("the namespace")?).map_err(wrong("the namespace"))?,
        worker: WorkerId::new(record.text("the worker")?).map_err(wrong("the worker"))?,
    })
}

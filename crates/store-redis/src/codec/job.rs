//! Jobs as they are stored: a header that claims and changes splice, and the definition behind it.

use bellwether_domain::{Definition, Etag, Job, JobKey, JobState, JobStatus, JobUid, Timestamp};
use bellwether_store::{StoreError, record};

use super::bytes::{Malformed, Reader};

/// A definition of more bytes than this has a key of its own, so that what reads headers only (the
/// due scan, claims, finishes) does not copy payloads.
pub(crate) const LARGEST_INSIDE: usize = 1024;

const PAUSED: u8 = 1;
const FINISHED: u8 = 2;
const CATCHING_UP: u8 = 4;
const OUTSIDE: u8 = 8;

/// How many bytes of a job a peek returns: all that is of fixed width and that a plan needs.
pub(crate) const PEEKED: usize = 45;

/// The part of a job's header that is of fixed width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    /// The version.
    pub(crate) etag: Etag,
    /// The incarnation.
    pub(crate) uid: JobUid,
    /// The next fire time.
    pub(crate) next_fire: Option<Timestamp>,
    /// The latest claimed one.
    pub(crate) last_fire: Option<Timestamp>,
    /// Scheduled runs created so far.
    pub(crate) fires: u32,
    flags: u8,
}

impl Header {
    /// Reads the first [`PEEKED`] bytes of a job.
    pub(crate) fn read(job: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            etag: Etag(job.array()?),
            uid: JobUid(job.uuid()?),
            next_fire: job.optional_instant()?,
            last_fire: job.optional_instant()?,
            fires: job.u32()?,
            flags: job.u8()?,
        })
    }

    /// The last pass left due fire times behind.
    pub(crate) fn catching_up(&self) -> bool {
        self.flags & CATCHING_UP != 0
    }

    fn state(&self, reason: &str) -> JobState {
        match self.flags & (PAUSED | FINISHED) {
            0 => JobState::Active,
            FINISHED => JobState::Finished,
            _ => JobState::Paused { reason: reason.to_owned() },
        }
    }
}

/// The encoded definition, and whether it goes to a key of its own.
pub(crate) fn encode(definition: &Definition) -> (Vec<u8>, bool) {
    let bytes = record::encode_definition(definition);
    let outside = bytes.len() > LARGEST_INSIDE;
    (bytes, outside)
}

/// The job that is stored as `value`, with its definition in `outside` where it has a key of its
/// own.
pub(crate) fn decode(
    key: &JobKey,
    value: &[u8],
    outside: Option<&[u8]>,
) -> Result<Job, StoreError> {
    let what = || format!("job {key}");
    let (header, status, inside) = read(value).map_err(|malformed| malformed.found_in(what()))?;
    let bytes = match outside {
        Some(outside) if header.flags & OUTSIDE != 0 => outside,
        None if header.flags & OUTSIDE != 0 => {
            let why = "its definition is not where the header says".to_owned();
            return Err(StoreError::Corrupt { what: what(), why });
        }
        _ => inside,
    };
    Ok(Job { definition: record::decode_definition(bytes)?, status })
}

fn read(value: &[u8]) -> Result<(Header, JobStatus, &[u8]), Malformed> {
    let mut value = Reader::new(value);
    let header = Header::read(&mut value)?;
    let updated = value.instant()?;
    let reason = value.text("the reason of the pause")?;
    let status = JobStatus {
        etag: header.etag,
        state: header.state(reason),
        last_fire: header.last_fire,
        next_fire: header.next_fire,
        fires: header.fires,
        catching_up: header.catching_up(),
        updated,
    };
    Ok((header, status, value.rest()))
}

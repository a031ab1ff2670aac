//! Jobs as they are stored: what claims and changes splice in one hash, the definition in another.

use bellwether_domain::{Etag, Job, JobKey, JobState, JobStatus, JobUid, Timestamp};
use bellwether_store::{StoreError, record};

use super::bytes::{Malformed, Reader, text};

const PAUSED: u8 = 1;
const FINISHED: u8 = 2;
const CATCHING_UP: u8 = 4;

/// The front of a job, of fixed width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    /// The version.
    pub(crate) etag: Etag,
    /// The incarnation.
    pub(crate) uid: JobUid,
    /// The next fire time.
    pub(crate) next_fire: Option<Timestamp>,
    /// When it becomes due; while the job is paused, since when it is.
    pub(crate) start_after: Option<Timestamp>,
    /// The latest claimed one.
    pub(crate) last_fire: Option<Timestamp>,
    /// Scheduled runs created so far.
    pub(crate) fires: u32,
    flags: u8,
}

impl Header {
    /// Reads the front of a job.
    pub(crate) fn read(job: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            etag: Etag(job.array()?),
            uid: JobUid(job.uuid()?),
            next_fire: job.optional_instant()?,
            start_after: job.optional_instant()?,
            last_fire: job.optional_instant()?,
            fires: job.u32()?,
            flags: job.u8()?,
        })
    }

    /// The last pass left due fire times behind.
    pub(crate) fn catching_up(&self) -> bool {
        self.flags & CATCHING_UP != 0
    }

    fn is_paused(&self) -> bool {
        self.flags & PAUSED != 0
    }

    fn state(&self, reason: &str) -> JobState {
        match self.flags & (PAUSED | FINISHED) {
            0 => JobState::Active,
            FINISHED => JobState::Finished,
            _ => JobState::Paused { reason: reason.to_owned() },
        }
    }
}

/// The job that is stored so.
pub(crate) fn decode(key: &JobKey, value: &[u8], definition: &[u8]) -> Result<Job, StoreError> {
    let status = read(value).map_err(|malformed| malformed.found_in(format!("job {key}")))?;
    Ok(Job { definition: record::decode_definition(definition)?, status })
}

fn read(value: &[u8]) -> Result<JobStatus, Malformed> {
    let mut value = Reader::new(value);
    let header = Header::read(&mut value)?;
    let updated = value.instant()?;
    let failures = value.u32()?;
    let reason = text("the reason of the pause", value.rest())?;
    Ok(JobStatus {
        etag: header.etag,
        state: header.state(reason),
        last_fire: header.last_fire,
        next_fire: header.next_fire,
        fires: header.fires,
        catching_up: header.catching_up(),
        paused_since: header.start_after.filter(|_| header.is_paused()),
        failures,
        updated,
    })
}

//! Entries of the log: the events of one write, as `sections/events.lua` packs them.

use bellwether_domain::{JobKey, Partition, RunId, Timestamp};
use bellwether_store::{Event, EventCursor, EventKind, RunEvent, StoreError};

use super::bytes::{Malformed, Reader};

/// The least kind of an event about a run.
const FIRST_OF_RUNS: u8 = 16;

/// Stands for two events, the admission of a run and the start of its first attempt: what most
/// claims do, for the price of one.
const BORN_LEASED: u8 = 128;

/// A cursor: the id of an entry, in a form of its own so that no other text is one.
pub(crate) fn cursor(id: &str) -> EventCursor {
    EventCursor(format!("r{id}"))
}

/// The id of the entry that a cursor is of.
pub(crate) fn entry_id(cursor: &EventCursor) -> Result<&str, StoreError> {
    let number = |text: &str| !text.is_empty() && text.parse::<u64>().is_ok();
    let id = cursor.0.strip_prefix('r').and_then(|id| Some((id, id.split_once('-')?)));
    match id {
        Some((id, (ms, sequence))) if number(ms) && number(sequence) => Ok(id),
        _ => Err(StoreError::Corrupt {
            what: "event cursor".to_owned(),
            why: format!("{:?} is not one of this store", cursor.0),
        }),
    }
}

/// The events of the entry `id`.
pub(crate) fn decode(
    partition: Partition,
    id: &str,
    entry: &[u8],
) -> Result<Vec<Event>, StoreError> {
    read(partition, id, entry).map_err(|malformed| malformed.found_in(format!("event {id}")))
}

fn read(partition: Partition, id: &str, entry: &[u8]) -> Result<Vec<Event>, Malformed> {
    let mut entry = Reader::new(entry);
    let at = entry.instant()?;
    let mut events = Vec::new();
    while !entry.is_empty() {
        read_one(partition, &mut entry, |kind, job, run| {
            events.push(Event { cursor: cursor(id), at, kind, job, run });
        })?;
    }
    Ok(events)
}

fn read_one(
    partition: Partition,
    entry: &mut Reader<'_>,
    mut found: impl FnMut(EventKind, JobKey, Option<RunEvent>),
) -> Result<(), Malformed> {
    let number = entry.u8()?;
    if number < FIRST_OF_RUNS {
        found(kind(number)?, read_job(entry)?, None);
        return Ok(());
    }
    let attempt = entry.u32()?;
    let id = RunId { partition, uuid: entry.uuid()? };
    let fire_time: Timestamp = entry.instant()?;
    let job = read_job(entry)?;
    if number == BORN_LEASED {
        found(EventKind::RunPending, job.clone(), Some(RunEvent { id, fire_time, attempt: 0 }));
        found(EventKind::RunStarted, job, Some(RunEvent { id, fire_time, attempt }));
    } else {
        found(kind(number)?, job, Some(RunEvent { id, fire_time, attempt }));
    }
    Ok(())
}

fn read_job(entry: &mut Reader<'_>) -> Result<JobKey, Malformed> {
    const FIELD: &str = "the job's name";
    let name = entry.text(FIELD)?;
    name.parse().map_err(|error| Malformed::Text { field: FIELD, why: format!("{error}") })
}

fn kind(number: u8) -> Result<EventKind, Malformed> {
    EventKind::from_number(number)
        .ok_or(Malformed::Number { field: "the kind", number: u64::from(number) })
}

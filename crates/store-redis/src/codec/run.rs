//! Runs as they are stored: a header that scripts splice, and the body behind it.

use std::time::Duration;

use bellwether_domain::{Epoch, Partition, Run, RunDraft, RunId, RunState, Timestamp};
use bellwether_store::StoreError;
use bellwether_store::record::{self, RunHeader};

use super::bytes::{Append as _, Malformed, Reader};

/// What is fixed of a run from its birth, as it lies at the end of its value: `timeout_ms I8 |
/// fire_time i8 | job I2+text | uid c16 | body`. Scripts put the head before it. Job and uid are
/// for the scripts that meet a run by its id alone; a finished run goes without them.
pub(crate) fn tail(draft: &RunDraft, job: &str) -> Vec<u8> {
    let timeout = u64::try_from(draft.timeout.as_millis()).unwrap_or(u64::MAX);
    let mut tail = timeout.to_be_bytes().to_vec();
    tail.instant(Some(draft.fire_time));
    tail.short(job.as_bytes());
    tail.extend_from_slice(draft.uid.0.as_bytes());
    tail.extend_from_slice(&record::encode_draft(draft));
    tail
}

/// A run with its state: `state B | ended i8 | run`. How scripts answer, and how history is kept.
pub(crate) fn decode(id: RunId, value: &[u8]) -> Result<Run, StoreError> {
    let read = || {
        let mut value = Reader::new(value);
        let (state, ended) = read_state(&mut value)?;
        read_run(value, state, ended)
    };
    finish_decoding(id, read())
}

fn decode_waiting(id: RunId, value: &[u8]) -> Result<Run, StoreError> {
    finish_decoding(id, read_run(Reader::new(value), RunState::PENDING, None))
}

/// A run under way, which in `attempts` lies behind its owner.
pub(crate) fn decode_running(id: RunId, value: &[u8]) -> Result<Run, StoreError> {
    finish_decoding(id, read_run(Reader::new(value), RunState::RUNNING, None))
}

fn decode_attempt(id: RunId, value: &[u8]) -> Result<Run, StoreError> {
    let read = || {
        let mut value = Reader::new(value);
        value.uuid()?;
        read_run(value, RunState::RUNNING, None)
    };
    finish_decoding(id, read())
}

/// What `waiting` and `attempts` hold of a run: one of them does while it is unfinished.
pub(crate) fn decode_unfinished(
    id: RunId,
    (waiting, running): (Option<Vec<u8>>, Option<Vec<u8>>),
) -> Result<Option<Run>, StoreError> {
    match (waiting, running) {
        (Some(value), _) => decode_waiting(id, &value).map(Some),
        (None, Some(value)) => decode_attempt(id, &value).map(Some),
        (None, None) => Ok(None),
    }
}

type Pieces<'a> = Result<(RunHeader, &'a [u8]), Malformed>;

fn finish_decoding(id: RunId, pieces: Pieces<'_>) -> Result<Run, StoreError> {
    let (header, body) = pieces.map_err(|malformed| malformed.found_in(format!("run {id}")))?;
    record::decode_run(id, header, body)
}

fn read_run<'a>(mut value: Reader<'a>, state: RunState, ended: Option<Timestamp>) -> Pieces<'a> {
    let header = read_header(&mut value, state, ended)?;
    value.short()?;
    value.uuid()?;
    Ok((header, value.rest()))
}

/// The finished runs of a history, as many as its latest entry says are kept: scripts trim the list
/// now and then only.
pub(crate) fn decode_history(
    partition: Partition,
    entries: &[Vec<u8>],
) -> Result<Vec<Run>, StoreError> {
    let keep = |entry: &Vec<u8>| Reader::new(entry).u16();
    let keep = entries.first().map_or(Ok(0), keep);
    let keep = keep.map_err(|malformed| malformed.found_in("history"))?;
    let kept = entries.iter().take(usize::from(keep));
    kept.map(|entry| decode_entry(partition, entry)).collect()
}

/// An entry of a history.
pub(crate) fn decode_entry(partition: Partition, entry: &[u8]) -> Result<Run, StoreError> {
    let read = || -> Result<(RunId, RunHeader, &[u8]), Malformed> {
        let mut entry = Reader::new(entry);
        entry.u16()?;
        let id = RunId { partition, uuid: entry.uuid()? };
        let (state, ended) = read_state(&mut entry)?;
        let header = read_header(&mut entry, state, ended)?;
        Ok((id, header, entry.rest()))
    };
    let (id, header, body) = read().map_err(|malformed| malformed.found_in("history"))?;
    record::decode_run(id, header, body)
}

fn read_state(value: &mut Reader<'_>) -> Result<(RunState, Option<Timestamp>), Malformed> {
    let number = value.u8()?;
    let state = record::run_state_from_number(number)
        .ok_or(Malformed::Number { field: "the state", number: u64::from(number) })?;
    Ok((state, value.optional_instant()?))
}

fn read_header(
    value: &mut Reader<'_>,
    state: RunState,
    ended: Option<Timestamp>,
) -> Result<RunHeader, Malformed> {
    let (attempt, lost) = (value.u32()?, value.u32()?);
    let started = value.optional_instant()?;
    let claimed = value.instant()?;
    let epoch = Epoch(value.u64()?);
    let timeout = Duration::from_millis(value.u64()?);
    let fire_time = value.instant()?;
    Ok(RunHeader { state, attempt, lost, epoch, fire_time, claimed, started, ended, timeout })
}

//! Entries of the logs: the events of one write, as `sections/events.lua` packs them for a
//! partition and `sections/cluster_log.lua` for the cluster.

use bellwether_domain::{
    BootId, Epoch, Etag, JobKey, JobUid, Namespace, Partition, RunId, Timestamp,
};
use bellwether_store::{
    EventCursor, EventKind, Happened, JobSince, LogEntry, RunEvent, StoreError,
};

use super::bytes::{Malformed, Reader};

/// Stands for the start of a leader's term.
const LEADER_CHANGED: u8 = 14;

/// Stands for no event of its own: what a client's write made of the job of the one before it.
const JOB_SINCE: u8 = 15;

/// The least kind of an event about a run.
const FIRST_OF_RUNS: u8 = 16;

/// Stands for two events, the admission of a run and the start of its first attempt: what most
/// claims do, for the price of one.
const BORN_LEASED: u8 = 128;

/// The whole cluster, where a namespace could stand.
const WHOLE_CLUSTER: &str = "-";

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

/// What stands in the entry `id` of a partition's log.
pub(crate) fn decode(
    partition: Partition,
    id: &str,
    entry: &[u8],
) -> Result<Vec<LogEntry>, StoreError> {
    entries(id, entry, |entry, all| read_one(partition, entry, all))
}

/// What stands in the entry `id` of the cluster's log.
pub(crate) fn decode_cluster(id: &str, entry: &[u8]) -> Result<Vec<LogEntry>, StoreError> {
    entries(id, entry, |entry, all| {
        all.push(read_of_cluster(entry)?);
        Ok(())
    })
}

fn entries(
    id: &str,
    entry: &[u8],
    read: impl Fn(&mut Reader<'_>, &mut Vec<Happened>) -> Result<(), Malformed>,
) -> Result<Vec<LogEntry>, StoreError> {
    let all = || {
        let mut entry = Reader::new(entry);
        let (at, mut all) = (entry.instant()?, Vec::new());
        while !entry.is_empty() {
            read(&mut entry, &mut all)?;
        }
        let entry = |happened| LogEntry { cursor: cursor(id), at, happened };
        Ok(all.into_iter().map(entry).collect())
    };
    all().map_err(|malformed: Malformed| malformed.found_in(format!("event {id}")))
}

fn read_one(
    partition: Partition,
    entry: &mut Reader<'_>,
    all: &mut Vec<Happened>,
) -> Result<(), Malformed> {
    let number = entry.u8()?;
    match number {
        LEADER_CHANGED => {
            let (owner, epoch) = (BootId(entry.uuid()?), Epoch(entry.u64()?));
            all.push(Happened::LeaderChanged { partition, owner, epoch });
        }
        JOB_SINCE => {
            let uid = JobUid(entry.uuid()?);
            let etag = Etag(entry.array()?);
            let reason = entry.text("the reason")?.to_owned();
            if let Some(Happened::Job { since, .. }) = all.last_mut() {
                *since = Some(JobSince { uid, etag, reason });
            }
        }
        number if number < FIRST_OF_RUNS => {
            let (kind, job) = (kind(number)?, read_job(entry)?);
            all.push(Happened::Job { kind, job, run: None, since: None });
        }
        number => read_of_run(number, partition, entry, all)?,
    }
    Ok(())
}

fn read_of_run(
    number: u8,
    partition: Partition,
    entry: &mut Reader<'_>,
    all: &mut Vec<Happened>,
) -> Result<(), Malformed> {
    let attempt = entry.u32()?;
    let id = RunId { partition, uuid: entry.uuid()? };
    let fire_time: Timestamp = entry.instant()?;
    let job = read_job(entry)?;
    let mut push = |kind, attempt| {
        let run = Some(RunEvent { id, fire_time, attempt });
        all.push(Happened::Job { kind, job: job.clone(), run, since: None });
    };
    if number == BORN_LEASED {
        push(EventKind::RunPending, 0);
        push(EventKind::RunStarted, attempt);
    } else {
        push(kind(number)?, attempt);
    }
    Ok(())
}

fn read_of_cluster(entry: &mut Reader<'_>) -> Result<Happened, Malformed> {
    let number = entry.u8()?;
    Ok(match number {
        1 | 2 => {
            let boot = BootId(entry.uuid()?);
            let name = entry.text("the node's name")?.to_owned();
            match number {
                1 => Happened::NodeJoined { boot, name },
                _ => Happened::NodeLeft { boot, name },
            }
        }
        3 | 4 => {
            let namespace = read_namespace(entry)?;
            let reason = entry.text("the reason")?.to_owned();
            match number {
                3 => Happened::SchedulingPaused { namespace, reason },
                _ => Happened::SchedulingResumed { namespace },
            }
        }
        number => {
            return Err(Malformed::Number { field: "the kind", number: u64::from(number) });
        }
    })
}

fn read_namespace(entry: &mut Reader<'_>) -> Result<Option<Namespace>, Malformed> {
    const FIELD: &str = "the namespace";
    match entry.text(FIELD)? {
        WHOLE_CLUSTER => Ok(None),
        name => Namespace::new(name)
            .map(Some)
            .map_err(|error| Malformed::Text { field: FIELD, why: error.to_string() }),
    }
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

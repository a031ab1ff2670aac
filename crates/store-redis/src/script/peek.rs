//! `peek`: what is due in a partition, and when to look again.

use std::sync::LazyLock;

use bellwether_domain::{FirePoint, JobKey, Partition, Timestamp};
use bellwether_store::{DueCursor, DueEntry, Head, Peek, StoreError};

use super::{Place, READS, Script, unexpected};
use crate::codec::bytes::{Malformed, Reader};
use crate::codec::ready::Delayed;
use crate::codec::{job, ready};
use crate::error::Effect;
use crate::link::Link;

static PEEK: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "peek",
        &[
            READS,
            &[
                include_str!("../lua/sections/paused.lua"),
                include_str!("../lua/peek.lua"),
                include_str!("../lua/sections/unpark.lua"),
                include_str!("../lua/sections/peek_from.lua"),
                include_str!("../lua/sections/peeked.lua"),
            ],
        ],
    )
});

/// The most that one look returns: what a script reads in about a millisecond.
pub(crate) const LARGEST_PAGE: usize = 1000;

/// What is due behind `after`, and what is delayed no longer.
pub(crate) async fn peek(
    link: &Link,
    place: &Place,
    after: Option<&DueCursor>,
    limit: usize,
) -> Result<Peek, StoreError> {
    let [high, normal, low] = place.keys.node_lists();
    let mut call = place.call(&PEEK, &[high, normal, low, place.keys.parked()]);
    call.arg(limit.min(LARGEST_PAGE));
    match after {
        Some(cursor) => call.arg(cursor.start_after.as_millis()).arg(cursor.key.to_string()),
        None => call.arg("").arg(""),
    };
    // It puts right what is wrong, which is as good done as not done: a read to its caller.
    let reply: Reply = call.send(link, Effect::Reads).await?;
    read(place.partition, &reply)
}

/// The head, the names of the due jobs, the jobs as stored, and members of `delayed`.
type Reply = (Vec<u8>, Vec<String>, Vec<Option<Vec<u8>>>, Vec<Vec<u8>>);

fn read(partition: Partition, (head, names, jobs, delayed): &Reply) -> Result<Peek, StoreError> {
    let malformed = |malformed: Malformed| unexpected("peek", malformed.to_string());
    let (now, pauses, head) = read_head(head).map_err(malformed)?;
    let mut due = Vec::with_capacity(names.len());
    for (name, job) in names.iter().zip(jobs) {
        // One that is missing was not what its entry said.
        let Some(job) = job else { continue };
        due.push(read_entry(name, job).map_err(malformed)?);
    }
    let (mut promotes, mut cancels, mut backfills) = (Vec::new(), Vec::new(), Vec::new());
    for member in delayed {
        match ready::decode_member(partition, member)? {
            Delayed::Run(promote) => promotes.push(promote),
            Delayed::Cancel(run) => cancels.push(run),
            Delayed::Backfill(id) => backfills.push(id),
        }
    }
    Ok(Peek { now, pauses, due, delayed: promotes, cancels, backfills, head })
}

fn read_head(head: &[u8]) -> Result<(Timestamp, u64, Head), Malformed> {
    let mut head = Reader::new(head);
    let (now, pauses, ready) = (head.instant()?, head.u64()?, head.u64()?);
    let (due, delayed) = (head.optional_instant()?, head.optional_instant()?);
    Ok((now, pauses, Head { due, delayed, ready }))
}

fn read_entry(name: &str, job: &[u8]) -> Result<DueEntry, Malformed> {
    let key = name.parse::<JobKey>();
    let key =
        key.map_err(|error| Malformed::Text { field: "the job's name", why: error.to_string() })?;
    let header = job::Header::read(&mut Reader::new(job))?;
    let (Some(fire_time), Some(start_after)) = (header.next_fire, header.start_after) else {
        return Err(Malformed::Text { field: "the next point", why: "it is missing".to_owned() });
    };
    Ok(DueEntry {
        key,
        etag: header.etag,
        uid: header.uid,
        next: FirePoint { fire_time, start_after },
        fires: header.fires,
        catching_up: header.catching_up(),
    })
}

//! `peek`: what is due in a partition, and when to look again.

use std::sync::LazyLock;

use bellwether_domain::{FirePoint, JobKey, Partition};
use bellwether_store::{DueCursor, DueEntry, Head, Peek, StoreError};

use super::{Place, READS, Script, unexpected};
use crate::codec::bytes::{Malformed, Reader};
use crate::codec::{job, ready};
use crate::error::Effect;
use crate::link::Link;

static PEEK: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "peek",
        &[READS, &[include_str!("../lua/peek.lua"), include_str!("../lua/sections/peeked.lua")]],
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
    let mut call = place.call(&PEEK, &place.keys.node_lists());
    call.arg(limit.min(LARGEST_PAGE));
    match after {
        Some(cursor) => call.arg(cursor.start_after.as_millis()).arg(cursor.key.to_string()),
        None => call.arg("").arg(""),
    };
    // It removes what no job stands behind, which is as good done as not done: a read to its caller.
    let reply: Vec<u8> = call.send(link, Effect::Reads).await?;
    read(place.partition, &reply)
}

fn read(partition: Partition, reply: &[u8]) -> Result<Peek, StoreError> {
    let malformed = |malformed: Malformed| unexpected("peek", malformed.to_string());
    let mut reply = Reader::new(reply);
    let now = reply.instant().map_err(malformed)?;
    let ready = reply.u64().map_err(malformed)?;
    let due = reply.optional_instant().map_err(malformed)?;
    let delayed = reply.optional_instant().map_err(malformed)?;
    let head = Head { due, delayed, ready };

    let count = reply.u16().map_err(malformed)?;
    let due =
        (0..count).map(|_| read_entry(&mut reply).map_err(malformed)).collect::<Result<_, _>>()?;
    let count = reply.u16().map_err(malformed)?;
    let delayed = (0..count)
        .map(|_| ready::decode_member(partition, reply.short().map_err(malformed)?))
        .collect::<Result<_, _>>()?;
    Ok(Peek { now, due, delayed, head })
}

fn read_entry(reply: &mut Reader<'_>) -> Result<DueEntry, Malformed> {
    const FIELD: &str = "the job's name";
    let key = reply.text(FIELD)?.parse::<JobKey>();
    let key = key.map_err(|error| Malformed::Text { field: FIELD, why: error.to_string() })?;
    let header = job::Header::read(&mut Reader::new(reply.bytes(job::PEEKED)?))?;
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

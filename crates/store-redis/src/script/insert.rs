//! `insert`: adds a job.

use std::sync::LazyLock;

use bellwether_store::{InsertJob, StoreError, Write, record};

use super::{ANSWERS, CHANGES_JOBS, ENDS, Place, Script, WRITES, write};
use crate::codec::bytes;
use crate::link::Link;

static INSERT: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "insert",
        &[WRITES, ANSWERS, CHANGES_JOBS, &[include_str!("../lua/insert.lua")], ENDS],
    )
});

/// Adds a job.
pub(crate) async fn insert(
    link: &Link,
    place: &Place,
    insert: &InsertJob,
) -> Result<Write, StoreError> {
    let key = &insert.definition.key;
    let mut keys = vec![place.keys.definitions(), place.keys.names()];
    keys.extend(write::reply_key(place, insert.reply.as_ref()));
    let mut call = place.call(&INSERT, &keys);
    call.arg(key.to_string())
        .arg(head(insert))
        .arg(insert.next.start_after.as_millis())
        .arg(u8::from(insert.due_at_once))
        .arg(record::encode_definition(&insert.definition))
        .arg(write::reply_body(insert.reply.as_ref()));
    write::send(&call, link, "insert").await
}

/// A job up to its next point.
fn head(insert: &InsertJob) -> Vec<u8> {
    let mut head = write::version(insert.etag, insert.definition.uid).to_vec();
    head.extend_from_slice(&bytes::point(Some(insert.next)));
    head
}

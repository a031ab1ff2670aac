//! `insert`: adds a job.

use std::sync::LazyLock;

use bellwether_store::{InsertJob, StoreError, Write};

use super::{Place, Script, WRITES, write};
use crate::codec::{bytes, job};
use crate::link::Link;

static INSERT: LazyLock<Script> =
    LazyLock::new(|| Script::compose(&[WRITES, &[include_str!("../lua/insert.lua")]]));

/// Adds a job.
pub(crate) async fn insert(
    link: &Link,
    place: &Place,
    insert: &InsertJob,
) -> Result<Write, StoreError> {
    let key = &insert.definition.key;
    let mut keys = vec![place.keys.definition(key)];
    keys.extend(write::reply_key(place, insert.reply.as_ref()));
    let (definition, outside) = job::encode(&insert.definition);
    let fire_time = insert.next.fire_time;
    let mut call = place.call(&INSERT, &keys);
    call.arg(key.to_string())
        .arg(&write::version(insert.etag, insert.definition.uid))
        .arg(&bytes::instant(Some(fire_time)))
        .arg(fire_time.as_millis())
        .arg(insert.next.start_after.as_millis())
        .arg(u8::from(insert.due_at_once))
        .arg(definition)
        .arg(u8::from(outside))
        .arg(write::reply_body(insert.reply.as_ref()));
    write::send(&call, link, "insert").await
}

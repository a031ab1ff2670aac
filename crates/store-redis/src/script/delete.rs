//! `delete`: removes a job with its history.

use std::sync::LazyLock;

use bellwether_domain::Priority;
use bellwether_store::{DeleteJob, Lane, ReadyKey, StoreError, Write};

use super::{ANSWERS, ENDS, Place, REMOVES_JOB, Script, WRITES, write};
use crate::codec::ready;
use crate::keys::Outcome;
use crate::link::Link;

static DELETE: LazyLock<Script> = LazyLock::new(|| {
    let body = &[include_str!("../lua/delete.lua")];
    Script::compose("delete", &[WRITES, ANSWERS, REMOVES_JOB, body, ENDS])
});

/// Removes a job.
pub(crate) async fn delete(
    link: &Link,
    place: &Place,
    delete: &DeleteJob,
) -> Result<Write, StoreError> {
    let mut keys = vec![
        place.keys.definitions(),
        place.keys.names(),
        place.keys.history(delete.uid, Outcome::Succeeded),
        place.keys.history(delete.uid, Outcome::Other),
    ];
    keys.extend(write::reply_key(place, delete.reply.as_ref()));
    let mut call = place.call(&DELETE, &keys);
    call.arg(delete.key.to_string())
        .arg(&write::version(delete.expected, delete.uid))
        .arg(write::reply_body(delete.reply.as_ref()));
    for priority in Priority::ALL {
        call.arg(ready::suffix(&ReadyKey { lane: Lane::Node, priority }));
    }
    write::send(&call, link, "delete").await
}

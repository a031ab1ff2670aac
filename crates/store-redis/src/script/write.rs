//! What the scripts by which clients write have in common.

use bellwether_domain::Etag;
use bellwether_store::{Reply, StoreError, Write};

use super::{Call, Place, unexpected};
use crate::error::Effect;
use crate::link::Link;

/// The key that keeps the reply, where one is to be kept: the last that the script declares.
pub(crate) fn reply_key(place: &Place, reply: Option<&Reply>) -> Option<String> {
    reply.map(|reply| place.keys.request(reply.request))
}

/// The reply to keep.
pub(crate) fn reply_body(reply: Option<&Reply>) -> &[u8] {
    reply.map_or(&[], |reply| &reply.body)
}

/// Sends the call and reads how it went.
pub(crate) async fn send(
    call: &Call<'_>,
    link: &Link,
    script: &'static str,
) -> Result<Write, StoreError> {
    let reply: Vec<u8> = call.send(link, Effect::Writes).await?;
    match reply.split_first() {
        Some((b'D', [])) => Ok(Write::Done),
        Some((b'C', [])) => Ok(Write::Changed),
        Some((b'R', body)) => Ok(Write::Repeated(body.to_vec())),
        _ => Err(unexpected(script, format!("{} bytes", reply.len()))),
    }
}

/// Version and incarnation as they lie at the front of a job.
pub(crate) fn version(etag: Etag, uid: bellwether_domain::JobUid) -> [u8; 24] {
    let mut version = [0; 24];
    version[..8].copy_from_slice(&etag.0);
    version[8..].copy_from_slice(uid.0.as_bytes());
    version
}

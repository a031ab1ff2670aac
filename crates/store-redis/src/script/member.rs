//! `beat` and `leave`: the nodes that are there.

use std::sync::LazyLock;

use bellwether_domain::BootId;
use bellwether_store::{NodeRecord, StoreError};

use super::{NOTES_CLUSTER, Script, TIMED};
use crate::codec::node;
use crate::error::Effect;
use crate::keys::Keyspace;
use crate::link::Link;

static BEAT: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("beat", &[TIMED, NOTES_CLUSTER, &[include_str!("../lua/beat.lua")]])
});
static LEAVE: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("leave", &[TIMED, NOTES_CLUSTER, &[include_str!("../lua/leave.lua")]])
});

/// Writes `own`; whether the node was asked to drain, and the records of all nodes as stored.
pub(crate) async fn beat(
    link: &Link,
    keys: &Keyspace,
    own: &NodeRecord,
) -> Result<(bool, Vec<Vec<u8>>), StoreError> {
    let mut call = BEAT.on(&[keys.nodes(), keys.drains(), keys.log()]);
    call.arg(own.boot.0.as_bytes()).arg(node::encode(own));
    call.send(link, Effect::Writes).await
}

/// Removes the record of `boot`.
pub(crate) async fn leave(link: &Link, keys: &Keyspace, boot: BootId) -> Result<(), StoreError> {
    let mut call = LEAVE.on(&[keys.nodes(), keys.drains(), keys.log()]);
    call.arg(boot.0.as_bytes());
    call.send(link, Effect::Writes).await
}

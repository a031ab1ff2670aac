//! `beat`, `roster` and `leave`: the nodes that are there.

use std::sync::LazyLock;

use bellwether_domain::BootId;
use bellwether_store::{NodeRecord, StoreError};

use super::{NOTES_CLUSTER, Script, TIMED};
use crate::codec::node;
use crate::error::Effect;
use crate::keys::Keyspace;
use crate::link::Link;

const SERVER_RUN: &[&str] = &[include_str!("../lua/sections/server_run.lua")];

static BEAT: LazyLock<Script> = LazyLock::new(|| {
    let parts: &[&[&str]] = &[TIMED, NOTES_CLUSTER, SERVER_RUN, &[include_str!("../lua/beat.lua")]];
    Script::compose("beat", parts)
});
static ROSTER: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("roster", &[SERVER_RUN, &[include_str!("../lua/roster.lua")]])
});
static LEAVE: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("leave", &[TIMED, NOTES_CLUSTER, &[include_str!("../lua/leave.lua")]])
});

/// The name of this run of the server, and the records of all nodes as stored.
pub(crate) type Records = (String, Vec<Vec<u8>>);

/// Writes `own`; whether the node was asked to drain, and what is stored now.
pub(crate) async fn beat(
    link: &Link,
    keys: &Keyspace,
    own: &NodeRecord,
) -> Result<(bool, Records), StoreError> {
    let mut call = BEAT.on(&[keys.nodes(), keys.drains(), keys.log()]);
    call.arg(own.boot.0.as_bytes()).arg(node::encode(own));
    let (asked, run, records) = call.send(link, Effect::Writes).await?;
    Ok((asked, (run, records)))
}

/// What is stored.
pub(crate) async fn roster(link: &Link, keys: &Keyspace) -> Result<Records, StoreError> {
    ROSTER.on(&[keys.nodes()]).send(link, Effect::Reads).await
}

/// Removes the record of `boot`.
pub(crate) async fn leave(link: &Link, keys: &Keyspace, boot: BootId) -> Result<(), StoreError> {
    let mut call = LEAVE.on(&[keys.nodes(), keys.drains(), keys.log()]);
    call.arg(boot.0.as_bytes());
    call.send(link, Effect::Writes).await
}

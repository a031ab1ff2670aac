//! `beat`: writes a node's record and reads those of all.

use std::sync::LazyLock;

use bellwether_store::{NodeRecord, StoreError};

use super::Script;
use crate::codec::node;
use crate::error::Effect;
use crate::keys::Keyspace;
use crate::link::Link;

static BEAT: LazyLock<Script> =
    LazyLock::new(|| Script::compose("beat", &[&[include_str!("../lua/beat.lua")]]));

/// Writes `own`; whether the node was asked to drain, and the records of all nodes as stored.
pub(crate) async fn beat(
    link: &Link,
    keys: &Keyspace,
    own: &NodeRecord,
) -> Result<(bool, Vec<Vec<u8>>), StoreError> {
    let mut call = BEAT.on(&[keys.nodes(), keys.drains()]);
    call.arg(own.boot.0.as_bytes()).arg(node::encode(own));
    call.send(link, Effect::Writes).await
}

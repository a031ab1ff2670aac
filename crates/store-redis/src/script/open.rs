//! `open`: finds the cluster, or creates it.

use std::sync::LazyLock;

use bellwether_domain::PartitionCount;
use bellwether_store::StoreError;

use super::Script;
use crate::error::Effect;
use crate::keys::Keyspace;
use crate::link::Link;

static OPEN: LazyLock<Script> =
    LazyLock::new(|| Script::compose("open", &[&[include_str!("../lua/open.lua")]]));

/// The cluster's format and number of partitions, as stored: those given where there was none.
pub(crate) async fn open(
    link: &Link,
    keys: &Keyspace,
    format: u32,
    partitions: PartitionCount,
) -> Result<(String, String), StoreError> {
    let mut call = OPEN.on(&[keys.meta()]);
    call.arg(format).arg(partitions.get());
    call.send(link, Effect::Writes).await
}

//! `attempts`: every leased attempt of a partition.

use std::sync::LazyLock;

use bellwether_store::StoreError;

use super::{Place, READS, Script};
use crate::error::Effect;
use crate::link::Link;

static ATTEMPTS: LazyLock<Script> =
    LazyLock::new(|| Script::compose("attempts", &[READS, &[include_str!("../lua/attempts.lua")]]));

/// The attempts, without the bodies of their runs, and the deadlines of those that were given more
/// time.
pub(crate) async fn attempts(
    link: &Link,
    place: &Place,
) -> Result<(Vec<Vec<u8>>, Vec<Vec<u8>>), StoreError> {
    // It takes out what is stale, which is as good done as not done: a read to its caller.
    place.call(&ATTEMPTS, &[place.keys.extended()]).send(link, Effect::Reads).await
}

//! `attempts`: every leased attempt of a partition.

use std::sync::LazyLock;

use bellwether_store::StoreError;

use super::{Place, READS, Script};
use crate::error::Effect;
use crate::link::Link;

static ATTEMPTS: LazyLock<Script> =
    LazyLock::new(|| Script::compose("attempts", &[READS, &[include_str!("../lua/attempts.lua")]]));

/// The attempts, without the bodies of their runs.
pub(crate) async fn attempts(link: &Link, place: &Place) -> Result<Vec<Vec<u8>>, StoreError> {
    place.call(&ATTEMPTS, &[]).send(link, Effect::Reads).await
}

//! `register`: opens a node's lane.

use std::sync::LazyLock;

use bellwether_domain::BootId;
use bellwether_store::{Seq, StoreError};

use super::{Place, Script};
use crate::error::Effect;
use crate::link::Link;

static REGISTER: LazyLock<Script> =
    LazyLock::new(|| Script::compose("register", &[&[include_str!("../lua/register.lua")]]));

/// Opens the lane of `boot` above `floor`.
pub(crate) async fn register(
    link: &Link,
    place: &Place,
    boot: BootId,
    floor: Seq,
) -> Result<(), StoreError> {
    let mut call = REGISTER.on(&[place.keys.lanes(), place.keys.active()]);
    call.arg(boot.0.as_bytes()).arg(floor.0);
    call.send(link, Effect::Writes).await
}

//! `acquire`, `renew` and `release`: the leases of partitions.

use std::sync::LazyLock;
use std::time::Duration;

use bellwether_domain::{BootId, Epoch, Timestamp};
use bellwether_store::{Acquired, LeaseToken, LeaseView, StoreError};
use uuid::Uuid;

use super::{Place, Script, TIMED, unexpected};
use crate::error::Effect;
use crate::link::Link;

static ACQUIRE: LazyLock<Script> =
    LazyLock::new(|| Script::compose("acquire", &[TIMED, &[include_str!("../lua/acquire.lua")]]));
static RENEW: LazyLock<Script> =
    LazyLock::new(|| Script::compose("renew", &[TIMED, &[include_str!("../lua/renew.lua")]]));
static RELEASE: LazyLock<Script> =
    LazyLock::new(|| Script::compose("release", &[TIMED, &[include_str!("../lua/release.lua")]]));

/// Takes the lease where it may be taken.
pub(crate) async fn acquire(
    link: &Link,
    place: &Place,
    owner: BootId,
    ttl: Duration,
    floor: Epoch,
) -> Result<Acquired, StoreError> {
    let mut call = ACQUIRE.on(&[place.keys.lease(), place.keys.events()]);
    call.arg(owner.0.as_bytes()).arg(ms(ttl)).arg(floor.0);
    let (taken, epoch, holder, expires, now, want): (u8, u64, Vec<u8>, i64, i64, Vec<u8>) =
        call.send(link, Effect::Writes).await?;
    let (partition, epoch) = (place.partition, Epoch(epoch));
    if taken == 1 {
        return Ok(Acquired::Leader(LeaseToken { partition, epoch, owner }));
    }
    let owner = read_owner(Some(&holder)).map_err(|why| unexpected("acquire", why))?;
    let want = read_owner(Some(&want)).map_err(|why| unexpected("acquire", why))?;
    let (expires, now) = (Timestamp::from_millis(expires), Timestamp::from_millis(now));
    Ok(Acquired::Held(LeaseView { partition, epoch, owner, expires, want, now }))
}

/// Extends the lease; `false` where it is another's.
pub(crate) async fn renew(
    link: &Link,
    place: &Place,
    token: LeaseToken,
    ttl: Duration,
) -> Result<bool, StoreError> {
    let mut call = RENEW.on(&[place.keys.lease()]);
    call.arg(token.epoch.0).arg(token.owner.0.as_bytes()).arg(ms(ttl));
    call.send(link, Effect::Writes).await
}

/// Gives the lease back; `false` where it was not held.
pub(crate) async fn release(
    link: &Link,
    place: &Place,
    token: LeaseToken,
) -> Result<bool, StoreError> {
    let mut call = RELEASE.on(&[place.keys.lease()]);
    call.arg(token.epoch.0).arg(token.owner.0.as_bytes());
    call.arg(place.channel()).arg(place.partition.0);
    call.send(link, Effect::Writes).await
}

/// The owner as stored: absent or empty where there is none.
pub(crate) fn read_owner(owner: Option<&[u8]>) -> Result<Option<BootId>, String> {
    let owner = owner.filter(|owner| !owner.is_empty());
    let owner = owner.map(Uuid::from_slice).transpose();
    owner.map(|owner| owner.map(BootId)).map_err(|error| format!("the owner: {error}"))
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

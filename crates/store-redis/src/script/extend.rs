//! `extend`: gives attempts more time.

use std::sync::LazyLock;

use bellwether_domain::Timestamp;
use bellwether_store::{Extend, Extended, StoreError};

use super::{Place, READS, Script, unexpected};
use crate::codec::attempt;
use crate::error::Effect;
use crate::link::Link;

static EXTEND: LazyLock<Script> =
    LazyLock::new(|| Script::compose("extend", &[READS, &[include_str!("../lua/extend.lua")]]));

/// How many attempts one call is about.
const MOST: usize = 500;

/// The time that each attempt has now; `None` for one that is not held so.
pub(crate) async fn extend(
    link: &Link,
    place: &Place,
    extensions: &[Extend],
) -> Result<Vec<Option<Extended>>, StoreError> {
    let mut extended = Vec::with_capacity(extensions.len());
    for extensions in extensions.chunks(MOST) {
        let mut call = place.call(&EXTEND, &[place.keys.extended()]);
        for Extend { run, attempt, owner, by } in extensions {
            let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
            call.arg(run.uuid.as_bytes()).arg(&attempt::holder(*owner, *attempt)).arg(by);
        }
        let (now, deadlines): (i64, Vec<String>) = call.send(link, Effect::Writes).await?;
        let now = Timestamp::from_millis(now);
        for deadline in deadlines {
            extended.push(read(now, &deadline)?);
        }
    }
    Ok(extended)
}

fn read(now: Timestamp, deadline: &str) -> Result<Option<Extended>, StoreError> {
    if deadline.is_empty() {
        return Ok(None);
    }
    let deadline = deadline.parse().map_err(|_| unexpected("extend", "a deadline"))?;
    Ok(Some(Extended { now, deadline: Timestamp::from_millis(deadline) }))
}

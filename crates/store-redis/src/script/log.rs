//! `log_end` and `read_log`: the logs, whoever writes them.

use std::sync::LazyLock;

use bellwether_store::StoreError;

use super::Script;
use crate::error::Effect;
use crate::link::Link;

static LOG_END: LazyLock<Script> =
    LazyLock::new(|| Script::compose("log_end", &[&[include_str!("../lua/log_end.lua")]]));
static READ_LOG: LazyLock<Script> =
    LazyLock::new(|| Script::compose("read_log", &[&[include_str!("../lua/read_log.lua")]]));

/// The id and the fields of an entry.
pub(crate) type Entry = (String, Vec<(Vec<u8>, Vec<u8>)>);

/// The id of the last entry of the log at `key`.
pub(crate) async fn end(link: &Link, key: &str) -> Result<String, StoreError> {
    LOG_END.on(&[key]).send(link, Effect::Reads).await
}

/// Up to `most` entries behind the one with the id `after`; `None` where some were dropped.
pub(crate) async fn read(
    link: &Link,
    key: &str,
    after: &str,
    most: usize,
) -> Result<Option<Vec<Entry>>, StoreError> {
    let mut call = READ_LOG.on(&[key]);
    call.arg(after).arg(most);
    call.send(link, Effect::Reads).await
}

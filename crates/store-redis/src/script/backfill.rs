//! `start_backfill` and `advance_backfill`: runs for the fire times of a past range.

use std::sync::LazyLock;

use bellwether_domain::backfill::KEPT;
use bellwether_store::reason;
use bellwether_store::{AdvanceBackfill, Advanced, LeaseToken, StartBackfill, StoreError, Write};

use super::lists::Lists;
use super::{
    ADMITS, ANSWERS, ENDS, Place, Script, WRITES, WRITES_BOOK, admit_run, unexpected, write,
};
use crate::codec::{backfill, bytes, run};
use crate::error::Effect;
use crate::keys::Outcome;
use crate::link::Link;

/// What stands behind a backfill's name in `delayed`.
const MARK: &str = include_str!("../lua/sections/backfill_mark.lua");

static START: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "start_backfill",
        &[WRITES, &[MARK], ANSWERS, &[include_str!("../lua/start_backfill.lua")], ENDS],
    )
});
static ADVANCE: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "advance_backfill",
        &[
            WRITES,
            &[MARK],
            ADMITS,
            &[
                include_str!("../lua/sections/paused.lua"),
                include_str!("../lua/advance_backfill.lua"),
            ],
            WRITES_BOOK,
            ENDS,
        ],
    )
});

/// Stores a backfill.
pub(crate) async fn start(
    link: &Link,
    place: &Place,
    start: &StartBackfill,
) -> Result<Write, StoreError> {
    let asked = &start.backfill;
    let mut keys = vec![place.keys.backfills()];
    keys.extend(write::reply_key(place, start.reply.as_ref()));
    let mut call = place.call(&START, &keys);
    call.arg(asked.job.to_string())
        .arg(&write::version(start.expected, asked.uid))
        .arg(asked.id.0.as_bytes())
        .arg(backfill::encode_new(asked))
        .arg(write::reply_body(start.reply.as_ref()));
    write::send(&call, link, "start_backfill").await
}

/// Takes fire times of a backfill.
pub(crate) async fn advance(
    link: &Link,
    place: &Place,
    token: LeaseToken,
    advance: &AdvanceBackfill,
) -> Result<Advanced, StoreError> {
    let asked = &advance.backfill;
    let lists = Lists::of(std::iter::once(&advance.ready));
    let mut keys = lists.keys(&place.keys);
    keys.extend([place.keys.history(asked.uid, Outcome::Other), place.keys.backfills()]);
    let job = asked.job.to_string();
    let mut call = place.call(&ADVANCE, &keys);
    call.arg(token.epoch.0)
        .arg(token.owner.0.as_bytes())
        .arg(asked.id.0.as_bytes())
        .arg(&bytes::instant(advance.expected.cursor))
        .arg(&job)
        .arg(&write::version(advance.etag, asked.uid))
        .arg(advance.max_instances)
        .arg(u8::from(advance.queues()))
        .arg(u8::from(advance.last))
        .arg(advance.next.as_millis())
        .arg(advance.again.as_millis())
        .arg(KEPT.as_secs() * 1_000)
        .arg(advance.keep.others)
        .arg(admit_run::report(reason::NO_PLACE))
        .arg(lists.place(&advance.ready))
        .arg(lists.end());
    for draft in &advance.fires {
        call.arg(draft.id.uuid.as_bytes()).arg(run::tail(draft, &job));
    }
    let reply: Vec<u8> = call.send(link, Effect::Writes).await?;
    match reply.as_slice() {
        b"E" => Ok(Advanced::Stale),
        b"C" => Ok(Advanced::Changed),
        [b'D', high, low] => Ok(Advanced::Taken(usize::from(u16::from_be_bytes([*high, *low])))),
        _ => Err(unexpected("advance_backfill", format!("{} bytes", reply.len()))),
    }
}

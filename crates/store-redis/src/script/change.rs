//! `change`: changes a job's definition or state.

use std::sync::LazyLock;

use bellwether_domain::AttemptReport;
use bellwether_store::{Change, ChangeJob, Dropped, NextPoint, Relist, StoreError, Write, record};

use super::lists::Lists;
use super::{ADMITS, ANSWERS, CHANGES_JOBS, Call, ENDS, Place, Script, WRITES, WRITES_BOOK, write};
use crate::codec::{bytes, ready, run};
use crate::keys::Outcome;
use crate::link::Link;

static CHANGE: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "change",
        &[
            WRITES,
            ANSWERS,
            CHANGES_JOBS,
            ADMITS,
            &[include_str!("../lua/change.lua"), include_str!("../lua/sections/relist.lua")],
            WRITES_BOOK,
            ENDS,
        ],
    )
});

/// The longest reason of a pause that is kept, in bytes.
const LONGEST_REASON: usize = 1024;

/// Changes a job.
pub(crate) async fn change(
    link: &Link,
    place: &Place,
    change: &ChangeJob,
) -> Result<Write, StoreError> {
    // Without dropped fire times no history is touched, and any name will do.
    let history = match &change.dropped {
        Some(dropped) => place.keys.history(dropped.draft.uid, Outcome::Other),
        None => place.keys.definitions(),
    };
    let lists = Lists::of(change.relist.iter().map(|relist| &relist.to));
    let mut keys = lists.keys(&place.keys);
    keys.extend([place.keys.definitions(), history]);
    keys.extend(write::reply_key(place, change.reply.as_ref()));
    let key = change.key.to_string();
    let mut call = place.call(&CHANGE, &keys);
    call.arg(&key)
        .arg(&change.expected.0)
        .arg(&bytes::instant(change.expected_next))
        .arg(&bytes::instant(change.expected_last))
        .arg(&change.etag.0);
    add_action(&mut call, &change.change);
    add_next(&mut call, change);
    add_dropped(&mut call, change.dropped.as_ref(), &key);
    call.arg(write::reply_body(change.reply.as_ref())).arg(lists.end());
    match &change.relist {
        Some(Relist { from, to }) => {
            call.arg(lists.place(to)).arg(ready::suffix(from)).arg(ready::suffix(to))
        }
        None => call.arg("").arg("").arg(""),
    };
    write::send(&call, link, "change").await
}

fn add_action(call: &mut Call<'_>, change: &Change) {
    match change {
        Change::Define(definition) => {
            call.arg("D").arg(record::encode_definition(definition));
        }
        Change::Pause { reason, .. } => {
            let end = reason.floor_char_boundary(LONGEST_REASON);
            call.arg("P").arg(&reason[..end]);
        }
        Change::Resume => {
            call.arg("R").arg("");
        }
    }
}

fn add_next(call: &mut Call<'_>, change: &ChangeJob) {
    let (what, point, due_at_once) = match change.next {
        NextPoint::Keep => ("K", None, false),
        NextPoint::At { point, due_at_once } => ("A", Some(point), due_at_once),
        NextPoint::Unset => ("U", None, false),
        NextPoint::Exhausted => ("X", None, false),
    };
    let start_after = point.map_or(0, |point| point.start_after.as_millis());
    let points = match change.change {
        Change::Pause { since, .. } => bytes::pause(since),
        Change::Define(_) | Change::Resume => bytes::point(point),
    };
    call.arg(what).arg(&points).arg(start_after).arg(u8::from(due_at_once));
}

fn add_dropped(call: &mut Call<'_>, dropped: Option<&Dropped>, key: &str) {
    let Some(dropped) = dropped else {
        call.arg("").arg("").arg("").arg(0).arg("");
        return;
    };
    let report = AttemptReport { reason: dropped.reason.clone(), ..AttemptReport::default() };
    call.arg(dropped.draft.id.uuid.as_bytes())
        .arg(run::tail(&dropped.draft, key))
        .arg(record::encode_report(&report))
        .arg(dropped.keep.others)
        .arg(&bytes::instant(Some(dropped.draft.covers.last)));
}

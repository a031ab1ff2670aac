//! `cancel` and `end_cancelled`: runs that are ended by request.

use std::sync::LazyLock;

use bellwether_domain::RunId;
use bellwether_store::{
    CancelOutcome, CancelRun, Finish, FinishReply, LeaseToken, Promote, StoreError, record,
};

use super::admit_run::read_run;
use super::lists::Lists;
use super::{ANSWERS, CANCELS, ENDS, Place, Script, WRITES, WRITES_CANCELS, finish, unexpected};
use crate::codec::ready;
use crate::error::Effect;
use crate::keys::Outcome;
use crate::link::Link;

static CANCEL: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "cancel",
        &[
            WRITES,
            ANSWERS,
            &[include_str!("../lua/sections/asking.lua"), include_str!("../lua/cancel.lua")],
            CANCELS,
            &[include_str!("../lua/sections/cancelled.lua")],
            WRITES_CANCELS,
            ENDS,
        ],
    )
});

static END_CANCELLED: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "end_cancelled",
        &[
            WRITES,
            &[
                include_str!("../lua/end_cancelled.lua"),
                include_str!("../lua/sections/columns.lua"),
                include_str!("../lua/sections/failures.lua"),
                include_str!("../lua/sections/finish.lua"),
                include_str!("../lua/sections/write_book.lua"),
                include_str!("../lua/sections/write_active.lua"),
                include_str!("../lua/sections/write_jobs.lua"),
                include_str!("../lua/sections/cancels.lua"),
                include_str!("../lua/sections/cancels_over.lua"),
                include_str!("../lua/sections/log.lua"),
                include_str!("../lua/sections/outcome.lua"),
            ],
        ],
    )
});

/// Ends a run that waits, or asks the holder of its attempt to end it.
pub(crate) async fn cancel(
    link: &Link,
    place: &Place,
    cancel: &CancelRun,
) -> Result<CancelOutcome, StoreError> {
    let lists = Lists::of(std::iter::once(&cancel.ready));
    let mut keys = lists.keys(&place.keys);
    keys.extend([place.keys.history(cancel.uid, Outcome::Other), place.keys.cancels()]);
    keys.extend(cancel.request.map(|request| place.keys.cancel_request(request.id)));
    let delayed = Promote { run: cancel.run, ready: cancel.ready.clone() };
    let mut call = place.call(&CANCEL, &keys);
    call.arg(cancel.job.to_string())
        .arg(cancel.uid.0.as_bytes())
        .arg(cancel.run.uuid.as_bytes())
        .arg(&cancel.attempt.to_be_bytes())
        .arg(cancel.max_instances)
        .arg(cancel.keep.others)
        .arg(record::encode_report(&cancel.report))
        .arg(u64::try_from(cancel.grace.as_millis()).unwrap_or(u64::MAX))
        .arg(ready::member(&delayed));
    match &cancel.request {
        Some(request) => call.arg(&request.fingerprint),
        None => call.arg(""),
    };
    call.arg(lists.place(&cancel.ready)).arg(lists.end());
    let reply: Vec<u8> = call.send(link, Effect::Writes).await?;
    match reply.split_first() {
        Some((b'U', [])) => Ok(CancelOutcome::Unknown),
        Some((b'C', [])) => Ok(CancelOutcome::Changed),
        Some((b'N', [])) => Ok(CancelOutcome::Reused),
        Some((b'D', stored)) => {
            let run = read_run("cancel", place.partition, stored)?;
            Ok(CancelOutcome::Run(Box::new(run)))
        }
        _ => Err(unexpected("cancel", format!("{} bytes", reply.len()))),
    }
}

/// Sees to the cancelling of `runs`; `None` where the lease is another's.
pub(crate) async fn end_cancelled(
    link: &Link,
    place: &Place,
    token: LeaseToken,
    finishes: &[Finish],
    runs: &[RunId],
) -> Result<Option<Vec<FinishReply>>, StoreError> {
    let lists = Lists::of(finishes.iter().map(|finish| &finish.ready));
    let mut keys = lists.keys(&place.keys);
    keys.extend(finishes.iter().map(|finish| finish::history(&place.keys, finish)));
    keys.push(place.keys.cancels());
    let mut call = place.call(&END_CANCELLED, &keys);
    call.arg(token.epoch.0).arg(token.owner.0.as_bytes());
    call.arg(&finish::numbers(finishes, &lists));
    finish::add_all_columns(&mut call, finishes, &lists);
    for run in runs {
        call.arg(run.uuid.as_bytes());
    }
    let reply: Option<Vec<u8>> = call.send(link, Effect::Writes).await?;
    reply.map(|codes| finish::read_answers("end_cancelled", &codes)).transpose()
}

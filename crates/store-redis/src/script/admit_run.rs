//! `admit_run`: adds a run that a client asked for.

use std::sync::LazyLock;

use bellwether_domain::{AttemptReport, Partition, Run, RunId};
use bellwether_store::{AdmitRun, Admitted, RunRequest, StoreError, reason, record};
use uuid::Uuid;

use super::lists::Lists;
use super::{
    ADMITS, ANSWERS, CANCELS, ENDS, Place, REPLACES, Script, WRITES, WRITES_CANCELS, unexpected,
    write,
};
use crate::codec::run;
use crate::error::Effect;
use crate::keys::Outcome;
use crate::link::Link;

static ADMIT_RUN: LazyLock<Script> = LazyLock::new(|| {
    Script::compose(
        "admit_run",
        &[
            WRITES,
            ANSWERS,
            ADMITS,
            &[include_str!("../lua/sections/asking.lua")],
            CANCELS,
            REPLACES,
            &[include_str!("../lua/admit_run.lua")],
            WRITES_CANCELS,
            ENDS,
        ],
    )
});

/// Adds a run, or a record of why there is none.
pub(crate) async fn admit_run(
    link: &Link,
    place: &Place,
    admit: &AdmitRun,
) -> Result<Admitted, StoreError> {
    let draft = &admit.draft;
    let lists = Lists::of(std::iter::once(&admit.ready));
    let mut keys = lists.keys(&place.keys);
    keys.extend([place.keys.history(draft.uid, Outcome::Other), place.keys.cancels()]);
    keys.extend(admit.request.map(|request| place.keys.run_request(request.id)));
    let job = draft.job.to_string();
    let mut call = place.call(&ADMIT_RUN, &keys);
    call.arg(&job)
        .arg(&write::version(admit.expected, draft.uid))
        .arg(draft.id.uuid.as_bytes())
        .arg(run::tail(draft, &job))
        .arg(admit.admission.max_instances)
        .arg(admit.admission.places)
        .arg(u8::from(admit.admission.continues))
        .arg(admit.keep.others)
        .arg(report(reason::NO_PLACE));
    match &admit.request {
        Some(request) => call.arg(&request.fingerprint),
        None => call.arg(""),
    };
    match admit.admission.replaces {
        Some(grace) => call.arg(u64::try_from(grace.as_millis()).unwrap_or(u64::MAX)),
        None => call.arg(""),
    };
    call.arg(&*REPLACED_REPORT);
    call.arg(lists.place(&admit.ready)).arg(lists.end());
    let reply: Vec<u8> = call.send(link, Effect::Writes).await?;
    match reply.split_first() {
        Some((b'C', [])) => Ok(Admitted::Changed),
        Some((b'N', [])) => Ok(Admitted::Reused),
        Some((b'D', stored)) => read("admit_run", draft.id.partition, stored),
        _ => Err(unexpected("admit_run", format!("{} bytes", reply.len()))),
    }
}

/// The report of a run that makes way for a later one.
pub(crate) static REPLACED_REPORT: LazyLock<Vec<u8>> = LazyLock::new(|| report(reason::REPLACED));

/// What the request got when it was first made.
pub(crate) async fn requested(
    link: &Link,
    place: &Place,
    request: RunRequest,
) -> Result<Option<Admitted>, StoreError> {
    let mut command = redis::cmd("GET");
    command.arg(place.keys.run_request(request.id));
    let kept: Option<Vec<u8>> = link.send("requested_run", &command, Effect::Reads).await?;
    match kept.as_deref().map(|kept| kept.split_first_chunk()) {
        None => Ok(None),
        Some(Some((fingerprint, stored))) if *fingerprint == request.fingerprint => {
            read("requested_run", place.partition, stored).map(Some)
        }
        Some(Some(_)) => Ok(Some(Admitted::Reused)),
        Some(None) => Err(unexpected("requested_run", "it is too short")),
    }
}

fn read(script: &str, partition: Partition, stored: &[u8]) -> Result<Admitted, StoreError> {
    Ok(Admitted::Run(Box::new(read_run(script, partition, stored)?)))
}

/// The run as it was stored: where the request is repeated, the one of then, under its own id.
pub(crate) fn read_run(
    script: &str,
    partition: Partition,
    stored: &[u8],
) -> Result<Run, StoreError> {
    let Some((uuid, stored)) = stored.split_first_chunk() else {
        return Err(unexpected(script, format!("{} bytes", stored.len())));
    };
    let id = RunId { partition, uuid: Uuid::from_bytes(*uuid) };
    run::decode(id, stored)
}

/// The report of a run that the store itself ended, for this reason.
pub(crate) fn report(reason: &str) -> Vec<u8> {
    let report = AttemptReport { reason: reason.to_owned(), ..AttemptReport::default() };
    record::encode_report(&report)
}

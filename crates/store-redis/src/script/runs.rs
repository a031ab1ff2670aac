//! `runs`: the runs of a job's incarnation, all of one instant.

use std::sync::LazyLock;

use bellwether_domain::{JobUid, Run, RunId};
use bellwether_store::StoreError;

use super::{Place, READS, Script};
use crate::codec::bytes::Reader;
use crate::codec::run;
use crate::error::Effect;
use crate::keys::Outcome;
use crate::link::Link;

static RUNS: LazyLock<Script> =
    LazyLock::new(|| Script::compose("runs", &[READS, &[include_str!("../lua/runs.lua")]]));

/// What a hash holds in some of its fields.
type Values = Vec<Option<Vec<u8>>>;

/// The ids of the unfinished runs, what `waiting` and `attempts` hold of each, and the two
/// histories, as stored.
type Reply = (Vec<u8>, Values, Values, Vec<Vec<u8>>, Vec<Vec<u8>>);

/// The unfinished runs in order of admission, then the history, the latest to end first.
pub(crate) async fn runs(link: &Link, place: &Place, uid: JobUid) -> Result<Vec<Run>, StoreError> {
    let history = |outcome| place.keys.history(uid, outcome);
    let mut call = place.call(&RUNS, &[history(Outcome::Succeeded), history(Outcome::Other)]);
    call.arg(uid.0.as_bytes());
    let (ids, waiting, running, succeeded, others): Reply = call.send(link, Effect::Reads).await?;

    let mut runs = Vec::with_capacity(waiting.len() + succeeded.len() + others.len());
    let mut ids = Reader::new(&ids);
    for values in waiting.into_iter().zip(running) {
        let uuid = ids.uuid().map_err(|malformed| malformed.found_in("active runs"))?;
        // An id without a run is a place that nobody holds; a claim drops it.
        runs.extend(run::decode_unfinished(RunId { partition: place.partition, uuid }, values)?);
    }
    let mut history = run::decode_history(place.partition, &succeeded)?;
    history.extend(run::decode_history(place.partition, &others)?);
    history.sort_by_key(|run| std::cmp::Reverse((run.ended, run.draft.fire_time)));
    runs.extend(history);
    Ok(runs)
}

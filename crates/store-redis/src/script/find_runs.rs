//! `find_runs` and `failed_since`: what is asked of histories without reading them whole.

use std::sync::LazyLock;

use bellwether_domain::{JobUid, Run, RunId, Timestamp};
use bellwether_store::StoreError;

use super::{Place, Script, unexpected};
use crate::codec::run;
use crate::error::Effect;
use crate::keys::Outcome;
use crate::link::Link;

static FIND_RUNS: LazyLock<Script> =
    LazyLock::new(|| Script::compose("find_runs", &[&[include_str!("../lua/find_runs.lua")]]));
static FAILED_SINCE: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("failed_since", &[&[include_str!("../lua/failed_since.lua")]])
});

/// How many runs are looked for by one call, so that it does not hold up the others.
const MOST_RUNS: usize = 200;

/// How many jobs are looked at by one call.
const MOST_JOBS: usize = 500;

/// What a hash holds in some of its fields.
type Values = Vec<Option<Vec<u8>>>;

/// The runs that these name, unfinished or in the history of the incarnation beside the id.
pub(crate) async fn find(
    link: &Link,
    place: &Place,
    runs: &[(JobUid, RunId)],
) -> Result<Vec<Option<Run>>, StoreError> {
    let mut found = Vec::with_capacity(runs.len());
    for runs in runs.chunks(MOST_RUNS) {
        let mut keys = vec![place.keys.waiting(), place.keys.attempts()];
        for (uid, _) in runs {
            keys.push(place.keys.history(*uid, Outcome::Succeeded));
            keys.push(place.keys.history(*uid, Outcome::Other));
        }
        let mut call = FIND_RUNS.on(&keys);
        for (_, id) in runs {
            call.arg(id.uuid.as_bytes());
        }
        let (waiting, running, finished): (Values, Values, Vec<Vec<u8>>) =
            call.send(link, Effect::Reads).await?;
        if finished.len() != runs.len() {
            return Err(unexpected("find_runs", format!("{} runs", finished.len())));
        }
        let unfinished = waiting.into_iter().zip(running);
        for (((_, id), unfinished), entry) in runs.iter().zip(unfinished).zip(finished) {
            found.push(match run::decode_unfinished(*id, unfinished)? {
                None if entry.is_empty() => None,
                None => Some(run::decode_entry(place.partition, &entry)?),
                run => run,
            });
        }
    }
    Ok(found)
}

/// Which of these incarnations have a failed run in their history since then.
pub(crate) async fn failed_since(
    link: &Link,
    place: &Place,
    uids: &[JobUid],
    since: Timestamp,
) -> Result<Vec<bool>, StoreError> {
    let mut answers = Vec::with_capacity(uids.len());
    for uids in uids.chunks(MOST_JOBS) {
        let keys: Vec<_> =
            uids.iter().map(|uid| place.keys.history(*uid, Outcome::Other)).collect();
        let mut call = FAILED_SINCE.on(&keys);
        call.arg(since.as_millis());
        let some: Vec<bool> = call.send(link, Effect::Reads).await?;
        answers.extend(some);
    }
    Ok(answers)
}

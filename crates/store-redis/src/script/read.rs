//! `read_jobs` and `read_runs`: what clients ask for, all of one instant.

use std::sync::LazyLock;

use bellwether_domain::{Job, JobKey, RequestId, Run, RunId, Timestamp};
use bellwether_store::StoreError;

use super::{Place, Script, TIMED, unexpected};
use crate::codec::{job, run};
use crate::error::Effect;
use crate::link::Link;

static READ_JOBS: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("read_jobs", &[TIMED, &[include_str!("../lua/read_jobs.lua")]])
});
static READ_RUNS: LazyLock<Script> =
    LazyLock::new(|| Script::compose("read_runs", &[&[include_str!("../lua/read_runs.lua")]]));

/// How many are read by one call: what a script may hand on at once is limited.
const MOST: usize = 1000;

/// What a hash holds in some of its fields.
type Values = Vec<Option<Vec<u8>>>;

/// Jobs as they were at an instant.
pub(crate) struct JobsRead {
    /// The instant.
    pub(crate) now: Timestamp,
    /// The jobs, in the order of their names.
    pub(crate) jobs: Vec<Option<Job>>,
    /// The reply that was kept for the request.
    pub(crate) reply: Option<Vec<u8>>,
}

/// The jobs of these names, of which there is at least one.
pub(crate) async fn jobs(
    link: &Link,
    place: &Place,
    names: &[JobKey],
    request: Option<RequestId>,
) -> Result<JobsRead, StoreError> {
    let mut keys = vec![place.keys.jobs(), place.keys.definitions()];
    keys.extend(request.map(|request| place.keys.request(request)));
    let mut call = READ_JOBS.on(&keys);
    for name in names {
        call.arg(name.to_string());
    }
    let (now, values, definitions, reply): (i64, Values, Values, Option<Vec<u8>>) =
        call.send(link, Effect::Reads).await?;
    let halves = values.into_iter().zip(definitions);
    let job = |(name, halves)| decode(name, halves);
    let jobs = names.iter().zip(halves).map(job).collect::<Result<_, _>>()?;
    Ok(JobsRead { now: Timestamp::from_millis(now), jobs, reply })
}

/// The jobs of any number of names; those of one call are of one instant.
pub(crate) async fn many_jobs(
    link: &Link,
    place: &Place,
    names: &[JobKey],
) -> Result<Vec<Option<Job>>, StoreError> {
    let mut found = Vec::with_capacity(names.len());
    for names in names.chunks(MOST) {
        found.extend(jobs(link, place, names, None).await?.jobs);
    }
    Ok(found)
}

/// The unfinished runs of these ids.
pub(crate) async fn runs(
    link: &Link,
    place: &Place,
    ids: &[RunId],
) -> Result<Vec<Option<Run>>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(MOST) {
        let mut call = READ_RUNS.on(&[place.keys.waiting(), place.keys.attempts()]);
        for id in ids {
            call.arg(id.uuid.as_bytes());
        }
        let (waiting, running): (Values, Values) = call.send(link, Effect::Reads).await?;
        for (id, values) in ids.iter().zip(waiting.into_iter().zip(running)) {
            found.push(run::decode_unfinished(*id, values)?);
        }
    }
    Ok(found)
}

fn decode(
    key: &JobKey,
    (value, definition): (Option<Vec<u8>>, Option<Vec<u8>>),
) -> Result<Option<Job>, StoreError> {
    match (value, definition) {
        (Some(value), Some(definition)) => job::decode(key, &value, &definition).map(Some),
        (None, None) => Ok(None),
        _ => Err(unexpected("read_jobs", format!("{key} has only one of its two halves"))),
    }
}

//! `finished` and `sweep`: jobs that finished long ago, and their end.

use std::sync::LazyLock;
use std::time::Duration;

use bellwether_domain::{Etag, JobKey, JobUid};
use bellwether_store::{FinishedJob, FinishedPage, LeaseToken, StoreError, Swept};
use uuid::Uuid;

use super::{ENDS, Place, READS, REMOVES_JOB, Script, WRITES, unexpected, write};
use crate::error::Effect;
use crate::keys::Outcome;
use crate::link::Link;

const FINISHED_FOR: &[&str] = &[include_str!("../lua/sections/finished_for.lua")];

static FINISHED: LazyLock<Script> = LazyLock::new(|| {
    Script::compose("finished", &[READS, FINISHED_FOR, &[include_str!("../lua/finished.lua")]])
});
static SWEEP: LazyLock<Script> = LazyLock::new(|| {
    let body = &[include_str!("../lua/sweep.lua")];
    Script::compose("sweep", &[WRITES, FINISHED_FOR, REMOVES_JOB, body, ENDS])
});

/// The most that one page looks at: what a script reads in less than a millisecond.
const LARGEST_PAGE: usize = 1000;

/// Which of the next jobs after `after` have been finished for `ttl`.
pub(crate) async fn finished(
    link: &Link,
    place: &Place,
    after: Option<&JobKey>,
    limit: usize,
    ttl: Duration,
) -> Result<FinishedPage, StoreError> {
    let mut call = place.call(&FINISHED, &[place.keys.names()]);
    call.arg(after.map_or("-".to_owned(), |after| format!("({after}")))
        .arg(limit.min(LARGEST_PAGE))
        .arg(millis(ttl));
    let mut reply: Vec<Vec<u8>> = call.send(link, Effect::Reads).await?;
    let found = reply.split_off(1.min(reply.len()));
    let next = reply.pop().unwrap_or_default();
    let next = (!next.is_empty()).then(|| name(&next)).transpose()?;
    let jobs = found.chunks_exact(2).map(|pair| job(&pair[0], &pair[1]));
    Ok(FinishedPage { jobs: jobs.collect::<Result<_, _>>()?, next })
}

/// Removes a job that was found so.
pub(crate) async fn sweep(
    link: &Link,
    place: &Place,
    token: LeaseToken,
    job: &FinishedJob,
    ttl: Duration,
) -> Result<Swept, StoreError> {
    let keys = [
        place.keys.definitions(),
        place.keys.names(),
        place.keys.history(job.uid, Outcome::Succeeded),
        place.keys.history(job.uid, Outcome::Other),
    ];
    let mut call = place.call(&SWEEP, &keys);
    call.arg(token.epoch.0)
        .arg(token.owner.0.as_bytes())
        .arg(job.key.to_string())
        .arg(&write::version(job.etag, job.uid))
        .arg(millis(ttl));
    let reply: String = call.send(link, Effect::Writes).await?;
    match reply.as_str() {
        "R" => Ok(Swept::Removed),
        "K" => Ok(Swept::Kept),
        "L" => Ok(Swept::NotLeading),
        _ => Err(unexpected("sweep", format!("it is {reply:?}"))),
    }
}

fn job(key: &[u8], version: &[u8]) -> Result<FinishedJob, StoreError> {
    let malformed = || unexpected("finished", format!("a version of {} bytes", version.len()));
    let (etag, uid) = version.split_at_checked(8).ok_or_else(malformed)?;
    let etag = Etag(etag.try_into().map_err(|_| malformed())?);
    let uid = JobUid(Uuid::from_slice(uid).map_err(|_| malformed())?);
    Ok(FinishedJob { key: name(key)?, etag, uid })
}

fn name(name: &[u8]) -> Result<JobKey, StoreError> {
    let text = String::from_utf8_lossy(name);
    text.parse().map_err(|error| unexpected("finished", format!("{text:?}: {error}")))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

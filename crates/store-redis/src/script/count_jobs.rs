//! `count_jobs`: how many jobs are in each state.

use std::sync::LazyLock;

use bellwether_domain::JobKey;
use bellwether_store::{JobCounts, StoreError};

use super::{Place, Script, unexpected};
use crate::error::Effect;
use crate::link::Link;

static COUNT_JOBS: LazyLock<Script> =
    LazyLock::new(|| Script::compose("count_jobs", &[&[include_str!("../lua/count_jobs.lua")]]));

/// How many are looked at by one call.
const MOST: usize = 500;

/// Counts up to `limit` jobs behind `after`, or fewer than that.
pub(crate) async fn count_jobs(
    link: &Link,
    place: &Place,
    after: Option<&JobKey>,
    limit: usize,
) -> Result<JobCounts, StoreError> {
    let from = after.map_or_else(|| "-".to_owned(), |after| format!("({after}"));
    let mut call = COUNT_JOBS.on(&[place.keys.names(), place.keys.jobs()]);
    call.arg(from).arg(limit.min(MOST));
    let (last, active, paused, finished): (String, u64, u64, u64) =
        call.send(link, Effect::Reads).await?;
    let unreadable = |_| unexpected("count_jobs", format!("{last:?} is no name of a job"));
    let more_after = match last.as_str() {
        "" => None,
        last => Some(last.parse().map_err(unreadable)?),
    };
    Ok(JobCounts { active, paused, finished, more_after })
}

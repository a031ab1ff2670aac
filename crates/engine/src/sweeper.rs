//! Clears away jobs that finished long ago, in the partitions that this node leads.
//!
//! Nobody waits for it, so it takes its time: a page of jobs, a pause, the next page. What it finds
//! it removes one by one, each removal judged in the store by the lease, the job's version and the
//! time of its end, so a sweeper that is wrong about any of them removes nothing.

use std::sync::Arc;
use std::time::Duration;

use bellwether_store::{Store, StoreError, Swept};
use tokio_util::sync::CancellationToken;

use crate::internal_event::{JobsSwept, StoreFailed};
use crate::local::LocalPartition;

/// How many jobs are looked at, and so at most removed, before a pause.
const PAGE: usize = 500;

/// The pause between two pages. With it a million jobs are looked through in about a minute, for a
/// hundredth of a Redis.
const PAUSE: Duration = Duration::from_millis(30);

/// How often all jobs are looked through: ten times within the time that they are kept, within these
/// bounds.
const SHORTEST_PERIOD: Duration = Duration::from_secs(1);
const LONGEST_PERIOD: Duration = Duration::from_secs(600);

/// Sweeps in the partitions that this node leads.
pub(crate) struct Sweeper {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) locals: Vec<Arc<LocalPartition>>,
    pub(crate) lease_ttl: Duration,
    /// For how long a finished job is kept.
    pub(crate) finished_ttl: Duration,
}

impl Sweeper {
    /// Serves until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let period = (self.finished_ttl / 10).clamp(SHORTEST_PERIOD, LONGEST_PERIOD);
        while !stop.is_cancelled() {
            for local in &self.locals {
                if let Err(error) = self.look_through(local, &stop).await {
                    StoreFailed { partition: local.partition, error: &error }.emit();
                }
            }
            rest(period, &stop).await;
        }
    }

    /// Looks through the jobs of a partition, for as long as this node leads it.
    async fn look_through(
        &self,
        local: &LocalPartition,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let Some(token) = local.trusted_token(self.lease_ttl) else { return Ok(()) };
            let page = self
                .store
                .finished_jobs(local.partition, after.as_ref(), PAGE, self.finished_ttl)
                .await?;
            let mut removed = 0;
            for job in &page.jobs {
                match self.store.sweep_job(token, job, self.finished_ttl).await? {
                    Swept::Removed => removed += 1,
                    Swept::Kept => {}
                    Swept::NotLeading => return Ok(()),
                }
            }
            JobsSwept { partition: local.partition, removed }.emit();
            let Some(next) = page.next else { return Ok(()) };
            after = Some(next);
            rest(PAUSE, stop).await;
            if stop.is_cancelled() {
                return Ok(());
            }
        }
    }
}

async fn rest(span: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(span) => {}
    }
}

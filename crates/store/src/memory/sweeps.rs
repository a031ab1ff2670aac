//! The end of finished jobs.

use std::ops::Bound;
use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::{JobKey, JobUid, Partition, Timestamp};

use super::MemoryStore;
use super::script::Script;
use super::state::{JobRow, PartitionState};
use crate::{FinishedJob, FinishedPage, LeaseToken, StoreError, SweepStore, Swept};

#[async_trait]
impl SweepStore for MemoryStore {
    async fn finished_jobs(
        &self,
        partition: Partition,
        after: Option<&JobKey>,
        limit: usize,
        ttl: Duration,
    ) -> Result<FinishedPage, StoreError> {
        Ok(self.script(partition, |script| script.state.finished(script.now, after, limit, ttl)))
    }

    async fn sweep_job(
        &self,
        token: LeaseToken,
        job: &FinishedJob,
        ttl: Duration,
    ) -> Result<Swept, StoreError> {
        Ok(self.script(token.partition, |script| script.sweep(token, job, ttl)))
    }
}

impl PartitionState {
    fn finished(
        &self,
        now: Timestamp,
        after: Option<&JobKey>,
        limit: usize,
        ttl: Duration,
    ) -> FinishedPage {
        let after = after.map(JobKey::to_string);
        let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.jobs.range::<String, _>((start, Bound::Unbounded)).take(limit);
        let rows: Vec<&JobRow> = rows.map(|(_, row)| row).collect();
        let last = rows.last().filter(|_| rows.len() == limit);
        let next = last.map(|row| row.job.definition.key.clone());
        let finished = rows.iter().filter(|row| row.is_finished_for(now, ttl));
        let found = |row: &&JobRow| FinishedJob {
            key: row.job.definition.key.clone(),
            etag: row.job.status.etag,
            uid: row.job.definition.uid,
        };
        FinishedPage { jobs: finished.map(found).collect(), next }
    }
}

impl Script<'_> {
    fn sweep(&mut self, token: LeaseToken, job: &FinishedJob, ttl: Duration) -> Swept {
        if !self.leads(token) {
            return Swept::NotLeading;
        }
        let key = job.key.to_string();
        let row = self.state.incarnation(&key, job.uid);
        let row = row.filter(|row| row.job.status.etag == job.etag);
        let due = row.is_some_and(|row| row.is_finished_for(self.now, ttl));
        if !due || self.has_unfinished(job.uid) {
            return Swept::Kept;
        }
        self.state.active.remove(&job.uid);
        self.remove_job(&job.key, job.uid, job.etag);
        Swept::Removed
    }

    /// Whether there are runs, and not merely places of runs that are gone.
    fn has_unfinished(&self, uid: JobUid) -> bool {
        self.places(uid).iter().any(|id| self.state.runs.contains_key(id))
    }
}

impl JobRow {
    fn is_finished_for(&self, now: Timestamp, ttl: Duration) -> bool {
        self.finished.is_some_and(|at| at.saturating_add(ttl) <= now)
    }
}

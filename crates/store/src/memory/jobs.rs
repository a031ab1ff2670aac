//! Jobs, as clients add and read them.

use std::ops::Bound;

use async_trait::async_trait;
use bellwether_domain::{Job, JobKey, JobState, JobStatus, Namespace, Partition, RequestId};

use super::MemoryStore;
use super::script::Script;
use super::state::{JobRow, PartitionState};
use crate::{
    ChangeJob, DeleteJob, EventKind, InsertJob, JobCounts, JobSince, JobStore, JobView, Reply,
    StoreError, Write,
};

#[async_trait]
impl JobStore for MemoryStore {
    async fn read_job(
        &self,
        key: &JobKey,
        request: Option<RequestId>,
    ) -> Result<JobView, StoreError> {
        let view = |script: &mut Script<'_>| JobView {
            now: script.now,
            reply: script.state.reply(request, script.now),
            job: script.job(key).cloned(),
        };
        Ok(self.script(self.partition_of(key)?, view))
    }

    async fn insert_job(&self, insert: &InsertJob) -> Result<Write, StoreError> {
        let partition = self.partition_of(&insert.definition.key)?;
        Ok(self.script(partition, |script| {
            script.once(insert.reply.as_ref(), |script| script.insert(insert))
        }))
    }

    async fn change_job(&self, change: &ChangeJob) -> Result<Write, StoreError> {
        Ok(self.script(self.partition_of(&change.key)?, |script| {
            script.once(change.reply.as_ref(), |script| script.change(change))
        }))
    }

    async fn delete_job(&self, delete: &DeleteJob) -> Result<Write, StoreError> {
        Ok(self.script(self.partition_of(&delete.key)?, |script| {
            script.once(delete.reply.as_ref(), |script| script.delete(delete))
        }))
    }

    async fn list_jobs(
        &self,
        partition: Partition,
        namespace: Option<&Namespace>,
        after: Option<&JobKey>,
        limit: usize,
    ) -> Result<Vec<Job>, StoreError> {
        Ok(self.read(partition, |state| state.list(namespace, after, limit)))
    }

    async fn count_jobs(
        &self,
        partition: Partition,
        after: Option<&JobKey>,
        limit: usize,
    ) -> Result<JobCounts, StoreError> {
        let jobs = self.list_jobs(partition, None, after, limit).await?;
        let count = |is: fn(&JobState) -> bool| {
            jobs.iter().filter(|job| is(&job.status.state)).count() as u64
        };
        let last = jobs.last().map(|job| job.definition.key.clone());
        Ok(JobCounts {
            active: count(|state| matches!(state, JobState::Active)),
            paused: count(|state| matches!(state, JobState::Paused { .. })),
            finished: count(|state| matches!(state, JobState::Finished)),
            more_after: last.filter(|_| jobs.len() >= limit),
        })
    }

    async fn namespace_size(
        &self,
        partitions: &[Partition],
        namespace: &Namespace,
    ) -> Result<u64, StoreError> {
        let count = |partition: &Partition| self.read(*partition, |state| state.count(namespace));
        Ok(partitions.iter().map(count).sum())
    }

    async fn read_jobs(
        &self,
        partition: Partition,
        keys: &[JobKey],
    ) -> Result<Vec<Option<Job>>, StoreError> {
        let job = |state: &PartitionState, key: &JobKey| {
            state.jobs.get(&key.to_string()).map(|row| row.job.clone())
        };
        Ok(self.read(partition, |state| keys.iter().map(|key| job(state, key)).collect()))
    }
}

impl Script<'_> {
    /// Carries out a client's write, unless its request was answered before; the reply is kept
    /// with the write.
    pub(super) fn once(
        &mut self,
        reply: Option<&Reply>,
        write: impl FnOnce(&mut Self) -> Result<(), Stale>,
    ) -> Write {
        if let Some(before) = self.state.reply(reply.map(|reply| reply.request), self.now) {
            return Write::Repeated(before);
        }
        if write(self).is_err() {
            return Write::Changed;
        }
        if let Some(Reply { request, body }) = reply {
            self.state.replies.keep(*request, self.now, body.clone());
        }
        Write::Done
    }

    fn insert(&mut self, insert: &InsertJob) -> Result<(), Stale> {
        let definition = &insert.definition;
        let key = definition.key.to_string();
        let passed = !insert.due_at_once && insert.next.fire_time <= self.now;
        if self.state.jobs.contains_key(&key) || passed {
            return Err(Stale);
        }
        let status = JobStatus {
            etag: insert.etag,
            state: JobState::Active,
            last_fire: None,
            next_fire: None,
            fires: 0,
            catching_up: false,
            paused_since: None,
            failures: 0,
            updated: self.now,
        };
        let job = Job { definition: definition.clone(), status };
        self.state.jobs.insert(key.clone(), JobRow { job, next: None, finished: None });
        self.schedule(&key, JobState::Active, Some(insert.next));
        let since = JobSince { uid: definition.uid, etag: insert.etag, reason: String::new() };
        self.note_write(EventKind::JobCreated, &definition.key, since);
        Ok(())
    }
}

/// What a client's write was decided from no longer holds; nothing was written.
pub(super) struct Stale;

impl PartitionState {
    /// All names of a namespace begin with it and `/`; `0` is the character behind `/`.
    fn count(&self, namespace: &Namespace) -> u64 {
        self.jobs.range(format!("{namespace}/")..format!("{namespace}0")).count() as u64
    }

    fn list(
        &self,
        namespace: Option<&Namespace>,
        after: Option<&JobKey>,
        limit: usize,
    ) -> Vec<Job> {
        let after = after.map(JobKey::to_string);
        let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        self.jobs
            .range::<String, _>((start, Bound::Unbounded))
            .map(|(_, row)| &row.job)
            .filter(|job| namespace.is_none_or(|wanted| *wanted == job.definition.key.namespace))
            .take(limit)
            .cloned()
            .collect()
    }
}

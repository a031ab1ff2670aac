//! One ordered list out of the lists of all partitions.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bellwether_domain::{Job, JobKey, Namespace, Partition};
use bellwether_store::{Store, StoreError};
use futures::future::try_join_all;

/// How many partitions are asked at a time.
const AT_A_TIME: usize = 32;

/// The most jobs that are read from a partition at a time.
const MOST: usize = 256;

/// The jobs of all partitions in the order of their keys' text, read as they are needed.
///
/// Each partition is read in chunks: first as many as its share of a page, then more each time, so
/// that a page costs little over its own size and a long search few calls.
pub(crate) struct Merge {
    store: Arc<dyn Store>,
    namespace: Option<Namespace>,
    lanes: Vec<Lane>,
    /// The first job of each lane that has one, by the text of its key.
    heads: BTreeMap<String, (usize, Job)>,
}

struct Lane {
    partition: Partition,
    read: VecDeque<Job>,
    after: Option<JobKey>,
    chunk: usize,
    /// The partition has no more than what was read.
    ended: bool,
}

impl Merge {
    /// Begins behind `after`, for about `expected` jobs.
    pub(crate) async fn begin(
        store: Arc<dyn Store>,
        partitions: Vec<Partition>,
        namespace: Option<Namespace>,
        after: Option<&JobKey>,
        expected: usize,
    ) -> Result<Self, StoreError> {
        let share = expected / partitions.len().max(1);
        let chunk = (share + share / 4 + 2).min(MOST);
        let lane = |partition| Lane {
            partition,
            read: VecDeque::new(),
            after: after.cloned(),
            chunk,
            ended: false,
        };
        let mut merge = Self {
            store,
            namespace,
            lanes: partitions.into_iter().map(lane).collect(),
            heads: BTreeMap::new(),
        };
        merge.fill().await?;
        Ok(merge)
    }

    /// The next job.
    pub(crate) async fn next(&mut self) -> Result<Option<Job>, StoreError> {
        let Some((_, (index, job))) = self.heads.pop_first() else { return Ok(None) };
        if self.lanes[index].read.is_empty() {
            self.lanes[index].refill(&*self.store, self.namespace.as_ref()).await?;
        }
        self.put_head(index);
        Ok(Some(job))
    }

    /// The next `count` jobs; fewer at the end.
    pub(crate) async fn take(&mut self, count: usize) -> Result<Vec<Job>, StoreError> {
        let mut jobs = Vec::new();
        while jobs.len() < count {
            let Some(job) = self.next().await? else { break };
            jobs.push(job);
        }
        Ok(jobs)
    }

    /// Reads the first chunk of every partition.
    async fn fill(&mut self) -> Result<(), StoreError> {
        for some in self.lanes.chunks_mut(AT_A_TIME) {
            let (store, namespace) = (&*self.store, self.namespace.as_ref());
            let reads = some.iter_mut().map(|lane| lane.refill(store, namespace));
            try_join_all(reads.collect::<Vec<_>>()).await?;
        }
        (0..self.lanes.len()).for_each(|index| self.put_head(index));
        Ok(())
    }

    fn put_head(&mut self, index: usize) {
        if let Some(job) = self.lanes[index].read.pop_front() {
            self.heads.insert(job.definition.key.to_string(), (index, job));
        }
    }
}

impl Lane {
    async fn refill(
        &mut self,
        store: &dyn Store,
        namespace: Option<&Namespace>,
    ) -> Result<(), StoreError> {
        if self.ended {
            return Ok(());
        }
        let jobs =
            store.list_jobs(self.partition, namespace, self.after.as_ref(), self.chunk).await?;
        // A short answer need not be the last: a store may bound it by bytes as well.
        self.ended = jobs.is_empty();
        self.chunk = (self.chunk * 2).min(MOST);
        if let Some(last) = jobs.last() {
            self.after = Some(last.definition.key.clone());
        }
        self.read = jobs.into();
        Ok(())
    }
}

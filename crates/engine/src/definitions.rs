//! Definitions that this node has read and compiled, by job and version.
//!
//! A version never changes its content, so an entry is right for as long as the store says that
//! the job has its etag; whoever looks one up says which etag the store gave.

use std::collections::HashMap;
use std::sync::Arc;

use bellwether_domain::trigger::Trigger;
use bellwether_domain::{Definition, Etag, Job, JobDefaults, JobKey, Partition, Policy};
use bellwether_store::{Keep, Lane, ReadyKey, Store, StoreError};
use parking_lot::Mutex;

use crate::internal_event::DefinitionUnusable;

/// A definition with what is computed from it once.
#[derive(Debug)]
pub(crate) struct CompiledJob {
    /// The version.
    pub(crate) etag: Etag,
    /// What the client gave.
    pub(crate) definition: Definition,
    /// Its trigger.
    pub(crate) trigger: Trigger,
    /// Its policy, defaults filled in.
    pub(crate) policy: Policy,
    /// Where its runs wait.
    pub(crate) ready: ReadyKey,
    /// How much of its history is kept.
    pub(crate) keep: Keep,
    /// The host that its runs call, where they call one.
    pub(crate) host: Option<String>,
}

/// How many definitions are kept. Beyond, all are dropped and read again as they are needed.
const CAPACITY: usize = 200_000;

/// The cache.
#[derive(Debug)]
pub(crate) struct Definitions {
    defaults: JobDefaults,
    jobs: Mutex<HashMap<JobKey, Arc<CompiledJob>>>,
}

impl Definitions {
    pub(crate) fn new(defaults: JobDefaults) -> Self {
        Self { defaults, jobs: Mutex::default() }
    }

    /// What the policy of a job of this name is where its definition is not at hand.
    pub(crate) fn fallback(&self, key: &JobKey) -> &Policy {
        self.defaults.of(&key.namespace)
    }

    /// The definition of `key`, if its version `etag` is at hand.
    pub(crate) fn get(&self, key: &JobKey, etag: Etag) -> Option<Arc<CompiledJob>> {
        self.jobs.lock().get(key).filter(|job| job.etag == etag).cloned()
    }

    /// The definition of `key` that was read last, whatever its version.
    pub(crate) fn latest(&self, key: &JobKey) -> Option<Arc<CompiledJob>> {
        self.jobs.lock().get(key).cloned()
    }

    /// Reads those of `wanted` that are not at hand. One that is gone, cannot be read or has
    /// changed again by now is not at hand afterwards either.
    pub(crate) async fn fetch(
        &self,
        store: &dyn Store,
        partition: Partition,
        wanted: impl IntoIterator<Item = (&JobKey, Etag)>,
    ) -> Result<(), StoreError> {
        let missing = wanted.into_iter().filter(|(key, etag)| self.get(key, *etag).is_none());
        let missing: Vec<JobKey> = missing.map(|(key, _)| key.clone()).collect();
        self.read(store, partition, &missing).await
    }

    /// Reads `keys` again, whatever is at hand.
    pub(crate) async fn read(
        &self,
        store: &dyn Store,
        partition: Partition,
        keys: &[JobKey],
    ) -> Result<(), StoreError> {
        for keys in keys.chunks(100) {
            for job in store.read_jobs(partition, keys).await?.into_iter().flatten() {
                self.insert(job);
            }
        }
        Ok(())
    }

    fn insert(&self, job: Job) {
        let policy = job.effective_policy(&self.defaults);
        let Job { definition, status } = job;
        let trigger = match definition.compile() {
            Ok(trigger) => trigger,
            Err(error) => {
                let why = error.to_string();
                DefinitionUnusable { job: &definition.key, why: &why }.emit();
                return;
            }
        };
        let lane = Lane::of(&definition.key.namespace, &definition.spec.target);
        let ready = ReadyKey { lane, priority: policy.priority };
        let keep = Keep::of(&policy);
        let host = definition.spec.target.host();
        let key = definition.key.clone();
        let etag = status.etag;
        let compiled = CompiledJob { etag, definition, trigger, policy, ready, keep, host };
        let mut jobs = self.jobs.lock();
        if jobs.len() >= CAPACITY {
            jobs.clear();
        }
        jobs.insert(key, Arc::new(compiled));
    }
}

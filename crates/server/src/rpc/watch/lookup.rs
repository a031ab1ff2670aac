//! What the log does not say of a job or a run, looked up as it is now.

use std::collections::{BTreeMap, HashMap};

use bellwether_domain::{BootId, Job, JobKey, JobUid, Partition, Run, RunId};
use bellwether_store::Happened;
use futures::future::try_join_all;
use uuid::Uuid;

use crate::api::Api;
use crate::error::ApiError;

/// Jobs and runs as they are now, which may be later than what happened to them. Those that are
/// gone are not there.
#[derive(Default)]
pub(super) struct Lookup {
    jobs: HashMap<JobKey, Job>,
    runs: HashMap<RunId, Run>,
}

impl Lookup {
    /// Looks up all that these are about.
    pub(super) async fn of(
        api: &Api,
        happened: impl Iterator<Item = &Happened>,
    ) -> Result<Self, ApiError> {
        let mut wanted: BTreeMap<Partition, Wanted> = BTreeMap::new();
        for happened in happened {
            let Happened::Job { job, run, .. } = happened else { continue };
            let wanted = wanted.entry(job.partition(api.partitions)).or_default();
            let runs = wanted.entry(job.clone()).or_default();
            runs.extend(run.map(|run| run.id).filter(|id| !runs.contains(id)));
        }
        let found = wanted.into_iter().map(|(partition, jobs)| look_up(api, partition, jobs));
        let mut lookup = Self::default();
        for (jobs, runs) in try_join_all(found.collect::<Vec<_>>()).await? {
            lookup.jobs.extend(jobs.into_iter().map(|job| (job.definition.key.clone(), job)));
            lookup.runs.extend(runs.into_iter().map(|run| (run.draft.id, run)));
        }
        Ok(lookup)
    }

    pub(super) fn job(&self, key: &JobKey) -> Option<&Job> {
        self.jobs.get(key)
    }

    pub(super) fn run(&self, id: RunId) -> Option<&Run> {
        self.runs.get(&id)
    }
}

/// Jobs of a partition, each with runs of it.
type Wanted = BTreeMap<JobKey, Vec<RunId>>;

async fn look_up(
    api: &Api,
    partition: Partition,
    wanted: Wanted,
) -> Result<(Vec<Job>, Vec<Run>), ApiError> {
    let keys: Vec<JobKey> = wanted.keys().cloned().collect();
    let jobs = api.store.read_jobs(partition, &keys).await?;
    let mut runs = Vec::new();
    for (job, ids) in jobs.iter().zip(wanted.into_values()) {
        // Of a job that is gone only what still runs is left, in no history.
        let uid = job.as_ref().map_or(JobUid(Uuid::nil()), |job| job.definition.uid);
        runs.extend(ids.into_iter().map(|id| (uid, id)));
    }
    let runs = match runs.is_empty() {
        true => Vec::new(),
        false => api.store.find_runs(partition, &runs).await?,
    };
    Ok((jobs.into_iter().flatten().collect(), runs.into_iter().flatten().collect()))
}

/// The names of nodes by their starts, as far as they were heard of.
#[derive(Default)]
pub(super) struct Names(HashMap<BootId, String>);

impl Names {
    /// Learns the names of those who lead in `happened` and are not known.
    pub(super) async fn learn(
        &mut self,
        api: &Api,
        happened: impl Iterator<Item = &Happened>,
    ) -> Result<(), ApiError> {
        let mut is_unknown = false;
        for happened in happened {
            match happened {
                Happened::NodeJoined { boot, name } => {
                    self.0.insert(*boot, name.clone());
                }
                Happened::LeaderChanged { owner, .. } => is_unknown |= !self.0.contains_key(owner),
                _ => {}
            }
        }
        if is_unknown {
            let nodes = api.store.nodes().await?.nodes;
            self.0.extend(nodes.into_iter().map(|node| (node.boot, node.name)));
        }
        Ok(())
    }

    /// The name of the node; empty where it is gone and was not heard of.
    pub(super) fn of(&self, boot: BootId) -> String {
        self.0.get(&boot).cloned().unwrap_or_default()
    }
}

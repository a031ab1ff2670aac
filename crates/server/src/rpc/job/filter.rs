//! Which jobs a list shows.

use std::collections::BTreeMap;

use bellwether_domain::{Definition, Job, JobUid, Namespace, Partition, Timestamp};
use bellwether_proto::convert::{
    Problems, Selector, job_state, job_state_to_proto, kind_of, namespace_filter, selector,
    target_kind, timestamp_from_proto,
};
use bellwether_proto::v1::{JobState, ListJobsRequest, TargetKind};
use futures::future::try_join_all;

use crate::api::Api;
use crate::error::ApiError;

/// The filters of a list; a job is shown when each lets it through.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// One namespace, or all.
    pub(super) namespace: Option<Namespace>,
    selector: Selector,
    states: Vec<JobState>,
    kinds: Vec<TargetKind>,
    next_fire_before: Option<Timestamp>,
    failed_since: Option<Timestamp>,
}

impl Filter {
    pub(super) fn read(message: &ListJobsRequest, problems: &mut Problems) -> Self {
        Self {
            namespace: namespace_filter(&message.namespace, "namespace", problems).flatten(),
            selector: selector(&message.label_selector, "label_selector", problems)
                .unwrap_or_default(),
            states: each(&message.states, "states", job_state, problems),
            kinds: each(&message.target_kinds, "target_kinds", target_kind, problems),
            next_fire_before: timestamp_from_proto(
                message.next_fire_before,
                "next_fire_before",
                problems,
            ),
            failed_since: timestamp_from_proto(message.failed_since, "failed_since", problems),
        }
    }

    /// How many jobs are judged at a time.
    pub(super) fn at_a_time(&self) -> usize {
        // Whether a job failed is asked of the store, and of many it is asked at once.
        if self.failed_since.is_some() { 200 } else { 1 }
    }

    /// Whether each of `jobs`, in their order, is shown.
    pub(super) async fn judge(&self, api: &Api, jobs: &[Job]) -> Result<Vec<bool>, ApiError> {
        let mut shown: Vec<bool> = jobs.iter().map(|job| self.lets_through(job)).collect();
        if let Some(since) = self.failed_since {
            let asked = jobs.iter().zip(&shown).filter(|(_, shown)| **shown).map(|(job, _)| job);
            let mut failed = failed_since(api, asked, since).await?.into_iter();
            for shown in shown.iter_mut().filter(|shown| **shown) {
                *shown = failed.next().unwrap_or(false);
            }
        }
        Ok(shown)
    }

    /// What can be told from the job itself.
    fn lets_through(&self, job: &Job) -> bool {
        let state = job_state_to_proto(&job.status.state);
        let spec = &job.definition.spec;
        (self.states.is_empty() || self.states.contains(&state))
            && (self.kinds.is_empty() || self.kinds.contains(&kind_of(&spec.target)))
            && self
                .next_fire_before
                .is_none_or(|bound| job.status.next_fire.is_some_and(|next| next < bound))
            && self.selector.matches(&spec.labels)
    }
}

/// Which of `jobs`, in their order, have a run in their history that failed since.
pub(crate) async fn failed_since(
    api: &Api,
    jobs: impl Iterator<Item = &Job>,
    since: Timestamp,
) -> Result<Vec<bool>, ApiError> {
    let mut of_partition: BTreeMap<Partition, (Vec<usize>, Vec<JobUid>)> = BTreeMap::new();
    let mut count = 0;
    for (place, job) in jobs.enumerate() {
        let Definition { key, uid, .. } = &job.definition;
        let (places, uids) = of_partition.entry(key.partition(api.partitions)).or_default();
        places.push(place);
        uids.push(*uid);
        count = place + 1;
    }
    let asked = of_partition
        .iter()
        .map(|(partition, (_, uids))| api.store.failed_since(*partition, uids, since));
    let answers = try_join_all(asked.collect::<Vec<_>>()).await?;
    let mut failed = vec![false; count];
    for ((places, _), answers) in of_partition.values().zip(answers) {
        for (place, answer) in places.iter().zip(answers) {
            failed[*place] = answer;
        }
    }
    Ok(failed)
}

/// Reads each of `numbers` by `read`.
pub(crate) fn each<T>(
    numbers: &[i32],
    field: &str,
    read: impl Fn(i32, &str, &mut Problems) -> Option<T>,
    problems: &mut Problems,
) -> Vec<T> {
    let numbered = numbers.iter().enumerate();
    numbered.filter_map(|(n, number)| read(*number, &format!("{field}[{n}]"), problems)).collect()
}

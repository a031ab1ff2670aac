//! Which jobs a list shows.

use bellwether_domain::{Job, Namespace, Timestamp};
use bellwether_proto::convert::{
    Problems, Selector, job_state, job_state_to_proto, kind_of, namespace_filter, selector,
    target_kind, timestamp_from_proto,
};
use bellwether_proto::v1::{JobState, ListJobsRequest, TargetKind};

/// The filters of a list; a job is shown when each lets it through.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// One namespace, or all.
    pub(super) namespace: Option<Namespace>,
    selector: Selector,
    states: Vec<JobState>,
    kinds: Vec<TargetKind>,
    next_fire_before: Option<Timestamp>,
}

impl Filter {
    pub(super) fn read(message: &ListJobsRequest, problems: &mut Problems) -> Self {
        if message.failed_since.is_some() {
            problems.unbuilt("failed_since", "finding jobs by their failed runs");
        }
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
        }
    }

    pub(super) fn lets_through(&self, job: &Job) -> bool {
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

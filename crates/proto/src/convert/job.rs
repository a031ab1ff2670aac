//! Jobs.

use bellwether_domain::{Job, JobDefaults, JobKey, JobSpec, JobState};

use super::enums::job_state_to_proto;
use super::policy::count_to_proto;
use super::{
    Problems, SecretInput, View, effective_policy_to_proto, job_key, labels, policy_from_proto,
    policy_to_proto, target_from_proto, target_to_proto, text, timestamp_to_proto,
    trigger_from_proto, trigger_to_proto,
};
use crate::v1;

/// A job as a request describes it, valid.
#[derive(Clone, Debug, PartialEq)]
pub struct JobInput {
    /// Its name.
    pub key: JobKey,
    /// What it is to be.
    pub spec: JobSpec,
    /// What the request says of the target's signing secret.
    pub secret: SecretInput,
}

/// Reads a whole job, whose message stands in `field`. Output fields are not looked at. `None`
/// where something is noted.
pub fn job_from_proto(
    value: Option<v1::Job>,
    field: &str,
    problems: &mut Problems,
) -> Option<JobInput> {
    let path = |name: &str| format!("{field}.{name}");
    let Some(job) = value else {
        problems.invalid(field, "is not set; a job is required");
        return None;
    };
    let key = job_key((&path("namespace"), &job.namespace), (&path("id"), &job.id), problems);
    let description = text::description(job.description, &path("description"), problems);
    let labels = labels::labels(job.labels, &path("labels"), problems);
    let trigger = required(job.trigger, &path("trigger"), problems)
        .and_then(|trigger| trigger_from_proto(trigger, &path("trigger"), problems));
    let target = required(job.target, &path("target"), problems)
        .and_then(|target| target_from_proto(target, &path("target"), problems));
    let policy = policy_from_proto(job.policy.unwrap_or_default(), &path("policy"), problems);
    let (target, secret) = target?;
    let spec = JobSpec { description, labels, trigger: trigger?, target, policy };
    Some(JobInput { key: key?, spec, secret })
}

/// Notes that `value` is missing, if it is.
pub(super) fn required<T>(value: Option<T>, field: &str, problems: &mut Problems) -> Option<T> {
    if value.is_none() {
        problems.invalid(field, "is not set; a job needs one");
    }
    value
}

/// The message of a job, its effective policy filled in from `defaults`.
#[must_use]
pub fn job_to_proto(job: &Job, defaults: &JobDefaults, view: View) -> v1::Job {
    let (definition, status) = (&job.definition, &job.status);
    let spec = &definition.spec;
    let pause_reason = match &status.state {
        JobState::Paused { reason } => reason.clone(),
        JobState::Active | JobState::Finished => String::new(),
    };
    v1::Job {
        namespace: definition.key.namespace.to_string(),
        id: definition.key.id.to_string(),
        uid: definition.uid.to_string(),
        description: spec.description.clone(),
        labels: spec.labels.clone(),
        trigger: Some(trigger_to_proto(&spec.trigger)),
        target: Some(target_to_proto(&spec.target, view)),
        policy: policy_to_proto(&spec.policy),
        effective_policy: Some(effective_policy_to_proto(&job.effective_policy(defaults))),
        state: job_state_to_proto(&status.state) as i32,
        pause_reason,
        next_fire_time: status.next_fire.map(timestamp_to_proto),
        last_fire_time: status.last_fire.map(timestamp_to_proto),
        fire_count: count_to_proto(status.fires),
        create_time: Some(timestamp_to_proto(definition.created)),
        update_time: Some(timestamp_to_proto(status.updated)),
        etag: status.etag.to_string(),
    }
}

#[cfg(test)]
mod tests;

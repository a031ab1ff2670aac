//! What an update changes of a job: the fields of its mask.
//!
//! A patch is applied to the definition as it is stored at that moment, so a request that crosses
//! another is decided anew from what the other left behind and undoes nothing of it. Only what the
//! mask names is validated; what a client sends beside it is not its request.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_domain::trigger::TriggerSpec;
use bellwether_domain::{JobSpec, PolicySpec, Target};

use super::job::required;
use super::text::quoted;
use super::{
    Problems, SecretInput, labels, policy_from_proto, target_from_proto, text, trigger_from_proto,
};
use crate::v1;

/// Takes one field of a policy over.
type Take = fn(&PolicySpec, &mut PolicySpec);

/// The fields of a policy by the paths that name them. Either path of a misfire rule names the
/// rule, whichever form the job then gives it.
const POLICY: [(&str, Take); 17] = [
    ("coalesce", |from, to| to.coalesce = from.coalesce),
    ("misfire_grace", |from, to| to.misfire = from.misfire),
    ("misfire_unlimited", |from, to| to.misfire = from.misfire),
    ("max_instances", |from, to| to.max_instances = from.max_instances),
    ("overlap", |from, to| to.overlap = from.overlap),
    ("queue_limit", |from, to| to.queue_limit = from.queue_limit),
    ("timeout", |from, to| to.timeout = from.timeout),
    ("retry", |from, to| to.retry = from.retry),
    ("on_lost", |from, to| to.on_lost = from.on_lost),
    ("max_lost", |from, to| to.max_lost = from.max_lost),
    ("cancel_grace", |from, to| to.cancel_grace = from.cancel_grace),
    ("priority", |from, to| to.priority = from.priority),
    ("jitter", |from, to| to.jitter = from.jitter),
    ("max_fires", |from, to| to.max_fires = from.max_fires),
    ("history_limit", |from, to| to.history_limit = from.history_limit),
    ("failed_history_limit", |from, to| to.failed_history_limit = from.failed_history_limit),
    ("pause_after_failures", |from, to| to.pause_after_failures = from.pause_after_failures),
];

/// The whole fields of a job that a mask may name.
const WHOLE: [&str; 5] = ["description", "labels", "trigger", "target", "policy"];

/// What an update changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobPatch {
    description: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    trigger: Option<TriggerSpec>,
    target: Option<(Target, SecretInput)>,
    policy: PolicyPatch,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum PolicyPatch {
    #[default]
    Untouched,
    Whole(PolicySpec),
    Fields(BTreeSet<&'static str>, PolicySpec),
}

impl JobPatch {
    /// Reads what `mask` names of `job`, whose message stands in `field`; no paths name what the
    /// job sets.
    pub fn from_proto(
        job: v1::Job,
        mask: Option<prost_types::FieldMask>,
        (field, mask_field): (&str, &str),
        problems: &mut Problems,
    ) -> Self {
        let paths = mask.map(|mask| mask.paths).filter(|paths| !paths.is_empty());
        let named = match paths {
            Some(paths) => Named::by_mask(&paths, mask_field, problems),
            None => Named::populated(&job),
        };
        let path = |name: &str| format!("{field}.{name}");
        let is_named = |name: &str| named.whole.contains(name);
        let mut patch = Self::default();
        if is_named("description") {
            let text = text::description(job.description, &path("description"), problems);
            patch.description = Some(text);
        }
        if is_named("labels") {
            patch.labels = Some(labels::labels(job.labels, &path("labels"), problems));
        }
        if is_named("trigger") {
            patch.trigger = required(job.trigger, &path("trigger"), problems)
                .and_then(|trigger| trigger_from_proto(trigger, &path("trigger"), problems));
        }
        if is_named("target") {
            patch.target = required(job.target, &path("target"), problems)
                .and_then(|target| target_from_proto(target, &path("target"), problems));
        }
        patch.policy = named.policy(job.policy.unwrap_or_default(), &path("policy"), problems);
        patch
    }

    /// `spec` with the patch applied, and what the patch says of the signing secret.
    #[must_use]
    pub fn apply(&self, spec: &JobSpec) -> (JobSpec, SecretInput) {
        let mut spec = spec.clone();
        if let Some(description) = &self.description {
            spec.description.clone_from(description);
        }
        if let Some(labels) = &self.labels {
            spec.labels.clone_from(labels);
        }
        if let Some(trigger) = &self.trigger {
            spec.trigger = trigger.clone();
        }
        match &self.policy {
            PolicyPatch::Untouched => {}
            PolicyPatch::Whole(policy) => spec.policy.clone_from(policy),
            PolicyPatch::Fields(names, policy) => {
                let named = POLICY.iter().filter(|(name, _)| names.contains(name));
                named.for_each(|(_, take)| take(policy, &mut spec.policy));
            }
        }
        let mut secret = SecretInput::Given;
        if let Some((target, input)) = &self.target {
            spec.target = target.clone();
            secret = *input;
        }
        (spec, secret)
    }
}

/// What is to be changed, by name.
#[derive(Default)]
struct Named {
    whole: BTreeSet<&'static str>,
    policy: BTreeSet<&'static str>,
}

impl Named {
    fn by_mask(paths: &[String], field: &str, problems: &mut Problems) -> Self {
        let mut named = Self::default();
        for (index, path) in paths.iter().enumerate() {
            if path == "*" {
                named.whole.extend(WHOLE);
            } else if let Some(name) = WHOLE.iter().find(|name| *name == path) {
                named.whole.insert(name);
            } else if let Some(name) = policy_field(path) {
                named.policy.insert(name);
            } else {
                let message = format!(
                    "{} cannot be updated; description, labels, trigger, target, policy, \
                     policy.<field> and * can",
                    quoted(path)
                );
                problems.invalid(format!("{field}.paths[{index}]"), message);
            }
        }
        named
    }

    fn populated(job: &v1::Job) -> Self {
        let set = [
            !job.description.is_empty(),
            !job.labels.is_empty(),
            job.trigger.is_some(),
            job.target.is_some(),
        ];
        let whole = WHOLE.into_iter().zip(set).filter(|(_, set)| *set).map(|(name, _)| name);
        let policy = job.policy.as_ref().map(set_fields).unwrap_or_default();
        Self { whole: whole.collect(), policy }
    }

    fn policy(&self, sent: v1::Policy, field: &str, problems: &mut Problems) -> PolicyPatch {
        if self.whole.contains("policy") {
            return PolicyPatch::Whole(policy_from_proto(sent, field, problems));
        }
        if self.policy.is_empty() {
            return PolicyPatch::Untouched;
        }
        let mut own = Problems::default();
        let spec = policy_from_proto(sent, field, &mut own);
        let named: Vec<_> = self.policy.iter().map(|name| format!("{field}.{name}")).collect();
        own.retain_below(&named);
        problems.extend(own);
        PolicyPatch::Fields(self.policy.clone(), spec)
    }
}

fn policy_field(path: &str) -> Option<&'static str> {
    let name = path.strip_prefix("policy.")?;
    POLICY.iter().map(|(known, _)| *known).find(|known| *known == name)
}

/// The fields that a policy sets, by name.
fn set_fields(policy: &v1::Policy) -> BTreeSet<&'static str> {
    use v1::policy::Misfire;
    let set = [
        ("coalesce", policy.coalesce.is_some()),
        ("misfire_grace", matches!(policy.misfire, Some(Misfire::MisfireGrace(_)))),
        ("misfire_unlimited", matches!(policy.misfire, Some(Misfire::MisfireUnlimited(_)))),
        ("max_instances", policy.max_instances.is_some()),
        ("overlap", policy.overlap.is_some()),
        ("queue_limit", policy.queue_limit.is_some()),
        ("timeout", policy.timeout.is_some()),
        ("retry", policy.retry.is_some()),
        ("on_lost", policy.on_lost.is_some()),
        ("max_lost", policy.max_lost.is_some()),
        ("cancel_grace", policy.cancel_grace.is_some()),
        ("priority", policy.priority.is_some()),
        ("jitter", policy.jitter.is_some()),
        ("max_fires", policy.max_fires.is_some()),
        ("history_limit", policy.history_limit.is_some()),
        ("failed_history_limit", policy.failed_history_limit.is_some()),
        ("pause_after_failures", policy.pause_after_failures.is_some()),
    ];
    set.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests;

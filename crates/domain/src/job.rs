//! Jobs: what a client defines, and what the store knows of it beside.

use std::collections::BTreeMap;

use crate::trigger::{JobContext, Trigger, TriggerError, TriggerSpec};
use crate::{Etag, JobDefaults, JobKey, JobUid, Policy, PolicySpec, Target, Timestamp};

/// What a client may set and change of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobSpec {
    /// For people.
    pub description: String,
    /// For selectors.
    pub labels: BTreeMap<String, String>,
    /// When it fires.
    pub trigger: TriggerSpec,
    /// What a run does.
    pub target: Target,
    /// How late, doubled and failed runs are handled.
    pub policy: PolicySpec,
}

/// A job's definition: all that is fixed between two writes by clients.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The name.
    pub key: JobKey,
    /// The incarnation.
    pub uid: JobUid,
    /// When this incarnation was created: the anchor of an interval that names none.
    pub created: Timestamp,
    /// What the client set.
    pub spec: JobSpec,
}

impl Definition {
    /// The policy with `defaults` filled in.
    #[must_use]
    pub fn effective_policy(&self, defaults: &JobDefaults) -> Policy {
        self.spec.policy.resolve(defaults.of(&self.key.namespace))
    }

    /// The trigger in its compiled form.
    pub fn compile(&self) -> Result<Trigger, TriggerError> {
        self.spec.trigger.compile(&JobContext { uid: self.uid, created: self.created })
    }
}

/// Whether a job fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It does.
    Active,
    /// Not until it is resumed.
    Paused {
        /// What the one who paused it said.
        reason: String,
    },
    /// Its trigger, or `max_fires`, is exhausted.
    Finished,
}

/// The part of a job that claims and pauses change and that carries its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobStatus {
    /// The version.
    pub etag: Etag,
    /// Whether it fires.
    pub state: JobState,
    /// The latest fire time that was claimed.
    pub last_fire: Option<Timestamp>,
    /// The next fire time; absent while paused or finished.
    pub next_fire: Option<Timestamp>,
    /// Scheduled runs created so far.
    pub fires: u32,
    /// A catch-up under [`crate::Coalesce::All`] has fire times still to claim: its later passes
    /// are not judged by `overlap`.
    pub catching_up: bool,
    /// Since when it is paused: fire times after this belong to the pause. Absent while it is not,
    /// and where that was not kept.
    pub paused_since: Option<Timestamp>,
    /// Runs that failed in a row, counted while the policy names `pause_after_failures`.
    pub failures: u32,
    /// The latest write by a client.
    pub updated: Timestamp,
}

/// A job as the store holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What is fixed between two writes.
    pub definition: Definition,
    /// What changes as it fires.
    pub status: JobStatus,
}

impl Job {
    /// The policy with `defaults` filled in.
    #[must_use]
    pub fn effective_policy(&self, defaults: &JobDefaults) -> Policy {
        self.definition.effective_policy(defaults)
    }
}

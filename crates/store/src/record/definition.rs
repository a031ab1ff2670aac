//! A job's definition as it is stored. What claims and pauses change of a job is not in it, so
//! that they never encode it again.

use std::collections::BTreeMap;

use bellwether_domain::{
    Definition, JobId, JobKey, JobSpec, JobUid, Namespace, PolicySpec, Timestamp,
};
use prost::Message as _;

use super::policy::StoredPolicy;
use super::target::StoredTarget;
use super::trigger::StoredTrigger;
use super::{Malformed, uuid};
use crate::StoreError;

#[derive(Clone, PartialEq, prost::Message)]
struct StoredDefinition {
    #[prost(string, tag = "1")]
    namespace: String,
    #[prost(string, tag = "2")]
    id: String,
    #[prost(bytes = "vec", tag = "3")]
    uid: Vec<u8>,
    #[prost(sint64, tag = "4")]
    created_ms: i64,
    #[prost(string, tag = "5")]
    description: String,
    #[prost(btree_map = "string, string", tag = "6")]
    labels: BTreeMap<String, String>,
    #[prost(message, optional, tag = "7")]
    trigger: Option<StoredTrigger>,
    #[prost(message, optional, tag = "8")]
    target: Option<StoredTarget>,
    #[prost(message, optional, tag = "9")]
    policy: Option<StoredPolicy>,
}

/// The record of a definition.
#[must_use]
pub fn encode_definition(definition: &Definition) -> Vec<u8> {
    let spec = &definition.spec;
    let stored = StoredDefinition {
        namespace: definition.key.namespace.to_string(),
        id: definition.key.id.to_string(),
        uid: definition.uid.0.as_bytes().to_vec(),
        created_ms: definition.created.as_millis(),
        description: spec.description.clone(),
        labels: spec.labels.clone(),
        trigger: Some((&spec.trigger).into()),
        target: Some((&spec.target).into()),
        policy: Some((&spec.policy).into()).filter(|policy| *policy != StoredPolicy::default()),
    };
    stored.encode_to_vec()
}

/// The definition that `record` holds.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is not one, or holds what this version does not know.
pub fn decode_definition(record: &[u8]) -> Result<Definition, StoreError> {
    let read = || Definition::try_from(StoredDefinition::decode(record)?);
    read().map_err(|malformed| malformed.found_in("definition"))
}

impl TryFrom<StoredDefinition> for Definition {
    type Error = Malformed;

    fn try_from(stored: StoredDefinition) -> Result<Self, Malformed> {
        let trigger = stored.trigger.ok_or(Malformed::Missing("trigger"))?;
        let target = stored.target.ok_or(Malformed::Missing("target"))?;
        Ok(Self {
            key: key(&stored.namespace, &stored.id)?,
            uid: JobUid(uuid("uid", &stored.uid)?),
            created: Timestamp::from_millis(stored.created_ms),
            spec: JobSpec {
                description: stored.description,
                labels: stored.labels,
                trigger: trigger.try_into()?,
                target: target.try_into()?,
                policy: stored.policy.map(PolicySpec::try_from).transpose()?.unwrap_or_default(),
            },
        })
    }
}

/// The key of a job, from its stored parts.
pub(super) fn key(namespace: &str, id: &str) -> Result<JobKey, Malformed> {
    let value = |field| {
        move |error: bellwether_domain::IdError| Malformed::Value { field, why: error.to_string() }
    };
    let namespace = Namespace::new(namespace).map_err(value("namespace"))?;
    Ok(JobKey { namespace, id: JobId::new(id).map_err(value("id"))? })
}

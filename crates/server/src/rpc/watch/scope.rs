//! What a watch is about, and the logs that can tell of it.

use bellwether_domain::{JobKey, Namespace};
use bellwether_proto::convert::{Problems, namespace_filter};
use bellwether_store::Log;

use crate::api::Api;
use crate::rpc::job::key;

/// What a watch is about.
#[derive(Debug)]
pub(super) enum Scope {
    /// A job.
    Job(JobKey),
    /// The jobs of one namespace, or of all.
    Namespace(Option<Namespace>),
}

impl Scope {
    pub(super) fn read(namespace: &str, job: &str, problems: &mut Problems) -> Option<Self> {
        match job.is_empty() {
            true => namespace_filter(namespace, "namespace", problems).map(Self::Namespace),
            false => key(namespace, job, problems).map(Self::Job),
        }
    }

    /// The partitions that the jobs lie in.
    pub(super) fn partitions(&self, api: &Api) -> Vec<Log> {
        match self {
            Self::Job(key) => vec![Log::Partition(key.partition(api.partitions))],
            Self::Namespace(_) => api.all_partitions().into_iter().map(Log::Partition).collect(),
        }
    }

    /// Whether the job is one of them.
    pub(super) fn has(&self, job: &JobKey) -> bool {
        match self {
            Self::Job(key) => key == job,
            Self::Namespace(namespace) => {
                namespace.as_ref().is_none_or(|namespace| *namespace == job.namespace)
            }
        }
    }

    /// Whether it is about this part of the cluster: a namespace, or, for `None`, all of it.
    pub(super) fn has_part(&self, part: Option<&Namespace>) -> bool {
        match (self, part) {
            (Self::Namespace(None), _) => true,
            (Self::Namespace(Some(namespace)), Some(part)) => namespace == part,
            _ => false,
        }
    }

    /// Whether it is about the cluster as a whole too.
    pub(super) fn has_cluster(&self) -> bool {
        matches!(self, Self::Namespace(None))
    }
}

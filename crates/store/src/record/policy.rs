//! Policies as they are stored: what the client gave, each field with its presence.

use std::time::Duration;

use bellwether_domain::{Misfire, PolicySpec, RetrySpec};

use super::number::Numbered;
use super::{Malformed, StoredDuration};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StoredPolicy {
    #[prost(uint32, optional, tag = "1")]
    coalesce: Option<u32>,
    #[prost(oneof = "StoredMisfire", tags = "2, 3")]
    misfire: Option<StoredMisfire>,
    #[prost(uint32, optional, tag = "4")]
    max_instances: Option<u32>,
    #[prost(uint32, optional, tag = "5")]
    overlap: Option<u32>,
    #[prost(uint32, optional, tag = "6")]
    queue_limit: Option<u32>,
    #[prost(message, optional, tag = "7")]
    timeout: Option<StoredDuration>,
    #[prost(message, optional, tag = "8")]
    retry: Option<StoredRetry>,
    #[prost(uint32, optional, tag = "9")]
    on_lost: Option<u32>,
    #[prost(uint32, optional, tag = "10")]
    max_lost: Option<u32>,
    #[prost(message, optional, tag = "11")]
    cancel_grace: Option<StoredDuration>,
    #[prost(uint32, optional, tag = "12")]
    priority: Option<u32>,
    #[prost(message, optional, tag = "13")]
    jitter: Option<StoredDuration>,
    #[prost(uint32, optional, tag = "14")]
    max_fires: Option<u32>,
    #[prost(uint32, optional, tag = "15")]
    history_limit: Option<u32>,
    #[prost(uint32, optional, tag = "16")]
    failed_history_limit: Option<u32>,
    #[prost(uint32, optional, tag = "17")]
    pause_after_failures: Option<u32>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum StoredMisfire {
    #[prost(message, tag = "2")]
    Grace(StoredDuration),
    #[prost(bool, tag = "3")]
    Unlimited(bool),
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct StoredRetry {
    #[prost(uint32, optional, tag = "1")]
    max_attempts: Option<u32>,
    #[prost(message, optional, tag = "2")]
    initial_backoff: Option<StoredDuration>,
    #[prost(message, optional, tag = "3")]
    max_backoff: Option<StoredDuration>,
    #[prost(double, optional, tag = "4")]
    multiplier: Option<f64>,
}

impl From<&PolicySpec> for StoredPolicy {
    fn from(spec: &PolicySpec) -> Self {
        Self {
            coalesce: spec.coalesce.map(Numbered::number),
            misfire: spec.misfire.map(|misfire| match misfire {
                Misfire::Grace(grace) => StoredMisfire::Grace(grace.into()),
                Misfire::Unlimited => StoredMisfire::Unlimited(true),
            }),
            max_instances: spec.max_instances,
            overlap: spec.overlap.map(Numbered::number),
            queue_limit: spec.queue_limit,
            timeout: spec.timeout.map(StoredDuration::from),
            retry: spec.retry.map(StoredRetry::from),
            on_lost: spec.on_lost.map(Numbered::number),
            max_lost: spec.max_lost,
            cancel_grace: spec.cancel_grace.map(StoredDuration::from),
            priority: spec.priority.map(Numbered::number),
            jitter: spec.jitter.map(StoredDuration::from),
            max_fires: spec.max_fires,
            history_limit: spec.history_limit,
            failed_history_limit: spec.failed_history_limit,
            pause_after_failures: spec.pause_after_failures,
        }
    }
}

impl TryFrom<StoredPolicy> for PolicySpec {
    type Error = Malformed;

    fn try_from(stored: StoredPolicy) -> Result<Self, Malformed> {
        Ok(Self {
            coalesce: stored.coalesce.map(Numbered::from_number).transpose()?,
            misfire: stored.misfire.map(|misfire| match misfire {
                StoredMisfire::Grace(grace) => Misfire::Grace(grace.into()),
                StoredMisfire::Unlimited(_) => Misfire::Unlimited,
            }),
            max_instances: stored.max_instances,
            overlap: stored.overlap.map(Numbered::from_number).transpose()?,
            queue_limit: stored.queue_limit,
            timeout: stored.timeout.map(Duration::from),
            retry: stored.retry.map(RetrySpec::from),
            on_lost: stored.on_lost.map(Numbered::from_number).transpose()?,
            max_lost: stored.max_lost,
            cancel_grace: stored.cancel_grace.map(Duration::from),
            priority: stored.priority.map(Numbered::from_number).transpose()?,
            jitter: stored.jitter.map(Duration::from),
            max_fires: stored.max_fires,
            history_limit: stored.history_limit,
            failed_history_limit: stored.failed_history_limit,
            pause_after_failures: stored.pause_after_failures,
        })
    }
}

impl From<RetrySpec> for StoredRetry {
    fn from(spec: RetrySpec) -> Self {
        Self {
            max_attempts: spec.max_attempts,
            initial_backoff: spec.initial_backoff.map(StoredDuration::from),
            max_backoff: spec.max_backoff.map(StoredDuration::from),
            multiplier: spec.multiplier,
        }
    }
}

impl From<StoredRetry> for RetrySpec {
    fn from(stored: StoredRetry) -> Self {
        Self {
            max_attempts: stored.max_attempts,
            initial_backoff: stored.initial_backoff.map(Duration::from),
            max_backoff: stored.max_backoff.map(Duration::from),
            multiplier: stored.multiplier,
        }
    }
}

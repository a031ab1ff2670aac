//! Redis stream targets: one entry for each run, however many attempts it takes.
//!
//! An attempt whose answer was lost may have appended its entry, and the next one must not append a
//! second. So beside the stream lies a marker of the run, written by the script that appends: who
//! asks again gets the id of the first entry. The marker is kept for `dedup` on top of what may lie
//! between two attempts of the run, its timeout and the longest wait of its retries, and anew from
//! each attempt; only a run that stands still for longer than that, in an outage of `dedup`, could
//! be appended twice. Rejected: to look for the run in the stream's tail, which the operator trims,
//! and entry ids made of fire times, which must grow and would shut others out of the stream.
//!
//! Where a job is given another stream between two attempts of a run, each stream gets the run once.
//!
//! The marker shares the stream's hash tag, so that both lie in one slot of a Redis Cluster.

mod failure;

use std::sync::LazyLock;
use std::time::Duration;

use bellwether_domain::stream::MARKER;
use bellwether_domain::{
    AttemptEnd, AttemptReport, Content, Payload, RedisStreamTarget, RunId, StreamPolicy,
};
use bellwether_engine::{Attempt, Execution};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, IntoConnectionInfo as _, Script};

use self::failure::Failure;
use crate::{StreamsConfig, TargetsError};

static APPEND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("append.lua")));

/// What all attempts of stream targets share.
pub(crate) struct RedisStream {
    policy: StreamPolicy,
    connection: Option<ConnectionManager>,
    dedup: Duration,
}

impl RedisStream {
    /// Connects when the first attempt needs it.
    pub(crate) fn new(config: StreamsConfig) -> Result<Self, TargetsError> {
        let connect = |url: &String| {
            let info = url.as_str().into_connection_info()?;
            let settings = ConnectionManagerConfig::new()
                .set_number_of_retries(0)
                .set_connection_timeout(Some(config.connect_timeout))
                .set_response_timeout(Some(config.response_timeout));
            ConnectionManager::new_lazy_with_config(Client::open(info)?, settings)
        };
        let connection = config.url.as_ref().map(connect).transpose();
        // The error of a URL may repeat it, with its password.
        let connection = connection.map_err(|error| TargetsError::StreamUrl(error.kind()))?;
        Ok(Self { policy: config.policy, connection, dedup: config.dedup })
    }

    pub(crate) async fn execute(&self, attempt: &Attempt, target: &RedisStreamTarget) -> Execution {
        match self.append(attempt, target).await {
            Ok(entry) => {
                let output = Payload { content: Content::Text(entry), ..Payload::default() };
                let report = AttemptReport { output: Some(output), ..AttemptReport::default() };
                Execution { end: AttemptEnd::Succeeded, report }
            }
            Err(failure) => failure.into(),
        }
    }

    /// The id of the run's entry.
    async fn append(
        &self,
        attempt: &Attempt,
        target: &RedisStreamTarget,
    ) -> Result<String, Failure> {
        self.policy.check(&target.key)?;
        // The policy refuses every key where there is none.
        let mut connection = self.connection.clone().ok_or_else(Failure::no_redis)?;
        let kept = self.dedup + attempt.run.draft.timeout + attempt.longest_wait;
        let mut call = APPEND.key(&target.key);
        call.key(marker(&target.key, attempt.run.draft.id)).arg(millis(kept));
        for (name, value) in &target.fields {
            call.arg(name).arg(value);
        }
        for (name, value) in identity(attempt) {
            call.arg(name).arg(value);
        }
        call.invoke_async(&mut connection).await.map_err(|error| Failure::of(&error))
    }
}

/// The key that says that a run is in a stream. It has the stream's hash tag, or the whole key as
/// one where it has none; other braces are refused when a job is written.
fn marker(key: &str, run: RunId) -> String {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
    format!("{{{}}}{MARKER}{run}", tag.filter(|tag| !tag.is_empty()).unwrap_or(key))
}

fn millis(span: Duration) -> u64 {
    // What Redis takes as an expiry ends below 2^63; a policy's spans are a year each.
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).min(1 << 50)
}

/// The fields that name the run.
fn identity(Attempt { run, trace_id, span_id, .. }: &Attempt) -> [(&'static str, String); 7] {
    let draft = &run.draft;
    [
        ("bellwether-run", draft.id.to_string()),
        ("bellwether-namespace", draft.job.namespace.to_string()),
        ("bellwether-job", draft.job.id.to_string()),
        ("bellwether-fire-time", draft.fire_time.to_string()),
        ("bellwether-attempt", run.attempt.to_string()),
        ("bellwether-epoch", run.epoch.to_string()),
        ("traceparent", format!("00-{trace_id}-{span_id}-01")),
    ]
}

#[cfg(test)]
mod tests {
    use bellwether_domain::{JobUid, Partition, Timestamp};

    use super::*;

    #[test]
    fn a_marker_lies_in_the_slot_of_its_stream() {
        let uid = JobUid("0198f4a0-0000-7000-8000-000000000001".parse().expect("a UUID"));
        let run = RunId::scheduled(Partition(3), uid, Timestamp::from_millis(0));
        for (key, tag) in [("orders", "{orders}"), ("{eu}:orders", "{eu}"), ("a{b}c", "{b}")] {
            assert_eq!(marker(key, run), format!("{tag}:bellwether:appended:{run}"));
        }
    }
}

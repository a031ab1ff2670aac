//! Job definitions, as a client writes them.

use std::time::Duration;

use bellwether_client::v1;
use bellwether_domain::{JobKey, Timestamp};
use bellwether_proto::convert::{duration_to_proto, timestamp_to_proto};

/// How many finished runs a scenario's job keeps: all of them, as the checker reads them.
const KEPT: i32 = 10_000;

/// The name of a job in the default namespace.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn key(id: &str) -> JobKey {
    format!("default/{id}").parse().expect("a test names its jobs well")
}

/// A job in the default namespace that keeps all of its runs.
#[must_use]
pub fn job(id: &str, trigger: v1::trigger::Kind, target: v1::target::Kind) -> v1::Job {
    v1::Job {
        id: id.to_owned(),
        trigger: Some(v1::Trigger { kind: Some(trigger), ..v1::Trigger::default() }),
        target: Some(v1::Target { kind: Some(target) }),
        policy: Some(v1::Policy {
            history_limit: Some(KEPT),
            failed_history_limit: Some(KEPT),
            ..v1::Policy::default()
        }),
        ..v1::Job::default()
    }
}

/// Elapsed time, again and again.
#[must_use]
pub fn every(span: Duration) -> v1::trigger::Kind {
    let every = Some(duration_to_proto(span));
    v1::trigger::Kind::Interval(v1::IntervalTrigger { every, ..v1::IntervalTrigger::default() })
}

/// Elapsed time from `anchor` on.
#[must_use]
pub fn every_from(anchor: Timestamp, span: Duration) -> v1::trigger::Kind {
    let (every, anchor) = (Some(duration_to_proto(span)), Some(timestamp_to_proto(anchor)));
    v1::trigger::Kind::Interval(v1::IntervalTrigger { every, anchor, fire_immediately: false })
}

/// One instant.
#[must_use]
pub fn once(at: Timestamp) -> v1::trigger::Kind {
    v1::trigger::Kind::Date(v1::DateTrigger { at: Some(timestamp_to_proto(at)) })
}

/// An instant that no test lives to see.
#[must_use]
pub fn never() -> v1::trigger::Kind {
    every(Duration::from_secs(365 * 86_400))
}

/// A POST to `url`.
#[must_use]
pub fn http(url: &str) -> v1::target::Kind {
    let url = url.to_owned();
    v1::target::Kind::Http(v1::HttpTarget { url, ..v1::HttpTarget::default() })
}

/// A run for a worker of `queue` whose handler calls the sink.
#[must_use]
pub fn worker(queue: &str) -> v1::target::Kind {
    for_handler(queue, crate::worker::HANDLER)
}

/// A run for a handler of a worker of `queue`.
#[must_use]
pub fn for_handler(queue: &str, handler: &str) -> v1::target::Kind {
    let (queue, handler) = (queue.to_owned(), handler.to_owned());
    v1::target::Kind::Worker(v1::WorkerTarget { queue, handler, payload: None })
}

/// Nothing.
#[must_use]
pub fn noop() -> v1::target::Kind {
    v1::target::Kind::Noop(v1::NoopTarget {})
}

/// The same job with its policy changed.
#[must_use]
pub fn with_policy(mut job: v1::Job, change: impl FnOnce(&mut v1::Policy)) -> v1::Job {
    change(job.policy.get_or_insert_default());
    job
}

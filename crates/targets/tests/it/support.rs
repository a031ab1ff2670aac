//! Attempts, targets and waiting.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::address::AddressPolicy;
use bellwether_domain::{
    AttemptEnd, AttemptReport, Covers, Epoch, HttpTarget, JobId, JobKey, JobUid, Namespace,
    Partition, Run, RunCause, RunDraft, RunId, RunState, Target, Timestamp,
};
use bellwether_engine::{Attempt, Execution};
use bellwether_targets::{Lookup, Targets, TargetsConfig};

/// 2026-03-01T12:00:00.250Z.
pub(crate) const FIRE_TIME: Timestamp = Timestamp::from_millis(1_772_366_400_250);

/// A failure that may be tried again, with no wait asked for.
pub(crate) const RETRYABLE: AttemptEnd = AttemptEnd::Failed { retryable: true, retry_after: None };
/// A failure that stays one.
pub(crate) const FINAL: AttemptEnd = AttemptEnd::Failed { retryable: false, retry_after: None };

/// The first attempt of a run, begun a second after its fire time.
pub(crate) fn attempt(target: HttpTarget) -> Attempt {
    let partition = Partition(3);
    let uid = JobUid("0198f4a0-0000-7000-8000-000000000001".parse().expect("a UUID"));
    let draft = RunDraft {
        id: RunId::scheduled(partition, uid, FIRE_TIME),
        job: JobKey {
            namespace: Namespace::new("billing").expect("a namespace"),
            id: JobId::new("invoices/nightly").expect("an id"),
        },
        uid,
        fire_time: FIRE_TIME,
        cause: RunCause::Schedule,
        covers: Covers::only(FIRE_TIME),
        start_after: FIRE_TIME,
        timeout: Duration::from_secs(3600),
        payload: None,
    };
    let run = Run {
        draft,
        state: RunState::RUNNING,
        attempt: 1,
        lost: 0,
        epoch: Epoch(7),
        claimed: FIRE_TIME,
        started: Some(FIRE_TIME.saturating_add(Duration::from_secs(1))),
        ended: None,
        report: AttemptReport::default(),
    };
    Attempt {
        run,
        target: Target::Http(target),
        longest_wait: Duration::from_secs(300),
        trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
        span_id: "00f067aa0ba902b7".to_owned(),
    }
}

/// A `POST` without a body.
pub(crate) fn post(url: impl Into<String>) -> HttpTarget {
    HttpTarget {
        url: url.into(),
        method: "POST".to_owned(),
        headers: BTreeMap::new(),
        body: None,
        signing_secret: None,
    }
}

/// Loopback allowed, as the servers are there.
pub(crate) fn config() -> TargetsConfig {
    TargetsConfig::new(AddressPolicy { loopback: true, ..AddressPolicy::default() })
}

pub(crate) fn targets(config: TargetsConfig) -> Targets {
    // Whichever test comes first installs it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Targets::new(config).expect("a provider is installed")
}

/// The code of an execution's error; empty when it has none.
pub(crate) fn code(execution: &Execution) -> &str {
    execution.report.error.as_ref().map_or("", |error| &error.code)
}

/// The message of an execution's error; empty when it has none.
pub(crate) fn message(execution: &Execution) -> &str {
    execution.report.error.as_ref().map_or("", |error| &error.message)
}

/// Waits for `what`, at most for as long as nothing on loopback takes.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(20), future).await {
        Ok(done) => done,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// A lookup that gives its answers in order, the last one again and again, and counts them.
#[derive(Debug)]
pub(crate) struct Answers {
    answers: Vec<Vec<IpAddr>>,
    given: AtomicUsize,
}

impl Answers {
    pub(crate) fn new(answers: &[&[&str]]) -> Self {
        let parse = |texts: &&[&str]| {
            texts.iter().map(|text| text.parse().expect("an address")).collect::<Vec<_>>()
        };
        Self { answers: answers.iter().map(parse).collect(), given: AtomicUsize::new(0) }
    }

    pub(crate) fn given(&self) -> usize {
        self.given.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Lookup for Answers {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let nth = self.given.fetch_add(1, Ordering::SeqCst);
        let last = self.answers.len().checked_sub(1).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.answers[nth.min(last)].clone())
    }
}

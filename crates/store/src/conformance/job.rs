//! A job as the cases know it, and what is sent about it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use bellwether_domain::plan::{Admission, Claim, PlannedFire, Verdict};
use bellwether_domain::trigger::{IntervalSpec, TriggerKind};
use bellwether_domain::{
    AttemptReport, Covers, Definition, EndState, Etag, FirePoint, HandlerName, JobId, JobKey,
    JobSpec, JobUid, Namespace, NextStep, Payload, PolicySpec, Priority, QueueName, Run, RunCause,
    RunDraft, RunId, Target, Timestamp,
};
use uuid::Uuid;

use super::bed::{LONG, Node, PARTITION, new_etag};
use crate::{
    AdmitRun, CancelRun, Change, ChangeJob, ClaimItem, DeleteJob, Dropped, Finish, InsertJob, Keep,
    Lane, Leased, NextPoint, Promote, ReadyKey, Take,
};

/// A job that fires every second from ten minutes ago on. Its fires are numbered from 0.
#[derive(Clone)]
pub(crate) struct TestJob {
    pub(crate) definition: Definition,
    pub(crate) etag: Etag,
    pub(crate) max_instances: u32,
    /// Runs that may wait beside those.
    pub(crate) queue: u32,
    pub(crate) keep: Keep,
    pub(crate) ready: ReadyKey,
    pub(crate) timeout: Duration,
    /// Under REPLACE, how long an attempt has to end that makes way.
    pub(crate) replaces: Option<Duration>,
    first: Timestamp,
}

impl TestJob {
    pub(crate) fn new(id: &str, now: Timestamp) -> Self {
        let interval = IntervalSpec {
            every: Duration::from_secs(1),
            anchor: Some(now.saturating_sub(Duration::from_secs(600))),
            fire_immediately: false,
        };
        let definition = Definition {
            key: key("default", id),
            uid: JobUid(Uuid::now_v7()),
            created: now,
            spec: JobSpec {
                description: String::new(),
                labels: BTreeMap::new(),
                trigger: TriggerKind::Interval(interval).into(),
                target: Target::Noop,
                policy: PolicySpec::default(),
            },
        };
        Self {
            definition,
            etag: new_etag(),
            max_instances: 1,
            queue: 0,
            keep: Keep { succeeded: 20, others: 20 },
            ready: ReadyKey { lane: Lane::Node, priority: Priority::Normal },
            timeout: Duration::from_secs(3600),
            replaces: None,
            first: now.saturating_sub(Duration::from_secs(600)),
        }
    }

    pub(crate) fn in_namespace(mut self, namespace: &str) -> Self {
        self.definition.key.namespace = Namespace::new(namespace).expect("a valid namespace");
        self
    }

    pub(crate) fn max_instances(self, max_instances: u32) -> Self {
        Self { max_instances, ..self }
    }

    pub(crate) fn queueing(self, queue: u32) -> Self {
        Self { queue, ..self }
    }

    pub(crate) fn replacing(self, grace: Duration) -> Self {
        Self { replaces: Some(grace), ..self }
    }

    pub(crate) fn keeping(self, succeeded: u32, others: u32) -> Self {
        Self { keep: Keep { succeeded, others }, ..self }
    }

    pub(crate) fn with_priority(mut self, priority: Priority) -> Self {
        self.ready.priority = priority;
        self
    }

    pub(crate) fn for_workers(mut self, queue: &str) -> Self {
        let namespace = self.definition.key.namespace.clone();
        let queue = QueueName::new(queue).expect("a valid name");
        let handler = HandlerName::new("work").expect("a valid name");
        self.ready.lane = Lane::Queue { namespace, queue, handler };
        self
    }

    pub(crate) fn key(&self) -> &JobKey {
        &self.definition.key
    }

    pub(crate) fn uid(&self) -> JobUid {
        self.definition.uid
    }

    /// The fire time of this number: a whole second each.
    pub(crate) fn fire_time(&self, fire: u32) -> Timestamp {
        self.first.saturating_add(Duration::from_secs(fire.into()))
    }

    /// The number of a fire time.
    pub(crate) fn fire_of(&self, fire_time: Timestamp) -> u32 {
        u32::try_from(fire_time.since(self.first).as_secs()).unwrap_or(u32::MAX)
    }

    /// The point of this number. It became due 250 ms after its fire time.
    pub(crate) fn point(&self, fire: u32) -> FirePoint {
        let fire_time = self.fire_time(fire);
        FirePoint { fire_time, start_after: fire_time.saturating_add(Duration::from_millis(250)) }
    }

    /// A point that is not due for an hour.
    pub(crate) fn far_point(&self) -> FirePoint {
        self.point(4_200)
    }

    pub(crate) fn run_id(&self, fire: u32) -> RunId {
        RunId::scheduled(PARTITION, self.uid(), self.fire_time(fire))
    }

    pub(crate) fn draft(&self, fire: u32) -> RunDraft {
        let FirePoint { fire_time, start_after } = self.point(fire);
        RunDraft {
            id: self.run_id(fire),
            job: self.key().clone(),
            uid: self.uid(),
            fire_time,
            cause: RunCause::Schedule,
            covers: Covers::only(fire_time),
            start_after,
            timeout: self.timeout,
            payload: None,
        }
    }

    pub(crate) fn admission(&self) -> Admission {
        let places = self.max_instances + self.queue;
        Admission {
            max_instances: self.max_instances,
            places,
            continues: false,
            replaces: self.replaces,
        }
    }

    /// Creates the job, due at once by its fire 0.
    pub(crate) fn insert(&self) -> InsertJob {
        InsertJob {
            definition: self.definition.clone(),
            etag: self.etag,
            next: self.point(0),
            due_at_once: true,
            reply: None,
        }
    }

    /// Claims one fire; the next one is due as well.
    pub(crate) fn claim(&self, fire: u32) -> ClaimItem {
        self.claim_all(fire..fire + 1)
    }

    /// Claims fires, each for a run of its own; the one behind them is due as well.
    pub(crate) fn claim_all(&self, fires: Range<u32>) -> ClaimItem {
        let planned = fires
            .clone()
            .map(|fire| PlannedFire { draft: self.draft(fire), verdict: Verdict::Run });
        let claim = Claim {
            key: self.key().clone(),
            uid: self.uid(),
            etag: self.etag,
            expected: self.point(fires.start),
            last_fire: self.fire_time(fires.end - 1),
            next: Some(self.point(fires.end)),
            catching_up: false,
            max_fires: None,
            admission: self.admission(),
            fires: planned.collect(),
        };
        ClaimItem { claim, ready: self.ready.clone(), keep: self.keep }
    }

    /// The end of a leased attempt.
    pub(crate) fn finish(&self, leased: &Leased, step: NextStep) -> Finish {
        Finish {
            run: leased.run.draft.id,
            attempt: leased.run.attempt,
            owner: leased.owner,
            job: self.key().clone(),
            uid: self.uid(),
            step,
            report: AttemptReport { node: "n1".into(), ..AttemptReport::default() },
            max_instances: self.max_instances,
            ready: self.ready.clone(),
            keep: self.keep,
            failures: None,
        }
    }

    pub(crate) fn success(&self, leased: &Leased) -> Finish {
        self.finish(leased, NextStep::End(EndState::Succeeded))
    }

    /// A take from the job's list by a node.
    pub(crate) fn take(&self, most: u32, node: &Node) -> Take {
        Take { ready: self.ready.clone(), most, owner: node.boot.into() }
    }

    pub(crate) fn promote(&self, fire: u32) -> Promote {
        Promote { run: self.run_id(fire), ready: self.ready.clone() }
    }

    /// A change of the job from its state after creation, without a word on its next point.
    pub(crate) fn change(&self, change: Change) -> ChangeJob {
        ChangeJob {
            key: self.key().clone(),
            expected: self.etag,
            expected_last: None,
            expected_next: Some(self.fire_time(0)),
            etag: new_etag(),
            change,
            next: NextPoint::Keep,
            dropped: None,
            relist: None,
            reply: None,
        }
    }

    /// The record of the fires from 0 to `last`, which a change drops.
    pub(crate) fn dropped(&self, last: u32, reason: &str) -> Dropped {
        let covers = Covers { first: self.fire_time(0), last: self.fire_time(last), others: last };
        let draft = RunDraft { covers, ..self.draft(last) };
        Dropped { draft, reason: reason.to_owned(), keep: self.keep }
    }

    pub(crate) fn delete(&self) -> DeleteJob {
        DeleteJob { key: self.key().clone(), expected: self.etag, uid: self.uid(), reply: None }
    }

    /// Cancels a run as it was read.
    pub(crate) fn cancel(&self, run: &Run) -> CancelRun {
        CancelRun {
            run: run.draft.id,
            job: self.key().clone(),
            uid: self.uid(),
            attempt: run.attempt,
            report: AttemptReport { reason: "enough".into(), ..run.report.clone() },
            grace: LONG,
            max_instances: self.max_instances,
            ready: self.ready.clone(),
            keep: self.keep,
            request: None,
        }
    }

    /// A run that a client asks for now.
    pub(crate) fn admit(&self, payload: Option<Payload>) -> AdmitRun {
        let id = RunId { partition: PARTITION, uuid: Uuid::new_v4() };
        AdmitRun {
            draft: RunDraft { id, cause: RunCause::Manual, payload, ..self.draft(0) },
            expected: self.etag,
            admission: self.admission(),
            ready: self.ready.clone(),
            keep: self.keep,
            request: None,
        }
    }
}

/// A key of these parts.
pub(crate) fn key(namespace: &str, id: &str) -> JobKey {
    JobKey {
        namespace: Namespace::new(namespace).expect("a valid namespace"),
        id: JobId::new(id).expect("a valid id"),
    }
}

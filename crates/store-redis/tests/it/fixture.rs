//! Jobs, claims and finishes as tests need them.

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_domain::plan::{Admission, Claim, PlannedFire, Verdict};
use bellwether_domain::trigger::{IntervalSpec, TriggerKind, TriggerSpec};
use bellwether_domain::{
    AttemptReport, BootId, Covers, Definition, EndState, Epoch, Etag, FirePoint, JobKey, JobSpec,
    JobUid, NextStep, Partition, PartitionCount, Policy, PolicySpec, Priority, RunCause, RunDraft,
    RunId, Target, Timestamp,
};
use bellwether_store::{
    Acquired, ClaimItem, ClusterStore as _, DeleteJob, Finish, InsertJob, JobStore as _, Keep,
    Lane, LeaseStore as _, LeaseToken, Leased, Peek, ReadyKey, Seq, Turn, TurnReply,
    TurnStore as _, Write,
};
use bellwether_store_redis::RedisStore;
use uuid::Uuid;

pub(crate) const P0: Partition = Partition(0);
pub(crate) const NODE: ReadyKey = ReadyKey { lane: Lane::Node, priority: Priority::Normal };

/// A node that leads the only partition of its cluster.
pub(crate) struct Leader {
    pub(crate) store: RedisStore,
    pub(crate) boot: BootId,
    pub(crate) token: LeaseToken,
    pub(crate) seq: u64,
}

impl Leader {
    pub(crate) async fn of(store: RedisStore) -> Self {
        store.open(PartitionCount::new(1)).await.expect("a new cluster");
        let boot = BootId(Uuid::now_v7());
        let acquired = store.acquire(P0, boot, Duration::from_secs(60), Epoch(0)).await;
        let Acquired::Leader(token) = acquired.expect("the store answers") else {
            panic!("the lease is free")
        };
        store.register(P0, boot, Seq(0)).await.expect("the store answers");
        Self { store, boot, token, seq: 0 }
    }

    /// The next turn, under the lease.
    pub(crate) async fn turn(&mut self, turn: Turn) -> TurnReply {
        self.seq += 1;
        let turn = Turn { lease: Some(self.token), ..turn };
        self.store.turn(P0, self.boot, Seq(self.seq), &turn).await.expect("the turn is answered")
    }

    /// A job that is due since a second.
    pub(crate) async fn insert_due(&self, id: &str) -> InsertJob {
        let now = self.store.now().await.expect("the store answers");
        let insert = job(id, now.saturating_sub(Duration::from_secs(1)));
        let write = self.store.insert_job(&insert).await.expect("the store answers");
        assert_eq!(write, Write::Done);
        insert
    }

    pub(crate) async fn peek(&self) -> Peek {
        self.store.peek(P0, None, 100).await.expect("the store answers")
    }
}

/// A job to insert, due at `fire_time`.
pub(crate) fn job(id: &str, fire_time: Timestamp) -> InsertJob {
    let spec = JobSpec {
        description: String::new(),
        labels: BTreeMap::new(),
        trigger: TriggerSpec {
            kind: TriggerKind::Interval(IntervalSpec {
                every: Duration::from_secs(1),
                anchor: None,
                fire_immediately: true,
            }),
            start_time: None,
            end_time: None,
        },
        target: Target::Noop,
        policy: PolicySpec::default(),
    };
    let key = key(id);
    let definition = Definition { key, uid: JobUid(Uuid::now_v7()), created: fire_time, spec };
    let next = FirePoint { fire_time, start_after: fire_time };
    InsertJob { definition, etag: etag(1), next, due_at_once: true, reply: None }
}

pub(crate) fn key(id: &str) -> JobKey {
    format!("default/{id}").parse().expect("a good key")
}

pub(crate) fn etag(number: u64) -> Etag {
    Etag(number.to_be_bytes())
}

/// The claim of the due fire time of a job as it was inserted.
pub(crate) fn claim(insert: &InsertJob) -> ClaimItem {
    let next = insert.next.fire_time.saturating_add(Duration::from_secs(1));
    claim_at(insert, insert.next.fire_time, next)
}

/// The claim of `fire_time`, which moves the job on to `next`.
pub(crate) fn claim_at(insert: &InsertJob, fire_time: Timestamp, next: Timestamp) -> ClaimItem {
    let definition = &insert.definition;
    let policy = Policy::default();
    let point = |at| FirePoint { fire_time: at, start_after: at };
    let draft = RunDraft {
        id: RunId::scheduled(P0, definition.uid, fire_time),
        job: definition.key.clone(),
        uid: definition.uid,
        fire_time,
        cause: RunCause::Schedule,
        covers: Covers::only(fire_time),
        start_after: fire_time,
        timeout: policy.timeout,
        payload: None,
    };
    let claim = Claim {
        key: definition.key.clone(),
        uid: definition.uid,
        etag: insert.etag,
        expected: point(fire_time),
        last_fire: fire_time,
        next: Some(point(next)),
        catching_up: false,
        max_fires: None,
        admission: Admission::new(&policy, false),
        fires: vec![PlannedFire { draft, verdict: Verdict::Run }],
    };
    ClaimItem { claim, ready: NODE, keep: Keep::of(&policy) }
}

/// The end of an attempt.
pub(crate) fn finish(leased: &Leased, step: NextStep) -> Finish {
    let draft = &leased.run.draft;
    Finish {
        run: draft.id,
        attempt: leased.run.attempt,
        owner: leased.owner,
        job: draft.job.clone(),
        uid: draft.uid,
        step,
        report: AttemptReport { node: "n1".to_owned(), ..AttemptReport::default() },
        max_instances: 1,
        ready: NODE,
        keep: Keep::of(&Policy::default()),
        failures: None,
    }
}

pub(crate) fn succeeded(leased: &Leased) -> Finish {
    finish(leased, NextStep::End(EndState::Succeeded))
}

/// The removal of a job as it was inserted.
pub(crate) fn delete(insert: &InsertJob) -> DeleteJob {
    DeleteJob {
        key: insert.definition.key.clone(),
        expected: insert.etag,
        uid: insert.definition.uid,
        reply: None,
    }
}

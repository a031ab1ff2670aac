//! Two stores to which the same is done.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{
    BootId, Epoch, JobKey, JobStatus, PartitionCount, RequestId, RunState, Timestamp,
};
use proptest::prop_assert_eq;
use proptest::test_runner::TestCaseError;
use uuid::Uuid;

use super::op::{JOBS, NODES, Op};
use super::view;
use crate::clock::SystemClock;
use crate::conformance::bed::{LONG, PARTITION, eventually};
use crate::conformance::job::TestJob;
use crate::memory::MemoryStore;
use crate::{Acquired, EventCursor, LeaseToken, Leased, Seq, Store, Turn};

/// How long anything is delayed, and the grace of what is cancelled.
pub(super) const DELAY: Duration = Duration::from_millis(1);

/// What is delayed by more than this is not waited for.
const FAR: Duration = Duration::from_millis(500);

/// Whether the stores agreed.
pub(super) type Checked = Result<(), TestCaseError>;

/// A store, and what it gave out that the other has its own of.
pub(super) struct Side {
    pub(super) store: Arc<dyn Store>,
    pub(super) tokens: [Option<LeaseToken>; NODES],
    /// The tokens before those.
    pub(super) old_tokens: [Option<LeaseToken>; NODES],
    cursor: Option<EventCursor>,
}

/// A node's lane.
pub(super) struct NodeLane {
    pub(super) boot: BootId,
    pub(super) seq: Seq,
    /// The latest turn, without a lease.
    pub(super) latest: Turn,
    /// That one rested on an old token.
    pub(super) old_token: bool,
}

/// An attempt that was leased at some time.
pub(super) struct Known {
    pub(super) job: TestJob,
    pub(super) leased: Leased,
}

/// The store under test, the model, and what the operations refer to.
pub(super) struct World {
    pub(super) sides: [Side; 2],
    pub(super) lanes: [NodeLane; NODES],
    /// The latest incarnation of each job, whether it is there or not.
    pub(super) jobs: [TestJob; JOBS],
    /// All incarnations that were ever there.
    pub(super) incarnations: Vec<TestJob>,
    pub(super) known: Vec<Known>,
    pub(super) start: Timestamp,
    made: u128,
}

/// Makes the same call on both stores and compares what they answer, as `$view` shows it. Yields
/// what the store under test answered.
macro_rules! both {
    ($world:expr, $view:expr, |$side:ident| $call:expr) => {{
        let $side = &$world.sides[0];
        let tested = $view($call.await.expect("the store answers"));
        let $side = &$world.sides[1];
        let model = $view($call.await.expect("the model answers"));
        proptest::prop_assert_eq!(&tested, &model, "left the store, right the model");
        tested
    }};
}
pub(super) use both;

impl World {
    pub(super) async fn new(tested: Arc<dyn Store>) -> Self {
        let model: Arc<dyn Store> = Arc::new(MemoryStore::new(Arc::new(SystemClock)));
        let start = model.now().await.expect("the model tells its time");
        for store in [&tested, &model] {
            store.open(PartitionCount::new(1)).await.expect("an empty store opens");
        }
        let side =
            |store| Side { store, tokens: [None; NODES], old_tokens: [None; NODES], cursor: None };
        let lane = |number: u128| NodeLane {
            boot: BootId(Uuid::from_u128(0xb007 + number)),
            seq: Seq(0),
            latest: Turn::default(),
            old_token: false,
        };
        Self {
            sides: [side(tested), side(model)],
            lanes: [lane(0), lane(1)],
            jobs: std::array::from_fn(|n| TestJob::new(&format!("j{n}"), start)),
            incarnations: Vec::new(),
            known: Vec::new(),
            start,
            made: 0,
        }
    }

    /// Both nodes are there and one of them leads, so that not every history has to find that out.
    pub(super) async fn begin(&mut self) -> Checked {
        for node in 0..NODES {
            self.register(node, 0).await?;
        }
        self.acquire(0).await
    }

    pub(super) async fn play(&mut self, op: &Op) -> Checked {
        match op {
            Op::Insert { job, shape, request } => self.insert(*job, shape, *request).await,
            Op::Change { job, change, next, drops, stale } => {
                self.change(*job, *change, *next, *drops, *stale).await
            }
            Op::Delete { job, stale, request } => self.delete(*job, *stale, *request).await,
            Op::Admit { job, stale, request } => self.admit(*job, *stale, *request).await,
            Op::Cancel { job, run, stale, request } => {
                self.cancel(*job, *run, *stale, *request).await
            }
            Op::EndCancelled { node, ends } => self.end_cancelled(*node, *ends).await,
            Op::Acquire { node } => self.acquire(*node).await,
            Op::Renew { node } => self.renew(*node).await,
            Op::Release { node } => self.release(*node).await,
            Op::Register { node, above } => self.register(*node, *above).await,
            Op::Turn { node, turn } => self.turn(*node, turn).await,
            Op::Resend { node, back } => self.resend(*node, *back).await,
            Op::Sweep { node, stale } => self.sweep(*node, *stale).await,
            Op::Reap { node, dead, finishes } => self.reap(*node, *dead, finishes).await,
        }
    }

    /// Compares all that can be read.
    pub(super) async fn compare(&mut self) -> Checked {
        self.wait_for_delays().await;
        let keys: Vec<JobKey> = self.jobs.iter().map(|job| job.key().clone()).collect();
        both!(self, view::jobs, |side| side.store.read_jobs(PARTITION, &keys));
        let ttl = Duration::ZERO;
        both!(self, view::same, |side| side.store.finished_jobs(PARTITION, None, 99, ttl));
        both!(self, view::jobs_there, |side| side.store.list_jobs(PARTITION, None, None, 99));
        both!(self, view::attempts, |side| side.store.attempts(PARTITION));
        both!(self, view::cancels, |side| side.store.cancels(&[PARTITION]));
        both!(self, view::boots, |side| side.store.registered(PARTITION));
        both!(self, view::leases, |side| side.store.leases(&[PARTITION]));
        let mut pending = BTreeSet::new();
        for job in &self.incarnations {
            let runs = both!(self, view::runs, |side| side.store.list_runs(PARTITION, job.uid()));
            let waits = runs.iter().filter(|run| run.state == RunState::PENDING);
            pending.extend(waits.map(|run| run.draft.id));
        }
        let peek = |peek| view::peek(peek, &pending);
        both!(self, peek, |side| side.store.peek(PARTITION, None, 99));
        both!(self, view::events, |side| side.store.events(PARTITION, side.cursor.as_ref(), 999));
        for side in &mut self.sides {
            let new = side.store.events(PARTITION, side.cursor.as_ref(), 999).await;
            let new = new.expect("the store answers");
            side.cursor = new.last().map(|event| event.cursor.clone()).or(side.cursor.take());
        }
        Ok(())
    }

    /// Every delay is of a millisecond.
    async fn wait_for_delays(&self) {
        for side in &self.sides {
            eventually("all delays are over", || async {
                let peek = side.store.peek(PARTITION, None, 99).await.expect("the store answers");
                let far = peek.now.saturating_add(FAR);
                peek.head.delayed.is_none_or(|at| at > far).then_some(())
            })
            .await;
        }
    }

    async fn acquire(&mut self, node: usize) -> Checked {
        let boot = self.lanes[node].boot;
        let mut outcomes = Vec::new();
        for side in &mut self.sides {
            let acquired = side.store.acquire(PARTITION, boot, LONG, Epoch(0)).await;
            outcomes.push(match acquired.expect("the store answers") {
                Acquired::Leader(token) => {
                    side.old_tokens[node] = side.tokens[node].replace(token);
                    Ok(token.owner)
                }
                Acquired::Held(lease) => Err(view::lease(lease)),
            });
        }
        prop_assert_eq!(&outcomes[0], &outcomes[1], "left the store, right the model");
        Ok(())
    }

    async fn renew(&self, node: usize) -> Checked {
        if self.sides[0].tokens[node].is_some() {
            both!(self, view::same, |side| side.store.renew(side.token(node), LONG));
        }
        Ok(())
    }

    async fn release(&self, node: usize) -> Checked {
        if self.sides[0].tokens[node].is_some() {
            both!(self, view::same, |side| side.store.release(side.token(node)));
        }
        Ok(())
    }

    /// How the job stands, if it is there.
    pub(super) async fn status(&self, job: usize) -> Option<JobStatus> {
        let keys = [self.jobs[job].key().clone()];
        let jobs = self.sides[1].store.read_jobs(PARTITION, &keys).await;
        let job = jobs.expect("the model answers").pop().flatten();
        job.map(|job| job.status)
    }

    /// A uuid that was not there before; the same in a history that is played again.
    pub(super) fn new_uuid(&mut self) -> Uuid {
        self.made += 1;
        Uuid::from_u128(0x1000_0000 + self.made)
    }

    /// Another version.
    pub(super) fn new_etag(&mut self) -> bellwether_domain::Etag {
        let number = self.new_uuid().as_u128();
        bellwether_domain::Etag(u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes())
    }
}

impl Side {
    /// The node's token, which must have been given out.
    pub(super) fn token(&self, node: usize) -> LeaseToken {
        self.tokens[node].expect("both stores gave out a token, or none did")
    }
}

/// The request of this number, of those to jobs or of those to runs.
pub(super) fn request(kind: u128, number: usize) -> RequestId {
    RequestId(Uuid::from_u128(kind * 1_000 + number as u128))
}

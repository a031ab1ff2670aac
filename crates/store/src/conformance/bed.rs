//! Where a case takes place: a store with one partition, and the nodes that speak to it.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bellwether_domain::{
    BootId, Epoch, Etag, Job, JobKey, JobUid, Partition, PartitionCount, RequestId, Run, RunId,
    Timestamp,
};
use uuid::Uuid;

use super::job::TestJob;
use crate::{
    Acquired, ClaimItem, ClaimReply, Event, Finish, FinishReply, InsertJob, LeaseToken, Leased,
    Promote, ReadyKey, RunRequest, Seq, Store, Take, Turn, TurnError, TurnReply, Write,
};

/// How long a case waits for what time brings before it fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// A lease that outlives its case.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The one partition of every case.
pub(crate) const PARTITION: Partition = Partition(0);

/// A store with one partition.
pub(crate) struct Bed {
    pub(crate) store: Arc<dyn Store>,
    /// The store's time as the case began.
    pub(crate) start: Timestamp,
}

impl Bed {
    pub(crate) async fn new(store: Arc<dyn Store>) -> Self {
        store.open(PartitionCount::new(1)).await.expect("an empty store opens");
        let start = store.now().await.expect("the store tells its time");
        Self { store, start }
    }

    /// A job of this name in the namespace `default`, due for ten minutes, every second. It is not
    /// stored yet; [`Self::store`] does that.
    pub(crate) fn job(&self, id: &str) -> TestJob {
        TestJob::new(id, self.start)
    }

    /// Stores a job.
    pub(crate) async fn given(&self, job: TestJob) -> TestJob {
        let write = self.store.insert_job(&job.insert()).await.expect("the store answers");
        assert_eq!(write, Write::Done, "{} is stored", job.key());
        job
    }

    pub(crate) async fn insert(&self, insert: &InsertJob) -> Write {
        self.store.insert_job(insert).await.expect("the store answers")
    }

    /// A registered node that does not lead.
    pub(crate) async fn node(&self) -> Node {
        let boot = BootId(Uuid::now_v7());
        self.store.register(PARTITION, boot, Seq(0)).await.expect("the store answers");
        Node { store: Arc::clone(&self.store), boot, seq: Seq(0), lease: None }
    }

    /// A registered node that leads.
    pub(crate) async fn leader(&self) -> Node {
        let mut node = self.node().await;
        node.lead().await;
        node
    }

    /// The job as it is stored.
    pub(crate) async fn find(&self, key: &JobKey) -> Option<Job> {
        self.store.read_job(key, None).await.expect("the store answers").job
    }

    /// The job, which is there.
    pub(crate) async fn read(&self, job: &TestJob) -> Job {
        self.find(job.key()).await.unwrap_or_else(|| panic!("{} is gone", job.key()))
    }

    /// The runs of a job, unfinished ones and history.
    pub(crate) async fn runs(&self, uid: JobUid) -> Vec<Run> {
        self.store.list_runs(PARTITION, uid).await.expect("the store answers")
    }

    /// A run, unfinished or in its job's history.
    pub(crate) async fn run(&self, job: &TestJob, id: RunId) -> Option<Run> {
        self.store.read_run(job.uid(), id).await.expect("the store answers")
    }

    /// A run that is there.
    pub(crate) async fn run_of(&self, job: &TestJob, fire: u32) -> Run {
        let run = self.run(job, job.run_id(fire)).await;
        run.unwrap_or_else(|| panic!("the run of fire {fire} is gone"))
    }

    /// Every event so far.
    pub(crate) async fn events(&self) -> Vec<Event> {
        self.store.events(PARTITION, None, 10_000).await.expect("the store answers")
    }

    /// How many attempts are leased.
    pub(crate) async fn attempts(&self) -> Vec<crate::AttemptRecord> {
        self.store.attempts(PARTITION).await.expect("the store answers")
    }

    /// The jobs that are due, by id.
    pub(crate) async fn due(&self) -> Vec<String> {
        let peek = self.store.peek(PARTITION, None, 1_000).await.expect("the store answers");
        peek.due.iter().map(|entry| entry.key.id.to_string()).collect()
    }
}

/// A node that speaks to the partition through its lane.
pub(crate) struct Node {
    store: Arc<dyn Store>,
    pub(crate) boot: BootId,
    pub(crate) seq: Seq,
    pub(crate) lease: Option<LeaseToken>,
}

impl Node {
    /// Takes the lease, which must be free.
    pub(crate) async fn lead(&mut self) -> LeaseToken {
        let acquired = self.store.acquire(PARTITION, self.boot, LONG, Epoch(0)).await;
        let Acquired::Leader(token) = acquired.expect("the store answers") else {
            panic!("the lease is another's");
        };
        self.lease = Some(token);
        token
    }

    /// Gives the lease back. The node goes on believing that it leads.
    pub(crate) async fn be_deposed(&self) {
        let token = self.lease.expect("the node leads");
        assert!(self.store.release(token).await.expect("the store answers"));
    }

    /// The next turn of the lane, with whatever lease the node believes to hold.
    pub(crate) async fn turn(&mut self, turn: Turn) -> TurnReply {
        self.try_turn(turn).await.expect("the turn is answered")
    }

    /// The next turn of the lane, or why it was refused.
    pub(crate) async fn try_turn(&mut self, turn: Turn) -> Result<TurnReply, TurnError> {
        self.seq = Seq(self.seq.0 + 1);
        self.same_turn(turn).await
    }

    /// A turn with the number of the latest one.
    pub(crate) async fn same_turn(&self, turn: Turn) -> Result<TurnReply, TurnError> {
        let turn = Turn { lease: self.lease, ..turn };
        self.store.turn(PARTITION, self.boot, self.seq, &turn).await
    }

    /// Claims with `free` slots.
    pub(crate) async fn claim(&mut self, free: u32, claims: &[ClaimItem]) -> TurnReply {
        self.turn(Turn { claims: claims.to_vec(), free, ..Turn::default() }).await
    }

    /// Claims one fire of a job and starts its run at once.
    pub(crate) async fn start(&mut self, job: &TestJob, fire: u32) -> Leased {
        let mut reply = self.claim(1, &[job.claim(fire)]).await;
        assert!(matches!(reply.claims[..], [ClaimReply::Done(_)]), "{:?}", reply.claims);
        reply.leased.pop().expect("the run of an idle job starts at once")
    }

    /// Claims fires of a job and leaves their runs on the ready list.
    pub(crate) async fn claim_only(&mut self, claim: ClaimItem) -> ClaimReply {
        let mut reply = self.claim(0, &[claim]).await;
        assert_eq!(reply.leased, [], "without a slot nothing is leased");
        reply.claims.pop().expect("one reply for one claim")
    }

    /// Hands in the end of an attempt.
    pub(crate) async fn finish(&mut self, finish: Finish) -> FinishReply {
        let reply = self.turn(Turn { finishes: vec![finish], ..Turn::default() }).await;
        reply.finishes[0]
    }

    /// Takes up to `most` runs from one list.
    pub(crate) async fn take(&mut self, ready: &ReadyKey, most: u32) -> Vec<Leased> {
        let take = Take { ready: ready.clone(), most, owner: self.boot.into() };
        self.turn(Turn { takes: vec![take], free: most, ..Turn::default() }).await.leased
    }

    /// Readies a delayed run.
    pub(crate) async fn promote(&mut self, promote: Promote) {
        self.turn(Turn { promotes: vec![promote], ..Turn::default() }).await;
    }
}

/// Waits until `probe` finds something, and fails with `what` when it does not in time.
pub(crate) async fn eventually<T, F>(what: &str, mut probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A version that no other write has.
pub(crate) fn new_etag() -> Etag {
    let mut bits = [0; 8];
    bits.copy_from_slice(&Uuid::new_v4().as_bytes()[..8]);
    Etag(bits)
}

/// A request that nobody made before.
pub(crate) fn new_request() -> RequestId {
    RequestId(Uuid::new_v4())
}

/// A request for a run that nobody made before.
pub(crate) fn new_run_request() -> RunRequest {
    RunRequest { id: new_request(), fingerprint: [7; 8] }
}

/// The ids of the runs that were leased.
pub(crate) fn ids(leased: &[Leased]) -> Vec<RunId> {
    leased.iter().map(|leased| leased.run.draft.id).collect()
}

//! A worker says hello: a session is opened, or goes on here.
//!
//! No attempt changes hands when a session moves: it is the session's, wherever its stream is. What
//! this node has to find out is what the session holds. The store says what was leased to it, the
//! worker says what it has. An attempt that only the store knows was lost on its way, in a stream
//! that broke: it is ended at once, as lost, and another follows whatever `on_lost` says, since
//! nobody began it. It is not given back, which would free its number: whoever hosted the session
//! before may be giving it back at the same time, and must not meet the next attempt under the same
//! number. An attempt that only the worker knows is over, and the worker is told to end it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{
    AttemptReport, HandlerName, Namespace, NextStep, Owner, QueueName, Run, RunId, SessionId,
    Timestamp, WorkerId,
};
use bellwether_store::{AttemptRecord, OpenSession, StoreError, StreamNumber};
use futures::future::try_join_all;
use tokio::time::Instant;
use uuid::Uuid;

use super::held::{Held, Phase};
use super::host::WorkerHost;
use super::seat::{Seat, StreamEnd};
use super::subscription::Subscription;
use crate::boot_clock::BootInstant;
use crate::dispatch::Work;
use crate::internal_event::WorkerCame;
use crate::local::LocalPartition;

/// How many partitions are asked at once what a session holds.
const AT_ONCE: usize = 16;

/// What a worker says of itself, valid.
#[derive(Clone, Debug)]
pub struct Hello {
    /// What it is called.
    pub worker: WorkerId,
    /// The namespace whose queues it works on.
    pub namespace: Namespace,
    /// The session to resume; `None`: a new one.
    pub session: Option<SessionId>,
    /// The queues to take runs from.
    pub queues: Vec<QueueName>,
    /// The handlers that it knows; empty: every one.
    pub handlers: Vec<HandlerName>,
    /// How many runs it takes at once.
    pub capacity: u32,
    /// The attempts that it holds.
    pub held: Vec<(RunId, u32)>,
}

/// Why a worker is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The node is about to leave, or has only just begun.
    #[error("this node takes no workers now; connect to another")]
    NotNow,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WorkerHost {
    /// Lets a worker in.
    pub(super) async fn open(self: &Arc<Self>, hello: Hello) -> Result<Arc<Seat>, Refused> {
        if self.draining.is_cancelled() {
            return Err(Refused::NotNow);
        }
        let confirmed = BootInstant::now();
        let (session, stream, resumed) = self.open_session(&hello).await?;
        let serves = Subscription {
            namespace: hello.namespace,
            queues: hello.queues.into_iter().collect(),
            handlers: hello.handlers.into_iter().collect(),
        };
        let worker = hello.worker;
        let mut seat = Seat::new(session, stream, worker, serves, hello.capacity, confirmed);
        seat.resumed = resumed;
        let seat = Arc::new(seat);
        let before = self.seats.write().insert(session, Arc::clone(&seat));
        if let Some(before) = before {
            self.vacate(&before, Some(StreamEnd::Resumed));
        }
        let held: HashSet<_> = hello.held.into_iter().collect();
        let kept = match resumed {
            true => self.adopt_all(&seat, &held).await,
            false => Ok(HashSet::new()),
        };
        let kept = match kept {
            Ok(kept) => kept,
            Err(error) => {
                self.vacate(&seat, None);
                return Err(error.into());
            }
        };
        WorkerCame { session, worker: &seat.worker, resumed, kept: kept.len() }.emit();
        for (run, attempt) in held.difference(&kept) {
            seat.cancel(*run, *attempt);
        }
        seat.state.lock().open = true;
        if self.draining.is_cancelled() {
            seat.drain();
        }
        self.look_everywhere();
        Ok(seat)
    }

    /// The session, its stream's number, and whether it goes on from before.
    async fn open_session(
        &self,
        hello: &Hello,
    ) -> Result<(SessionId, StreamNumber, bool), StoreError> {
        let open = |session, resume| OpenSession {
            session,
            resume,
            host: self.boot,
            worker: hello.worker.clone(),
            namespace: hello.namespace.clone(),
        };
        if let Some(session) = hello.session
            && let Some(stream) = self.store.open_session(&open(session, true)).await?
        {
            return Ok((session, stream, true));
        }
        let session = SessionId(Uuid::now_v7());
        let stream = self.store.open_session(&open(session, false)).await?;
        Ok((session, stream.unwrap_or(StreamNumber(1)), false))
    }

    /// Finds out what the session holds. Which of `held` it does.
    async fn adopt_all(
        &self,
        seat: &Arc<Seat>,
        held: &HashSet<(RunId, u32)>,
    ) -> Result<HashSet<(RunId, u32)>, StoreError> {
        let (asked, now) = (Instant::now(), self.store.now().await?);
        let mut kept = HashSet::new();
        for locals in self.locals.chunks(AT_ONCE) {
            let adopt = locals.iter().map(|local| self.adopt(seat, local, held, asked, now));
            let some = try_join_all(adopt).await?;
            kept.extend(some.into_iter().flatten());
        }
        Ok(kept)
    }

    async fn adopt(
        &self,
        seat: &Seat,
        local: &LocalPartition,
        held: &HashSet<(RunId, u32)>,
        asked: Instant,
        now: Timestamp,
    ) -> Result<HashSet<(RunId, u32)>, StoreError> {
        let owner = Owner::from(seat.session);
        let attempts = self.store.attempts(local.partition).await?;
        let attempts: Vec<_> = attempts.into_iter().filter(|a| a.owner == owner).collect();
        let mut kept = HashSet::new();
        for (attempt, run, work) in self.read_runs(local, &attempts).await? {
            let key = (attempt.run, attempt.attempt);
            if !held.contains(&key) {
                self.end_unreceived(owner, &run, &work);
                continue;
            }
            let deadline = asked + attempt.deadline.since(now);
            let trace_id = run.report.trace_id.clone();
            let held = Held { run, work, deadline, trace_id, phase: Phase::UnderWay, cancel: None };
            seat.state.lock().held.insert(key, held);
            self.deadlines.add(deadline, (seat.session, key.0, key.1));
            kept.insert(key);
        }
        Ok(kept)
    }

    /// Ends an attempt that never reached its worker.
    pub(super) fn end_unreceived(&self, owner: Owner, run: &Run, work: &Work) {
        let step = NextStep::Again { after: Duration::ZERO, lost: true };
        let report = AttemptReport {
            node: self.node.clone(),
            reason: "the attempt was lost on its way to the worker".to_owned(),
            ..AttemptReport::default()
        };
        self.hand_in_step(owner, run, work, step, report);
    }

    /// The runs of `attempts`, and what is known of their jobs; those that ended meanwhile are left
    /// out.
    pub(super) async fn read_runs(
        &self,
        local: &LocalPartition,
        attempts: &[AttemptRecord],
    ) -> Result<Vec<(AttemptRecord, Run, Work)>, StoreError> {
        if attempts.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = attempts.iter().map(|attempt| attempt.run).collect();
        let runs = self.store.read_live_runs(local.partition, &ids).await?;
        let found: Vec<_> = attempts.iter().zip(runs).filter_map(|(a, r)| Some((*a, r?))).collect();
        let keys: HashSet<_> = found.iter().map(|(_, run)| run.draft.job.clone()).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        self.definitions.read(self.store.as_ref(), local.partition, &keys).await?;
        let same = |(attempt, run): &(AttemptRecord, Run)| attempt.attempt == run.attempt;
        let rows = found.into_iter().filter(same);
        let row = |(attempt, run)| {
            let work = self.work_of(&run);
            (attempt, run, work)
        };
        Ok(rows.map(row).collect())
    }

    /// What is known of a run's job.
    pub(super) fn work_of(&self, run: &Run) -> Work {
        match self.definitions.latest(&run.draft.job) {
            Some(job) if job.definition.uid == run.draft.uid => Work::Known(job),
            _ => Work::Gone,
        }
    }
}

//! Compares what the store says this node and its workers hold with what they hold.
//!
//! While a turn is under way the two differ as a matter of course: what it leases is in the store's
//! table and not yet in the node's. So a partition is compared between two turns, when all that was
//! leased is delivered or given back and every difference is one that lasts. (To look twice instead
//! and act on what was seen both times is not enough: a turn may be under way both times.)

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::run::next_step;
use bellwether_domain::{AttemptEnd, AttemptReport, BootId, Etag, NextStep, Owner, Run};
use bellwether_store::{
    AttemptRecord, FailureRule, Finish, Keep, Lane, ReadyKey, Store, StoreError,
};
use tokio_util::sync::CancellationToken;

use crate::definitions::Definitions;
use crate::dispatch::{Dispatcher, StopReason};
use crate::internal_event::StoreFailed;
use crate::local::LocalPartition;
use crate::session::Session;
use crate::settled::Memory;
use crate::workers::WorkerHost;

/// How often the two are compared.
const PERIOD: Duration = Duration::from_secs(10);

/// How long to wait for a turn to come back before the partition is left for the next time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reconciles the node's table with the store's.
pub(crate) struct Reconciler {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) boot: BootId,
    pub(crate) session: Arc<Session>,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) workers: Arc<WorkerHost>,
    pub(crate) locals: Vec<Arc<LocalPartition>>,
}

impl Reconciler {
    /// Serves until `stop`: every so often, and whenever the node was cut off.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.session.resumed() => {}
                () = tokio::time::sleep(PERIOD) => {}
            }
            for local in &self.locals {
                if let Err(error) = self.compare(local).await {
                    StoreFailed { partition: local.partition, error: &error }.emit();
                }
            }
        }
    }

    async fn compare(&self, local: &LocalPartition) -> Result<(), StoreError> {
        let (unknown, at_workers) = {
            let between_turns = tokio::time::timeout(PATIENCE, local.between_turns());
            let Ok(_between_turns) = between_turns.await else { return Ok(()) };
            let own = Owner::from(self.boot);
            let mut stored = self.store.attempts(local.partition).await?;
            let at_workers = self.workers.compare(&stored, local.partition);
            stored.retain(|attempt| attempt.owner == own);
            let held = &self.dispatcher.held;
            let mut gone = held.of(local.partition);
            gone.retain(|held| !stored.iter().any(|stored| (stored.run, stored.attempt) == *held));
            held.stop(&StopReason::Superseded, |run, attempt| gone.contains(&(run, attempt)));
            stored.retain(|attempt| !held.contains(attempt.run, attempt.attempt));
            (stored, at_workers)
        };
        self.return_unknown(local, &unknown).await?;
        self.workers.mend(local.partition, at_workers).await?;
        local.settled.lock().age();
        Ok(())
    }

    /// What the store says this node holds, and it does not: what ended here ends there again, what
    /// was delivered counts as lost, and what was not goes back.
    async fn return_unknown(
        &self,
        local: &LocalPartition,
        unknown: &[AttemptRecord],
    ) -> Result<(), StoreError> {
        let ids: Vec<_> = unknown.iter().map(|attempt| attempt.run).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let runs = self.store.read_live_runs(local.partition, &ids).await?;
        for (attempt, run) in unknown.iter().zip(runs) {
            let Some(run) = run else { continue };
            let memory = local.settled.lock().recall(attempt.run, attempt.attempt);
            local.hand_in(match memory {
                Memory::Ended(finish) => *finish,
                Memory::Delivered => self.finish(attempt, &run, Some(AttemptEnd::Lost)),
                Memory::None => self.finish(attempt, &run, None),
            });
        }
        Ok(())
    }

    /// How an attempt ended, or that it goes back.
    fn finish(&self, attempt: &AttemptRecord, run: &Run, end: Option<AttemptEnd>) -> Finish {
        let job = self.definitions.latest(&run.draft.job);
        let policy =
            job.as_ref().map_or(self.definitions.fallback(&run.draft.job), |job| &job.policy);
        let fallback = ReadyKey { lane: Lane::Node, priority: policy.priority };
        let step = |end| next_step(policy, attempt.attempt, run.lost, end, rand::random());
        Finish {
            run: attempt.run,
            attempt: attempt.attempt,
            owner: attempt.owner,
            job: run.draft.job.clone(),
            uid: run.draft.uid,
            step: end.map_or(NextStep::GiveBack, step),
            report: AttemptReport::default(),
            max_instances: policy.max_instances,
            ready: job.as_ref().map_or(fallback, |job| job.ready.clone()),
            keep: job.as_ref().map_or(Keep::of(policy), |job| job.keep),
            failures: end
                .and_then(|_| FailureRule::of(policy, run.draft.cause, Etag(rand::random()))),
        }
    }
}

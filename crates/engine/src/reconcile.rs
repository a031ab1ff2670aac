//! Compares what the store says this node holds with what it holds.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{AttemptReport, BootId, NextStep, Owner};
use bellwether_store::{AttemptRecord, Finish, Keep, Lane, ReadyKey, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::definitions::Definitions;
use crate::dispatch::{Dispatcher, StopReason};
use crate::internal_event::StoreFailed;
use crate::local::LocalPartition;

/// How often the two are compared.
const PERIOD: Duration = Duration::from_secs(10);

/// Reconciles the node's table with the store's.
pub(crate) struct Reconciler {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) boot: BootId,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) locals: Vec<Arc<LocalPartition>>,
}

impl Reconciler {
    /// Serves until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        // An attempt that is in one table only may be on its way into the other. It is acted upon
        // when it was so at two looks in a row.
        let mut doubtful = HashSet::new();
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PERIOD) => {}
            }
            let mut seen = HashSet::new();
            for local in &self.locals {
                if let Err(error) = self.compare(local, &doubtful, &mut seen).await {
                    StoreFailed { partition: local.partition, error: &error }.emit();
                }
            }
            doubtful = seen;
        }
    }

    async fn compare(
        &self,
        local: &LocalPartition,
        doubtful: &HashSet<(bellwether_domain::RunId, u32)>,
        seen: &mut HashSet<(bellwether_domain::RunId, u32)>,
    ) -> Result<(), StoreError> {
        let own = Owner::from(self.boot);
        let held = self.dispatcher.held.of(local.partition);
        let stored = self.store.attempts(local.partition).await?;
        let stored: Vec<_> = stored.into_iter().filter(|attempt| attempt.owner == own).collect();
        let unknown = stored.iter().filter(|a| !self.dispatcher.held.contains(a.run, a.attempt));
        let unknown: Vec<AttemptRecord> = unknown.copied().collect();
        let gone: Vec<_> = held
            .into_iter()
            .filter(|(run, attempt)| !stored.iter().any(|s| s.run == *run && s.attempt == *attempt))
            .collect();
        seen.extend(unknown.iter().map(|a| (a.run, a.attempt)));
        seen.extend(gone.iter().copied());
        let gone: HashSet<_> = gone.into_iter().filter(|key| doubtful.contains(key)).collect();
        self.dispatcher
            .held
            .stop(&StopReason::Superseded, |run, attempt| gone.contains(&(run, attempt)));
        let unknown: Vec<_> =
            unknown.into_iter().filter(|a| doubtful.contains(&(a.run, a.attempt))).collect();
        self.give_back(local, &unknown).await
    }

    /// What the store says this node holds and it never began goes back to the ready lists.
    async fn give_back(
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
            let job = self.definitions.latest(&run.draft.job);
            let policy = job.as_ref().map_or(self.definitions.defaults(), |job| &job.policy);
            let fallback = ReadyKey { lane: Lane::Node, priority: policy.priority };
            local.hand_in(Finish {
                run: attempt.run,
                attempt: attempt.attempt,
                owner: attempt.owner,
                job: run.draft.job.clone(),
                uid: run.draft.uid,
                step: NextStep::GiveBack,
                report: AttemptReport::default(),
                max_instances: policy.max_instances,
                ready: job.as_ref().map_or(fallback, |job| job.ready.clone()),
                keep: Keep::of(policy),
                failures: None,
            });
        }
        Ok(())
    }
}

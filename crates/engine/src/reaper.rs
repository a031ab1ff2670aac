//! Ends what others left unfinished: the attempts of dead nodes and of dead sessions of workers, and
//! those past their deadline.
//!
//! Only a partition's leader reaps, and each attempt is judged in the store by (run, attempt,
//! owner), so a reaper that is wrong about a node takes nothing that the node has handed in, and
//! the node learns what it lost when its next turn finds it unregistered.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::run::next_step;
use bellwether_domain::{
    AttemptEnd, AttemptReport, BootId, Etag, Owner, Run, SessionId, Timestamp,
};
use bellwether_store::{
    AttemptRecord, FailureRule, Finish, Keep, Lane, LeaseToken, ReadyKey, Store, StoreError,
};
use tokio_util::sync::CancellationToken;

use crate::definitions::Definitions;
use crate::internal_event::{OwnerReaped, StoreFailed};
use crate::local::LocalPartition;
use crate::session::Session;
use crate::workers::WorkerHost;

/// How long past its deadline a living owner has to report first.
const DEADLINE_GRACE: Duration = Duration::from_secs(2);

/// At most this many attempts are ended by one call.
const BATCH: usize = 100;

/// Reaps in the partitions that this node leads.
pub(crate) struct Reaper {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) session: Arc<Session>,
    pub(crate) workers: Arc<WorkerHost>,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) locals: Vec<Arc<LocalPartition>>,
    pub(crate) ttl: Duration,
}

impl Reaper {
    /// Serves until `stop`, looking three times per session ttl.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            for local in &self.locals {
                let Some(token) = local.trusted_token(self.ttl) else { continue };
                if let Err(error) = self.reap(token, local).await {
                    StoreFailed { partition: local.partition, error: &error }.emit();
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.ttl / 3) => {}
            }
        }
    }

    async fn reap(&self, token: LeaseToken, local: &LocalPartition) -> Result<(), StoreError> {
        let registered = self.store.registered(local.partition).await?;
        let registered: HashSet<Owner> = registered.into_iter().map(Owner::from).collect();
        let attempts = self.store.attempts(local.partition).await?;
        let owners = attempts.iter().map(|attempt| attempt.owner);
        let known: HashSet<Owner> = registered.iter().copied().chain(owners).collect();
        let suspects: Vec<Owner> =
            known.into_iter().filter(|owner| self.is_dead(*owner, &registered)).collect();
        let dead = self.still_dead(suspects, &registered).await?;
        for owner in &dead {
            self.reap_dead(token, *owner, &attempts).await?;
            local.call_to_look();
        }
        let now = self.store.now().await?;
        let overdue = |attempt: &&AttemptRecord| {
            attempt.deadline.saturating_add(DEADLINE_GRACE) < now && !dead.contains(&attempt.owner)
        };
        let overdue: Vec<_> = attempts.iter().filter(overdue).copied().collect();
        for batch in overdue.chunks(BATCH) {
            let finishes = self.finishes(batch, AttemptEnd::TimedOut, now).await?;
            self.store.reap(token, None, &finishes).await?;
            local.call_to_look();
        }
        Ok(())
    }

    /// Whether an owner is gone: a node that is registered by its own beat, and anyone else, who may
    /// be a node or a worker's session, only by the silence of both.
    fn is_dead(&self, owner: Owner, registered: &HashSet<Owner>) -> bool {
        let (as_node, as_session) = (BootId(owner.0), SessionId(owner.0));
        let silent = self.session.is_dead(as_node);
        if registered.contains(&owner) {
            return silent;
        }
        // Both are asked, so that both begin to watch for one that they never saw.
        self.workers.is_dead(as_session) && silent
    }

    /// Which of `suspects` are dead still, looked at once more.
    async fn still_dead(
        &self,
        suspects: Vec<Owner>,
        registered: &HashSet<Owner>,
    ) -> Result<HashSet<Owner>, StoreError> {
        let nodes = suspects.iter().map(|owner| BootId(owner.0)).collect();
        let silent = self.session.still_dead(self.store.as_ref(), nodes).await?;
        let silent = silent.into_iter().map(Owner::from);
        let (nodes, others): (Vec<Owner>, Vec<Owner>) =
            silent.partition(|owner| registered.contains(owner));
        let sessions = others.iter().map(|owner| SessionId(owner.0)).collect();
        let over = self.workers.still_dead(sessions).await?;
        Ok(nodes.into_iter().chain(over.into_iter().map(Owner::from)).collect())
    }

    async fn reap_dead(
        &self,
        token: LeaseToken,
        dead: Owner,
        attempts: &[AttemptRecord],
    ) -> Result<(), StoreError> {
        let owned = attempts.iter().filter(|attempt| attempt.owner == dead);
        let owned: Vec<AttemptRecord> = owned.copied().collect();
        OwnerReaped { partition: token.partition, dead, attempts: owned.len() }.emit();
        let boot = Some(BootId(dead.0));
        if owned.is_empty() {
            self.store.reap(token, boot, &[]).await?;
        }
        for batch in owned.chunks(BATCH) {
            let now = self.store.now().await?;
            let finishes = self.finishes(batch, AttemptEnd::Lost, now).await?;
            self.store.reap(token, boot, &finishes).await?;
        }
        Ok(())
    }

    /// What becomes of the runs of `attempts`, all of one partition.
    async fn finishes(
        &self,
        attempts: &[AttemptRecord],
        end: AttemptEnd,
        now: Timestamp,
    ) -> Result<Vec<Finish>, StoreError> {
        let Some(partition) = attempts.first().map(|attempt| attempt.run.partition) else {
            return Ok(Vec::new());
        };
        let ids: Vec<_> = attempts.iter().map(|attempt| attempt.run).collect();
        let runs = self.store.read_live_runs(partition, &ids).await?;
        let found = attempts.iter().zip(&runs).filter_map(|(a, run)| Some((a, run.as_ref()?)));
        let found: Vec<(&AttemptRecord, &Run)> = found.collect();
        let keys: Vec<_> = found.iter().map(|(_, run)| run.draft.job.clone()).collect();
        self.definitions.read(self.store.as_ref(), partition, &keys).await?;
        let finish = |(attempt, run)| self.finish(attempt, run, end, now);
        Ok(found.into_iter().map(finish).collect())
    }

    fn finish(
        &self,
        attempt: &AttemptRecord,
        run: &Run,
        end: AttemptEnd,
        now: Timestamp,
    ) -> Finish {
        let job = self.definitions.latest(&run.draft.job);
        let policy =
            job.as_ref().map_or(self.definitions.fallback(&run.draft.job), |job| &job.policy);
        let fallback = ReadyKey { lane: Lane::Node, priority: policy.priority };
        let lasted = attempt.age(now).as_millis();
        let reason = match end {
            AttemptEnd::Lost => "the node or worker of the attempt is gone".to_owned(),
            _ => format!("no report after {lasted} ms"),
        };
        Finish {
            run: attempt.run,
            attempt: attempt.attempt,
            owner: attempt.owner,
            job: run.draft.job.clone(),
            uid: run.draft.uid,
            step: next_step(policy, attempt.attempt, run.lost, end, rand::random()),
            report: AttemptReport { reason, ..AttemptReport::default() },
            max_instances: policy.max_instances,
            ready: job.as_ref().map_or(fallback, |job| job.ready.clone()),
            keep: job.as_ref().map_or(Keep::of(policy), |job| job.keep),
            failures: FailureRule::of(policy, run.draft.cause, Etag(rand::random())),
        }
    }
}

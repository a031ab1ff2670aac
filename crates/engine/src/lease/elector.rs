//! The task that keeps, takes, hands over and gives back the leases of all partitions.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{BootId, Partition};
use bellwether_store::{Acquired, LeaseView, Store, StoreError};
use futures::future::{join_all, try_join_all};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::candidate::{Candidate, Decision, hands_over, rank};
use crate::boot_clock::BootInstant;
use crate::internal_event::{LeaderBegan, LeaderEnded, LeaseFailed};
use crate::local::{LocalPartition, Term};
use crate::session::Session;

/// Keeps, takes, hands over and gives back leases.
pub(crate) struct Elector {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) boot: BootId,
    pub(crate) ttl: Duration,
    pub(crate) session: Arc<Session>,
    pub(crate) locals: Vec<Arc<LocalPartition>>,
    /// Rung when a lease may have become free.
    pub(crate) bell: Arc<Notify>,
    pub(crate) candidates: HashMap<Partition, Candidate>,
}

impl Elector {
    /// Serves until `draining`, then releases what it holds.
    pub(crate) async fn run(mut self, draining: CancellationToken) {
        while !draining.is_cancelled() {
            self.renew_all().await;
            let wait = match self.session.holds() {
                true => self.campaign().await.unwrap_or_else(|error| {
                    LeaseFailed { error: &error }.emit();
                    self.ttl / 3
                }),
                false => Duration::from_millis(20).min(self.ttl / 3),
            };
            self.report_led();
            tokio::select! {
                () = draining.cancelled() => {}
                () = self.bell.notified() => {}
                () = tokio::time::sleep(wait.min(self.ttl / 3)) => {}
            }
        }
        join_all(self.locals.iter().map(|local| self.release(local, "released"))).await;
        self.report_led();
    }

    /// Renews every lease whose loop is alive: a leader whose loop is stuck must not keep others
    /// from leading. A term that went without renewal for the ttl is over; it is campaigned for
    /// like any other, under a new epoch.
    async fn renew_all(&self) {
        let due = |local: &&Arc<LocalPartition>| {
            local.term().is_some_and(|t| BootInstant::now().since(t.confirmed) >= self.ttl / 4)
        };
        join_all(self.locals.iter().filter(due).map(|local| self.renew(local))).await;
    }

    async fn renew(&self, local: &LocalPartition) {
        let Some(term) = local.term() else { return };
        let sent = BootInstant::now();
        if sent.since(term.confirmed) >= self.ttl {
            if local.end_term(term.token) {
                LeaderEnded { token: term.token, why: "the lease could not be renewed" }.emit();
            }
            return;
        }
        if !local.progressed_within(self.ttl) {
            return;
        }
        match self.store.renew(term.token, self.ttl).await {
            Ok(true) => local.set_term(Some(Term { confirmed: sent, ..term })),
            Ok(false) => {
                if local.end_term(term.token) {
                    LeaderEnded { token: term.token, why: "another took the lease" }.emit();
                }
            }
            Err(error) => LeaseFailed { error: &error }.emit(),
        }
    }

    /// Looks at all leases: hands over those that a better placed node asks for, takes those that
    /// are free, asks for those that it should have. Says when to look again.
    async fn campaign(&mut self) -> Result<Duration, StoreError> {
        let partitions: Vec<_> = self.locals.iter().map(|local| local.partition).collect();
        let views = self.store.leases(&partitions).await?;
        let nodes = self.session.candidates();
        let settled = self.session.is_settled();
        let now = BootInstant::now();
        let mut wait = self.ttl / 3;
        let (mut free, mut better, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
        for (local, view) in self.locals.iter().zip(&views) {
            local.note_epoch(view.epoch);
            if let Some(term) = local.term() {
                let tenure = now.since(term.began);
                if hands_over(view, self.boot, &nodes, tenure, settled, self.ttl) {
                    better.push(local);
                    let candidate = self.candidates.entry(local.partition).or_default();
                    candidate.yield_until(now.after(self.ttl));
                }
                continue;
            }
            if !local.progressed_within(self.ttl) {
                continue;
            }
            let let_expire = view.owner == Some(self.boot);
            let rank = rank(local.partition, self.boot, &nodes, let_expire);
            let candidate = self.candidates.entry(local.partition).or_default();
            match candidate.decide(view, now, rank, self.ttl) {
                Decision::Acquire => free.push(local),
                Decision::Wait(longer) => {
                    wait = wait.min(longer);
                    if rank == 0 && settled && view.want != Some(self.boot) {
                        wanted.push(local.partition);
                    }
                }
            }
        }
        join_all(better.iter().map(|local| self.release(local, "handed over"))).await;
        try_join_all(free.into_iter().map(|local| self.acquire(local))).await?;
        try_join_all(wanted.into_iter().map(|p| self.store.want(p, self.boot))).await?;
        Ok(wait)
    }

    async fn acquire(&self, local: &LocalPartition) -> Result<(), StoreError> {
        let (sent, floor) = (BootInstant::now(), local.known_epoch());
        match self.store.acquire(local.partition, self.boot, self.ttl, floor).await? {
            Acquired::Leader(token) => {
                LeaderBegan { token }.emit();
                local.set_term(Some(Term { token, began: sent, confirmed: sent }));
            }
            Acquired::Held(LeaseView { .. }) => {}
        }
        Ok(())
    }

    async fn release(&self, local: &LocalPartition, why: &'static str) {
        let Some(term) = local.term() else { return };
        local.set_term(None);
        match self.store.release(term.token).await {
            Ok(_) => LeaderEnded { token: term.token, why }.emit(),
            Err(error) => LeaseFailed { error: &error }.emit(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "there are at most 1,024 partitions")]
    fn report_led(&self) {
        let led = self.locals.iter().filter(|local| local.term().is_some()).count();
        metrics::gauge!("bellwether_partitions_led").set(led as f64);
    }
}

//! The engine: starts the tasks of a node, owns them, and ends them in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::Owner;
use bellwether_store::Store;
use futures::future::join_all;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cancel::Canceller;
use crate::census::Census;
use crate::definitions::Definitions;
use crate::dispatch::{Dispatcher, Gates, HeldAttempts, RunReport, SlotPool, StopReason};
use crate::lease::Elector;
use crate::local::LocalPartition;
use crate::partition::PartitionLoop;
use crate::pauses::PauseKeeper;
use crate::reaper::Reaper;
use crate::reconcile::Reconciler;
use crate::session::{self, Session};
use crate::store_clock::StoreClock;
use crate::sweeper::Sweeper;
use crate::workers::{HostParts, WorkerHost, Workers};
use crate::{EngineConfig, Health, TargetExecutor, watch};

/// How many reports a watcher may be behind before it loses the oldest.
const REPORTS: usize = 10_000;

/// How long the ends of attempts have to be stored once a node leaves and all have ended.
const SETTLE_GRACE: Duration = Duration::from_secs(5);

/// A running node.
pub struct Engine {
    config: EngineConfig,
    health: Health,
    dispatcher: Arc<Dispatcher>,
    workers: Arc<WorkerHost>,
    definitions: Arc<Definitions>,
    locals: Vec<Arc<LocalPartition>>,
    draining: CancellationToken,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// How long workers have to go to another node once this one leaves. Those that stay lose their
/// stream and nothing else.
const SEND_AWAY: Duration = Duration::from_secs(2);

impl Engine {
    /// Starts a node. It returns at once; what needs the store waits for it in its own task.
    #[must_use]
    pub fn start(
        config: EngineConfig,
        store: Arc<dyn Store>,
        executor: Arc<dyn TargetExecutor>,
        health: Health,
        workers: &Workers,
    ) -> Self {
        let locals: Vec<_> =
            config.partitions.iter().map(|p| Arc::new(LocalPartition::new(p))).collect();
        let session = Arc::new(Session::new(config.boot, config.session_ttl));
        let dispatcher = Arc::new(Dispatcher {
            owner: Owner::from(config.boot),
            node: config.node.clone(),
            defaults: config.defaults.clone(),
            executor,
            session: Arc::clone(&session),
            locals: locals.clone(),
            gates: Gates::new(config.limits.clone()),
            pool: SlotPool::new(config.concurrency, locals.clone()),
            held: HeldAttempts::default(),
            tasks: TaskTracker::new(),
            reports: broadcast::channel(REPORTS).0,
            unsettled: parking_lot::Mutex::new(HashMap::new()),
        });
        let (draining, definitions) =
            (CancellationToken::new(), Arc::new(Definitions::new(config.defaults.clone())));
        let host = Arc::new(WorkerHost::new(HostParts {
            boot: config.boot,
            node: config.node.clone(),
            grace: workers.grace(),
            defaults: config.defaults.clone(),
            store: Arc::clone(&store),
            locals: locals.clone(),
            definitions: Arc::clone(&definitions),
            reports: dispatcher.reports.clone(),
            draining: draining.clone(),
        }));
        workers.serve(&host);
        let engine = Self {
            config,
            health,
            dispatcher,
            workers: host,
            definitions,
            locals,
            draining,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        engine.spawn_all(&store, &session);
        engine
    }

    /// The ends of attempts on this node, as they are stored, from now on.
    #[must_use]
    pub fn watch_runs(&self) -> broadcast::Receiver<RunReport> {
        self.dispatcher.reports.subscribe()
    }

    /// Leaves: claims and takes nothing more, releases the leases, lets attempts end within the
    /// drain grace, hands the rest back under `on_lost`, stores every result, and ends all tasks.
    pub async fn drain(self) {
        self.health.set_draining();
        self.draining.cancel();
        self.locals.iter().for_each(|local| local.ring());
        self.workers.send_away(SEND_AWAY).await;
        let quiet = join_all(self.locals.iter().map(|local| local.quiet()));
        // A loop that cannot reach the store leases nothing either.
        let _ = tokio::time::timeout(SETTLE_GRACE, quiet).await;
        self.dispatcher.tasks.close();
        let ended = tokio::time::timeout(self.config.drain_grace, self.dispatcher.tasks.wait());
        if ended.await.is_err() {
            self.dispatcher.held.stop(&StopReason::Leaving, |_, _| true);
            self.dispatcher.tasks.wait().await;
        }
        let settled = tokio::time::timeout(SETTLE_GRACE, self.dispatcher.held.empty());
        if settled.await.is_err() {
            tracing::warn!("left before every result was stored; the others will find out");
        }
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn spawn_all(&self, store: &Arc<dyn Store>, session: &Arc<Session>) {
        let config = &self.config;
        let clock = Arc::new(StoreClock::new(config.lease_ttl));
        let lease_bell = Arc::new(Notify::new());
        let cancel_bell = Arc::new(Notify::new());
        let definitions = Arc::clone(&self.definitions);
        let pool = Arc::clone(&self.dispatcher.pool);
        self.tasks.spawn(session::beat(
            Arc::clone(session),
            Arc::clone(store),
            config.clone(),
            move || pool.taken(),
            self.health.clone(),
            self.draining.clone(),
            self.stop.clone(),
        ));
        let elector = Elector {
            store: Arc::clone(store),
            boot: config.boot,
            ttl: config.lease_ttl,
            session: Arc::clone(session),
            locals: self.locals.clone(),
            bell: Arc::clone(&lease_bell),
            candidates: HashMap::new(),
        };
        self.tasks.spawn(elector.run(self.draining.clone()));
        for local in &self.locals {
            let partition = PartitionLoop::new(
                Arc::clone(store),
                config.boot,
                Arc::clone(local),
                Arc::clone(&definitions),
                Arc::clone(&self.dispatcher),
                Arc::clone(&self.workers),
                Arc::clone(&clock),
                config.lease_ttl,
                self.draining.clone(),
            );
            self.tasks.spawn(partition.run(self.stop.clone()));
        }
        if config.hints {
            let (store, locals) = (Arc::clone(store), self.locals.clone());
            let bells = watch::Bells { lease: lease_bell, cancel: Arc::clone(&cancel_bell) };
            let workers = Arc::clone(&self.workers);
            self.tasks.spawn(watch::listen(store, locals, workers, bells, self.stop.clone()));
        }
        let canceller = Canceller {
            store: Arc::clone(store),
            dispatcher: Arc::clone(&self.dispatcher),
            workers: Arc::clone(&self.workers),
            bell: cancel_bell,
        };
        self.tasks.spawn(canceller.run(self.stop.clone()));
        let (polled, locals) = (Arc::clone(store), self.locals.clone());
        let workers = Arc::clone(&self.workers);
        self.tasks.spawn(watch::poll(polled, locals, workers, clock, self.stop.clone()));
        let workers = Arc::clone(&self.workers);
        self.tasks.spawn(workers.send_away_when_draining(SEND_AWAY, self.stop.clone()));
        self.tasks.spawn(Arc::clone(&self.workers).beat(self.stop.clone()));
        self.tasks.spawn(Arc::clone(&self.workers).watch_deadlines(self.stop.clone()));
        let census = Census::new(Arc::clone(store), self.locals.clone());
        self.tasks.spawn(census.run(self.stop.clone()));
        let reaper = Reaper {
            store: Arc::clone(store),
            session: Arc::clone(session),
            workers: Arc::clone(&self.workers),
            definitions: Arc::clone(&definitions),
            locals: self.locals.clone(),
            ttl: config.lease_ttl,
        };
        self.tasks.spawn(reaper.run(self.draining.clone()));
        let pauses = PauseKeeper {
            store: Arc::clone(store),
            locals: self.locals.clone(),
            ttl: config.lease_ttl,
            seen_to: HashMap::new(),
        };
        self.tasks.spawn(pauses.run(self.draining.clone()));
        let sweeper = Sweeper {
            store: Arc::clone(store),
            locals: self.locals.clone(),
            lease_ttl: config.lease_ttl,
            finished_ttl: config.finished_ttl,
        };
        self.tasks.spawn(sweeper.run(self.draining.clone()));
        let reconciler = Reconciler {
            store: Arc::clone(store),
            boot: config.boot,
            session: Arc::clone(session),
            definitions,
            dispatcher: Arc::clone(&self.dispatcher),
            workers: Arc::clone(&self.workers),
            locals: self.locals.clone(),
        };
        self.tasks.spawn(reconciler.run(self.stop.clone()));
    }
}

//! The node's own session: the beat that tells the others that it lives.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::BootId;
use bellwether_store::{NodeRecord, Store};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::boot_clock::BootInstant;
use crate::internal_event::{DrainRequested, LeaveFailed, SessionInterrupted};
use crate::membership::Membership;
use crate::{EngineConfig, Health};

/// The session, and what it saw of the others.
#[derive(Debug)]
pub(crate) struct Session {
    boot: BootId,
    ttl: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// From before the latest successful beat was sent.
    confirmed: Option<BootInstant>,
    membership: Membership,
    /// Who takes part in leading, and since when it is just these.
    candidates: (Vec<BootId>, BootInstant),
}

impl Session {
    pub(crate) fn new(boot: BootId, ttl: Duration) -> Self {
        let candidates = (Vec::new(), BootInstant::now());
        let state = State { confirmed: None, membership: Membership::new(ttl), candidates };
        Self { boot, ttl, state: Mutex::new(state) }
    }

    /// Whether the others must still take this node for alive: less than the ttl has passed since
    /// before the latest successful beat was sent.
    pub(crate) fn holds(&self) -> bool {
        let confirmed = self.state.lock().confirmed;
        confirmed.is_some_and(|confirmed| BootInstant::now().since(confirmed) < self.ttl)
    }

    /// Whether `boot` is dead for all that this node saw. It never takes itself for dead.
    pub(crate) fn is_dead(&self, boot: BootId) -> bool {
        boot != self.boot && self.state.lock().membership.is_dead(boot, BootInstant::now())
    }

    /// The boot ids of the nodes that take part in leading: alive and not about to leave.
    pub(crate) fn candidates(&self) -> Vec<BootId> {
        self.state.lock().candidates_at(BootInstant::now())
    }

    /// Whether the candidates have been the same for the session ttl, so that who is preferred for
    /// a partition is not about to change again.
    pub(crate) fn is_settled(&self) -> bool {
        let now = BootInstant::now();
        let mut state = self.state.lock();
        state.note_candidates(now);
        now.since(state.candidates.1) >= self.ttl
    }

    fn long_dead(&self) -> Vec<BootId> {
        self.state.lock().membership.long_dead(BootInstant::now())
    }

    fn confirm(&self, sent: BootInstant, records: Vec<NodeRecord>) {
        let mut state = self.state.lock();
        let gap = state.confirmed.is_some_and(|earlier| sent.since(earlier) >= self.ttl);
        if gap {
            state.membership.interrupt();
        }
        state.confirmed = Some(sent);
        let now = BootInstant::now();
        state.membership.observe(now, records);
        state.note_candidates(now);
    }

    fn interrupt(&self) {
        let mut state = self.state.lock();
        state.membership.interrupt();
        state.note_candidates(BootInstant::now());
    }
}

impl State {
    fn candidates_at(&self, now: BootInstant) -> Vec<BootId> {
        let live = self.membership.live(now).into_iter();
        live.filter(|record| !record.draining).map(|record| record.boot).collect()
    }

    fn note_candidates(&mut self, now: BootInstant) {
        let candidates = self.candidates_at(now);
        if candidates != self.candidates.0 {
            self.candidates = (candidates, now);
        }
    }
}

/// Beats until `stop`, three times per ttl. A node that is asked to drain begins with it here.
pub(crate) async fn beat(
    session: Arc<Session>,
    store: Arc<dyn Store>,
    config: EngineConfig,
    inflight: impl Fn() -> u32 + Send,
    health: Health,
    draining: CancellationToken,
    stop: CancellationToken,
) {
    let mut number = 0;
    while !stop.is_cancelled() {
        number += 1;
        let record = NodeRecord {
            boot: config.boot,
            name: config.node.clone(),
            beat: number,
            grpc_address: config.grpc_address.clone(),
            http_address: config.http_address.clone(),
            version: config.version.clone(),
            capacity: config.concurrency,
            inflight: inflight(),
            draining: health.is_draining(),
        };
        let sent = BootInstant::now();
        match store.beat(&record).await {
            Ok(beat) => {
                session.confirm(sent, beat.nodes);
                health.set_store_up(true);
                forget(store.as_ref(), session.long_dead()).await;
                if beat.drain_requested && !draining.is_cancelled() {
                    DrainRequested.emit();
                    health.set_draining();
                    draining.cancel();
                }
            }
            Err(error) => {
                session.interrupt();
                health.set_store_up(false);
                SessionInterrupted { error: &error }.emit();
            }
        }
        metrics::gauge!("bellwether_store_up").set(f64::from(u8::from(health.is_store_up())));
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(session.ttl / 3) => {}
        }
    }
    if let Err(error) = store.leave(config.boot).await {
        LeaveFailed { error: &error }.emit();
    }
}

/// Removes the records of nodes that died without leaving. One that was only asleep writes its own
/// again with its next beat.
async fn forget(store: &dyn Store, dead: Vec<BootId>) {
    for boot in dead {
        if let Err(error) = store.leave(boot).await {
            LeaveFailed { error: &error }.emit();
        }
    }
}

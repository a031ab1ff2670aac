//! The node's own session: the beat that tells the others that it lives.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::BootId;
use bellwether_store::{NodeRecord, Roster, Store, StoreError};
use parking_lot::Mutex;
use tokio::sync::Notify;
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
    resumed: Notify,
}

#[derive(Debug)]
struct State {
    /// From before the latest successful beat was sent.
    confirmed: Option<BootInstant>,
    /// Since when it has held without a lapse, as far as it holds at all.
    unbroken: BootInstant,
    membership: Membership,
    /// Who takes part in leading, and since when it is just these.
    candidates: (Vec<BootId>, BootInstant),
}

impl Session {
    pub(crate) fn new(boot: BootId, ttl: Duration) -> Self {
        let unbroken = BootInstant::now();
        let candidates = (Vec::new(), unbroken);
        let membership = Membership::new(ttl);
        let state = State { confirmed: None, unbroken, membership, candidates };
        Self { boot, ttl, state: Mutex::new(state), resumed: Notify::new() }
    }

    /// Whether the others must still take this node for alive: less than the ttl has passed since
    /// before the latest successful beat was sent.
    pub(crate) fn holds(&self) -> bool {
        self.state.lock().holds_at(BootInstant::now(), self.ttl)
    }

    /// Whether it holds and has not lapsed since `then`. What was leased before a lapse may be
    /// recorded lost by now, though the session holds again: a turn that was sent at `then` leased
    /// nothing that may not be delivered.
    pub(crate) fn held_since(&self, then: BootInstant) -> bool {
        self.state.lock().held_at(BootInstant::now(), then, self.ttl)
    }

    /// Whether `boot` is dead for all that this node saw. It never takes itself for dead.
    pub(crate) fn is_dead(&self, boot: BootId) -> bool {
        boot != self.boot && self.state.lock().membership.is_dead(boot, BootInstant::now())
    }

    /// Waits until the session holds after it did not.
    pub(crate) async fn resumed(&self) {
        self.resumed.notified().await;
    }

    /// Which of `suspects`, dead for all that this node saw, are so still, looked at once more just
    /// now. What was seen last may have been long ago, and the attempts of a suspect were read since:
    /// it may have come back in between.
    pub(crate) async fn still_dead(
        &self,
        store: &dyn Store,
        suspects: Vec<BootId>,
    ) -> Result<Vec<BootId>, StoreError> {
        if suspects.is_empty() {
            return Ok(suspects);
        }
        let roster = store.nodes().await?;
        let now = BootInstant::now();
        let mut state = self.state.lock();
        let dead = |boot: &BootId| state.membership.is_still_dead(*boot, now, &roster);
        Ok(suspects.into_iter().filter(dead).collect())
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
        let state = self.state.lock();
        let dead = state.membership.long_dead(BootInstant::now());
        dead.into_iter().map(|record| record.boot).collect()
    }

    fn confirm(&self, sent: BootInstant, roster: Roster) {
        let resumed = self.state.lock().confirm(sent, BootInstant::now(), roster, self.ttl);
        if resumed {
            self.resumed.notify_one();
        }
    }

    fn interrupt(&self) {
        let mut state = self.state.lock();
        state.membership.interrupt();
        state.note_candidates(BootInstant::now());
    }
}

impl State {
    /// Less than the ttl has passed since before the latest successful beat was sent.
    fn holds_at(&self, now: BootInstant, ttl: Duration) -> bool {
        self.confirmed.is_some_and(|confirmed| now.since(confirmed) < ttl)
    }

    fn held_at(&self, now: BootInstant, then: BootInstant, ttl: Duration) -> bool {
        self.unbroken <= then && self.holds_at(now, ttl)
    }

    /// Notes a beat that was sent at `sent` and answered at `now`. Whether the session holds that
    /// did not: one that lapsed while the beat was under way has lapsed, whatever the answer says.
    fn confirm(
        &mut self,
        sent: BootInstant,
        now: BootInstant,
        roster: Roster,
        ttl: Duration,
    ) -> bool {
        let resumes = !self.holds_at(now, ttl);
        if resumes {
            self.unbroken = now;
        }
        if self.confirmed.is_some_and(|earlier| sent.since(earlier) >= ttl) {
            self.membership.interrupt();
        }
        self.confirmed = Some(sent);
        self.membership.observe(now, roster);
        self.note_candidates(now);
        resumes
    }

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
            seen: None,
        };
        let sent = BootInstant::now();
        match store.beat(&record).await {
            Ok(beat) => {
                session.confirm(sent, beat.roster);
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

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(3);

    fn roster() -> Roster {
        Roster { nodes: Vec::new(), run: String::new() }
    }

    #[test]
    fn a_lapse_is_remembered_though_the_session_holds_again() {
        let start = BootInstant::now();
        let at = |seconds| start.after(Duration::from_secs(seconds));
        let (confirmed, candidates) = (None, (Vec::new(), start));
        let membership = Membership::new(TTL);
        let mut state = State { confirmed, unbroken: start, membership, candidates };
        assert!(!state.held_at(at(0), at(0), TTL), "nothing was ever answered");

        // Sent and answered at these; and then: since when it holds, asked at the answer.
        let beats = [
            ("the first", 1, 1, Some(1)),
            ("in time", 2, 3, Some(1)),
            ("answered after the one before had lapsed", 4, 6, Some(6)),
            ("answered so late that it is no use itself", 7, 11, None),
            ("in time again", 11, 12, Some(12)),
        ];
        for (case, sent, now, since) in beats {
            state.confirm(at(sent), at(now), roster(), TTL);
            let held = (0..=now).find(|then| state.held_at(at(now), at(*then), TTL));
            assert_eq!(held, since, "{case}");
        }
    }
}

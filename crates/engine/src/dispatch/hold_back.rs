//! Attempts that find a limit reached: they wait a moment, or go back to the store.

use std::sync::Arc;

use bellwether_domain::{AttemptEnd, Run, Timestamp};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::gates::{self, Gate, Seat};
use super::{Dispatcher, Slots, StopReason, Work};
use crate::boot_clock::BootInstant;
use crate::definitions::CompiledJob;
use crate::internal_event::AttemptHeldBack;

/// An attempt that may start as far as its job is concerned.
pub(super) struct Startable {
    pub(super) run: Run,
    pub(super) job: Arc<CompiledJob>,
    pub(super) stop: CancellationToken,
    /// When the turn that leased it was first sent.
    pub(super) sent: BootInstant,
    /// The store's time when it was leased.
    pub(super) now: Timestamp,
}

impl Dispatcher {
    /// Starts an attempt, or lets it wait where one of its limits is reached.
    pub(super) fn start(self: &Arc<Self>, attempt: Startable, slot: Slots) {
        let gates = self.gates.of(&attempt.job);
        let full = match gates::enter(&gates, None) {
            Ok(places) => return self.execute_in(attempt, slot, places),
            Err(full) => full,
        };
        // Whoever waits does so without a slot, which others can use.
        drop(slot);
        match full.seat() {
            Some(seat) => {
                let dispatcher = Arc::clone(self);
                self.tasks.spawn(async move { dispatcher.wait(attempt, gates, full, seat).await });
            }
            None => self.hold_back(attempt, &full),
        }
    }

    /// Waits for a place. Only one gate is waited for, and no other is held meanwhile: those who go
    /// through the others alone must not be delayed.
    async fn wait(
        self: Arc<Self>,
        attempt: Startable,
        gates: Vec<Arc<Gate>>,
        full: Arc<Gate>,
        seat: Seat,
    ) {
        let began = Instant::now();
        let place = tokio::select! {
            biased;
            () = attempt.stop.cancelled() => return self.stopped_waiting(attempt),
            place = seat.wait() => place,
        };
        let Some(place) = place else { return self.hold_back(attempt, &full) };
        let places = match gates::enter(&gates, Some(place)) {
            Ok(places) => places,
            Err(full) => return self.hold_back(attempt, &full),
        };
        let slot = self.pool.reserve(1, attempt.run.draft.id.partition);
        if slot.len() == 0 {
            return self.hold_back(attempt, &full);
        }
        let now = attempt.now.saturating_add(began.elapsed());
        let work = Work::Known(Arc::clone(&attempt.job));
        match self.refusal(&attempt.run, &work, attempt.sent, now) {
            Some(end) => self.refuse(attempt.run, &work, end),
            None => self.execute_in(Startable { now, ..attempt }, slot, places),
        }
    }

    fn hold_back(&self, attempt: Startable, full: &Gate) {
        let after = full.return_in(Instant::now(), rand::random());
        AttemptHeldBack { run: &attempt.run, subject: &full.subject, after }.emit();
        let work = Work::Known(attempt.job);
        self.refuse(attempt.run, &work, AttemptEnd::HeldBack { after });
    }

    fn stopped_waiting(&self, attempt: Startable) {
        let (id, number) = (attempt.run.draft.id, attempt.run.attempt);
        let work = Work::Known(attempt.job);
        match self.held.stop_reason(id, number) {
            StopReason::Superseded => self.held.remove(id, number),
            // Of a run that is to be cancelled the store makes that, whoever gives it back.
            StopReason::Leaving | StopReason::Cancelled(_) => {
                self.refuse(attempt.run, &work, AttemptEnd::NeverDelivered);
            }
        }
    }
}

//! The beats of workers' sessions: those of this node's, and what is seen of all.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{Owner, SessionId};
use bellwether_store::{SessionBeat, SessionRecord, SessionsSeen, StoreError, StreamNumber};
use tokio_util::sync::CancellationToken;

use super::host::WorkerHost;
use super::results::Difference;
use super::seat::{Seat, StreamEnd};
use crate::boot_clock::BootInstant;
use crate::internal_event::SessionsInterrupted;
use crate::membership::Watch;

/// The longest time between two beats: a host must learn soon that a session went elsewhere.
const LONGEST_PERIOD: Duration = Duration::from_secs(1);

/// After which beats what a resumed session holds is looked at again: its former host beats at least
/// as often, and has learned by then that it hosts the session no longer.
const RECHECKS: std::ops::RangeInclusive<u64> = 2..=4;

/// What this node saw of all sessions.
#[derive(Debug)]
pub(crate) struct SessionWatch {
    watch: Watch<SessionRecord>,
    confirmed: Option<BootInstant>,
    grace: Duration,
}

impl SessionWatch {
    pub(super) fn new(grace: Duration) -> Self {
        Self { watch: Watch::new(grace), confirmed: None, grace }
    }

    fn confirm(&mut self, sent: BootInstant, sessions: Vec<SessionRecord>) {
        // Whoever did not look for so long may have missed beats, and its own did not come.
        if self.confirmed.is_some_and(|earlier| sent.since(earlier) >= self.grace) {
            self.watch.interrupt();
        }
        self.confirmed = Some(sent);
        self.watch.observe_records(BootInstant::now(), sessions);
    }

    fn long_dead(&self) -> Vec<(SessionId, StreamNumber)> {
        let dead = self.watch.long_dead(BootInstant::now());
        dead.into_iter().map(|record| (record.session, record.stream)).collect()
    }
}

impl WorkerHost {
    /// Whether `session` is dead for all that this node saw. One that is here is not.
    pub(crate) fn is_dead(&self, session: SessionId) -> bool {
        !self.seats.read().contains_key(&session)
            && self.watch.lock().watch.is_dead(session, BootInstant::now())
    }

    /// Which of `suspects`, dead for all that this node saw, are so still, looked at once more just
    /// now: the attempts of a suspect were read since it was seen last, and it may have come back in
    /// between.
    pub(crate) async fn still_dead(
        &self,
        suspects: Vec<SessionId>,
    ) -> Result<Vec<SessionId>, StoreError> {
        if suspects.is_empty() {
            return Ok(suspects);
        }
        let sent = BootInstant::now();
        let seen = self.store.beat_sessions(self.boot, &[]).await?;
        self.watch.lock().confirm(sent, seen.sessions);
        Ok(suspects.into_iter().filter(|session| self.is_dead(*session)).collect())
    }

    /// Beats for the sessions at this node until `stop`, three times per grace at least.
    pub(crate) async fn beat(self: Arc<Self>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.beat_once().await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep((self.grace / 3).min(LONGEST_PERIOD)) => {}
            }
        }
    }

    async fn beat_once(&self) {
        let seats = self.all();
        let beats: Vec<SessionBeat> = seats
            .iter()
            .map(|seat| {
                let beat = seat.state.lock().beat + 1;
                SessionBeat { session: seat.session, stream: seat.stream, beat }
            })
            .collect();
        let sent = BootInstant::now();
        let seen = match self.store.beat_sessions(self.boot, &beats).await {
            Ok(seen) => seen,
            Err(error) => {
                self.watch.lock().watch.interrupt();
                SessionsInterrupted { error: &error }.emit();
                return;
            }
        };
        let SessionsSeen { lost, sessions } = seen;
        for (seat, beat) in seats.iter().zip(&beats) {
            if !lost.contains(&seat.session) {
                let mut state = seat.state.lock();
                (state.confirmed, state.beat) = (sent, beat.beat);
                continue;
            }
            let is_there = sessions.iter().any(|record| record.session == seat.session);
            let end = if is_there { StreamEnd::Resumed } else { StreamEnd::Over };
            self.vacate(seat, Some(end));
        }
        self.watch.lock().confirm(sent, sessions);
        for seat in self.all().iter().filter(|seat| seat.resumed) {
            if let Err(error) = self.recheck(seat).await {
                SessionsInterrupted { error: &error }.emit();
            }
        }
        let dead = self.watch.lock().long_dead();
        for (session, stream) in dead {
            if let Err(error) = self.store.close_session(session, stream).await {
                SessionsInterrupted { error: &error }.emit();
            }
        }
    }

    /// Looks again at what a resumed session holds. Its former host may have taken runs for it until
    /// its own next beat, and handed them to a stream that nobody reads. Waiting for the reconciler
    /// would hold them up for longer than a grace. As there, what only the store knows at two looks
    /// in a row did not arrive.
    async fn recheck(&self, seat: &Seat) -> Result<(), StoreError> {
        let looks = seat.state.lock().beat;
        if !RECHECKS.contains(&looks) {
            return Ok(());
        }
        let before = std::mem::take(&mut seat.state.lock().doubtful);
        let mut doubtful = HashSet::new();
        for local in &self.locals {
            let stored = self.store.attempts(local.partition).await?;
            let unknown = stored.into_iter().filter(|attempt| {
                attempt.owner == Owner::from(seat.session)
                    && !seat.holds(attempt.run, attempt.attempt)
            });
            let unknown: Vec<_> = unknown.collect();
            doubtful.extend(unknown.iter().map(|attempt| (attempt.run, attempt.attempt)));
            let lasting = unknown.into_iter().filter(|a| before.contains(&(a.run, a.attempt)));
            let lasting = lasting.map(Difference::OnlyStored).collect();
            self.mend(local.partition, lasting).await?;
        }
        seat.state.lock().doubtful = doubtful;
        Ok(())
    }
}

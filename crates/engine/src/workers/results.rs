//! What workers report, and what they ask for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{
    AttemptEnd, AttemptReport, LiveState, Owner, Partition, Payload, Run, RunError, RunId, RunState,
};
use bellwether_store::{AttemptRecord, Extend, StoreError};
use tokio::time::Instant;

use super::held::{Attempted, Judged};
use super::host::WorkerHost;
use super::outgoing::AckStatus;
use super::seat::{Seat, StreamEnd};
use crate::internal_event::StoreFailed;
use crate::retry::Backoff;

/// How long the ends of a worker's attempts have to be stored once it said goodbye.
const SETTLE_GRACE: Duration = Duration::from_secs(5);

/// How an attempt ended, by the worker's word.
#[derive(Clone, Debug, PartialEq)]
pub struct RunResult {
    /// The run.
    pub run: RunId,
    /// The attempt.
    pub attempt: u32,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an attempt at a worker ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It did what it should.
    Succeeded {
        /// What it returned.
        output: Option<Payload>,
        /// Whether that was cut to the limit.
        truncated: bool,
    },
    /// It did not.
    Failed {
        /// What went wrong.
        message: String,
        /// Whether another attempt may help.
        retryable: bool,
    },
}

impl Outcome {
    /// The end of an attempt that was to be cancelled for the reason `cancel`, if it was.
    fn into_end(self, seat: &Seat, cancel: Option<String>) -> (AttemptEnd, AttemptReport) {
        let report = AttemptReport { worker: seat.worker.to_string(), ..AttemptReport::default() };
        match self {
            Self::Failed { .. } if cancel.is_some() => {
                let reason = cancel.unwrap_or_default();
                (AttemptEnd::Cancelled, AttemptReport { reason, ..report })
            }
            Self::Succeeded { output, truncated } => {
                let report = AttemptReport { output, output_truncated: truncated, ..report };
                (AttemptEnd::Succeeded, report)
            }
            Self::Failed { message, retryable } => {
                let error = Some(RunError { code: "worker".to_owned(), message });
                let end = AttemptEnd::Failed { retryable, retry_after: None };
                (end, AttemptReport { error, ..report })
            }
        }
    }
}

impl WorkerHost {
    /// Takes results. Each is acked when it is stored, or refused.
    pub(super) async fn results(&self, seat: &Arc<Seat>, results: Vec<RunResult>) {
        seat.ready_for_results().await;
        let mut strays: BTreeMap<Partition, Vec<RunResult>> = BTreeMap::new();
        for result in results {
            match seat.judge(result.run, result.attempt) {
                Judged::Ends(attempted) => {
                    let (end, report) = result.outcome.into_end(seat, attempted.cancel.clone());
                    self.hand_in(Owner::from(seat.session), *attempted, end, report);
                }
                Judged::Done => {}
                Judged::Stray => strays.entry(result.run.partition).or_default().push(result),
            }
        }
        for (partition, results) in strays {
            self.strays(seat, partition, results).await;
        }
    }

    /// Results for attempts that are not known here: late ones, those of an earlier stream, and
    /// those of others. The store knows; while it is away the stream waits.
    async fn strays(&self, seat: &Arc<Seat>, partition: Partition, results: Vec<RunResult>) {
        if self.locals.get(usize::from(partition.0)).is_none() {
            for result in &results {
                seat.ack(result.run, result.attempt, AckStatus::UnknownRun);
            }
            return;
        }
        let mut backoff = Backoff::default();
        while let Err(error) = self.try_strays(seat, partition, &results).await {
            StoreFailed { partition, error: &error }.emit();
            tokio::select! {
                () = seat.closed.cancelled() => return,
                () = tokio::time::sleep(backoff.next()) => {}
            }
        }
    }

    async fn try_strays(
        &self,
        seat: &Arc<Seat>,
        partition: Partition,
        results: &[RunResult],
    ) -> Result<(), StoreError> {
        let ids: Vec<_> = results.iter().map(|result| result.run).collect();
        let runs = self.store.read_live_runs(partition, &ids).await?;
        let mut known = Vec::new();
        for (result, run) in results.iter().zip(runs) {
            match run {
                Some(run) if self.was_ours(seat, &run, result.attempt).await? => {
                    known.push((result, run));
                }
                _ => seat.ack(result.run, result.attempt, AckStatus::UnknownRun),
            }
        }
        let keys: Vec<_> = known.iter().map(|(_, run)| run.draft.job.clone()).collect();
        self.definitions.read(self.store.as_ref(), partition, &keys).await?;
        for (result, run) in known {
            let run = Run { attempt: result.attempt, ..run };
            let work = self.work_of(&run);
            let (end, report) = result.outcome.clone().into_end(seat, None);
            seat.await_stray(result.run, result.attempt);
            let attempted = Attempted { run, work, trace_id: String::new(), cancel: None };
            self.hand_in(Owner::from(seat.session), attempted, end, report);
        }
        Ok(())
    }

    /// Whether the attempt can have been this session's: one that is over, or the present one if the
    /// session holds it.
    async fn was_ours(&self, seat: &Seat, run: &Run, attempt: u32) -> Result<bool, StoreError> {
        let runs = run.state == RunState::Live(LiveState::Running);
        if attempt == 0 || attempt > run.attempt || !runs && attempt == run.attempt && run.lost == 0
        {
            return Ok(false);
        }
        if !runs || attempt < run.attempt {
            return Ok(true);
        }
        // To be given no more time changes nothing and tells who holds it.
        let probe = Extend {
            run: run.draft.id,
            attempt,
            owner: Owner::from(seat.session),
            by: Duration::ZERO,
        };
        let held = self.store.extend(run.draft.id.partition, &[probe]).await?;
        Ok(held.into_iter().any(|held| held.is_some()))
    }

    /// Gives attempts more time. The worker is told to end those that it does not hold any more.
    pub(super) async fn extend(&self, seat: &Arc<Seat>, wanted: Vec<(RunId, u32, Duration)>) {
        let mut by_partition: BTreeMap<Partition, Vec<Extend>> = BTreeMap::new();
        for (run, attempt, by) in wanted {
            if self.locals.get(usize::from(run.partition.0)).is_none() {
                seat.cancel(run, attempt);
                continue;
            }
            let extend = Extend { run, attempt, owner: Owner::from(seat.session), by };
            by_partition.entry(run.partition).or_default().push(extend);
        }
        for (partition, extensions) in by_partition {
            let asked = Instant::now();
            match self.store.extend(partition, &extensions).await {
                Ok(extended) => {
                    for (extend, extended) in extensions.iter().zip(extended) {
                        match extended {
                            None => seat.cancel(extend.run, extend.attempt),
                            Some(extended) => {
                                let at = asked + extended.deadline.since(extended.now);
                                self.note_deadline(seat, extend, at);
                            }
                        }
                    }
                }
                // The worker sees that its time is not up yet, and asks again; or it is.
                Err(error) => StoreFailed { partition, error: &error }.emit(),
            }
        }
    }

    fn note_deadline(&self, seat: &Seat, extend: &Extend, at: Instant) {
        let key = (seat.session, extend.run, extend.attempt);
        if let Some(before) = seat.set_deadline(extend.run, extend.attempt, at) {
            self.deadlines.remove(before, key);
            self.deadlines.add(at, key);
        }
    }

    /// Ends the session: what the worker still holds ends at once, under `on_lost`, since it may have
    /// begun. What it reported is stored and acked first.
    pub(super) async fn goodbye(&self, seat: &Arc<Seat>) {
        seat.state.lock().open = false;
        let unsent = seat.take_unsent();
        for (run, attempt) in unsent {
            if let Some(attempted) = seat.end(run, attempt) {
                let owner = Owner::from(seat.session);
                let report = AttemptReport::default();
                self.hand_in(owner, attempted, AttemptEnd::NeverDelivered, report);
            }
        }
        for (run, attempt) in seat.all_held() {
            let Some(attempted) = seat.end(run, attempt) else { continue };
            let report = AttemptReport {
                worker: seat.worker.to_string(),
                reason: "the worker said goodbye".to_owned(),
                ..AttemptReport::default()
            };
            self.hand_in(Owner::from(seat.session), attempted, AttemptEnd::Lost, report);
        }
        let _ = tokio::time::timeout(SETTLE_GRACE, seat.all_settled()).await;
        if let Err(error) = self.store.close_session(seat.session, seat.stream).await {
            crate::internal_event::SessionsInterrupted { error: &error }.emit();
        }
        self.vacate(seat, Some(StreamEnd::Goodbye));
    }

    /// What the session `seat` holds by the store's word and not by the node's, and the other way
    /// round, at `partition`.
    pub(crate) fn compare(
        &self,
        stored: &[AttemptRecord],
        partition: Partition,
    ) -> Vec<Difference> {
        let mut differences = Vec::new();
        for seat in self.all() {
            let owner = Owner::from(seat.session);
            let of_session = || stored.iter().filter(|attempt| attempt.owner == owner);
            let unknown = of_session().filter(|a| !seat.holds(a.run, a.attempt)).copied();
            differences.extend(unknown.map(Difference::OnlyStored));
            let held = seat.all_held().into_iter().filter(|(run, _)| run.partition == partition);
            let gone = held.filter(|(run, attempt)| {
                !of_session().any(|stored| stored.run == *run && stored.attempt == *attempt)
            });
            differences.extend(gone.map(|(run, attempt)| Difference::OnlyHeld {
                owner,
                run,
                attempt,
            }));
        }
        differences
    }

    /// Acts upon differences that lasted.
    pub(crate) async fn mend(
        &self,
        partition: Partition,
        lasting: Vec<Difference>,
    ) -> Result<(), StoreError> {
        let Some(local) = self.locals.get(usize::from(partition.0)) else { return Ok(()) };
        let mut unknown = Vec::new();
        for difference in lasting {
            match difference {
                Difference::OnlyStored(attempt) => unknown.push(attempt),
                Difference::OnlyHeld { owner, run, attempt } => {
                    let Some(seat) = self.seat_of(owner) else { continue };
                    seat.cancel(run, attempt);
                    seat.forget(run, attempt).into_iter().for_each(|held| {
                        self.deadlines.remove(held.deadline, (seat.session, run, attempt));
                    });
                    self.room_came_free();
                }
            }
        }
        for (attempt, run, work) in self.read_runs(local, &unknown).await? {
            self.end_unreceived(attempt.owner, &run, &work);
        }
        Ok(())
    }
}

/// An attempt of a worker's session that only one of the two sides knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// The store says that the session holds it.
    OnlyStored(AttemptRecord),
    /// The node does.
    OnlyHeld {
        /// The session.
        owner: Owner,
        /// The run.
        run: RunId,
        /// The attempt.
        attempt: u32,
    },
}

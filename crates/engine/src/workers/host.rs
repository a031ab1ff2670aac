//! The workers at this node: who they are, what they are given, and what becomes of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::plan::misfires_at_start;
use bellwether_domain::{
    AttemptEnd, AttemptReport, BootId, JobDefaults, NextStep, Owner, Partition, Run, RunId,
    SessionId, Target, Timestamp,
};
use bellwether_store::{Finish, FinishReply, Lane, Leased, ReadyKey, Store, Take};
use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::deadlines::Deadlines;
use super::held::{Attempted, Held, Phase};
use super::lent::Lent;
use super::outgoing::{AckStatus, Delivery};
use super::seat::{Seat, StreamEnd};
use super::share::{Waiting, share};
use super::watch::SessionWatch;
use crate::definitions::Definitions;
use crate::dispatch::{RunReport, Work, finish};
use crate::internal_event::{AttemptDelivered, AttemptEnded, ResultRefused, WorkerLeft};
use crate::local::LocalPartition;

/// At most this many runs are taken for workers by one turn.
const BUDGET: u32 = 100;

/// The workers at this node.
pub(crate) struct WorkerHost {
    pub(super) boot: BootId,
    pub(super) node: String,
    pub(super) grace: Duration,
    defaults: JobDefaults,
    pub(super) store: Arc<dyn Store>,
    pub(super) locals: Vec<Arc<LocalPartition>>,
    pub(super) definitions: Arc<Definitions>,
    reports: broadcast::Sender<RunReport>,
    pub(super) draining: CancellationToken,
    pub(super) watch: Mutex<SessionWatch>,
    pub(super) deadlines: Deadlines,
    pub(super) seats: RwLock<HashMap<SessionId, Arc<Seat>>>,
    pub(super) emptied: Notify,
}

/// What a host is given.
pub(crate) struct HostParts {
    pub(crate) boot: BootId,
    pub(crate) node: String,
    pub(crate) grace: Duration,
    pub(crate) defaults: JobDefaults,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) locals: Vec<Arc<LocalPartition>>,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) reports: broadcast::Sender<RunReport>,
    pub(crate) draining: CancellationToken,
}

impl WorkerHost {
    /// A host without workers.
    pub(crate) fn new(parts: HostParts) -> Self {
        let HostParts { boot, node, grace, defaults, store, locals, definitions, .. } = parts;
        Self {
            boot,
            node,
            grace,
            defaults,
            store,
            locals,
            definitions,
            reports: parts.reports,
            draining: parts.draining,
            watch: Mutex::new(SessionWatch::new(grace)),
            deadlines: Deadlines::default(),
            seats: RwLock::default(),
            emptied: Notify::new(),
        }
    }

    /// The workers, in no order.
    pub(super) fn all(&self) -> Vec<Arc<Seat>> {
        self.seats.read().values().cloned().collect()
    }

    /// Whether any worker is here.
    pub(crate) fn has_workers(&self) -> bool {
        !self.seats.read().is_empty()
    }

    /// Whether any worker here takes the runs of `lane`.
    pub(crate) fn serves(&self, lane: &Lane) -> bool {
        self.seats.read().values().any(|seat| seat.serves.serves(lane))
    }

    /// Whether `owner` is a worker here.
    pub(super) fn seat_of(&self, owner: Owner) -> Option<Arc<Seat>> {
        self.seats.read().get(&SessionId(owner.0)).cloned()
    }

    /// Lends workers' room to a turn on `local`, which asks for so many runs of each list, the most
    /// urgent first: the takes that use it.
    pub(crate) fn lend(
        self: &Arc<Self>,
        local: &LocalPartition,
        lists: &[(ReadyKey, u32)],
    ) -> (Vec<Take>, Lent) {
        if lists.is_empty() {
            return (Vec::new(), Lent { host: Arc::clone(self), rows: Vec::new() });
        }
        let mut rows: Vec<(Arc<Seat>, u32)> =
            self.all().into_iter().map(|seat| (seat, 0)).collect();
        let free: Vec<u32> = rows.iter().map(|(seat, _)| seat.room(self.grace)).collect();
        let waiting: Vec<_> = lists.iter().map(|(_, wanted)| Waiting { wanted: *wanted }).collect();
        let shared = share(&waiting, &free, BUDGET, |list, seat| {
            rows[seat].0.serves.serves(&lists[list].0.lane)
        });
        for list in shared.foreign {
            local.queues.remove(&lists[list].0);
        }
        for list in shared.short {
            local.queues.add(lists[list].0.clone());
            local.queues.set_short();
        }
        let mut takes = Vec::with_capacity(shared.shares.len());
        for part in shared.shares {
            let (seat, lent) = &mut rows[part.seat];
            seat.lend(part.most);
            *lent += part.most;
            let ready = lists[part.list].0.clone();
            takes.push(Take { ready, most: part.most, owner: seat.session.into() });
        }
        rows.retain(|(_, lent)| *lent > 0);
        (takes, Lent { host: Arc::clone(self), rows })
    }

    /// Wakes the loops whose workers lacked room.
    pub(super) fn room_came_free(&self) {
        for local in self.locals.iter().filter(|local| local.queues.was_short()) {
            local.ring();
        }
    }

    /// Has every loop look for runs that wait for workers.
    pub(super) fn look_everywhere(&self) {
        for local in &self.locals {
            local.queues.call();
            local.ring();
        }
    }

    /// Hands a leased attempt to its worker, or ends it where it must not start.
    pub(crate) fn deliver(&self, leased: Leased, work: Work, now: Timestamp, lent: &mut Lent) {
        let Leased { run, owner, .. } = leased;
        let seat = lent.use_one(owner);
        let end = match (&seat, &work) {
            (None, _) | (_, Work::Unread) => Some(AttemptEnd::NeverDelivered),
            (_, Work::Gone) => Some(AttemptEnd::Cancelled),
            (_, Work::Unusable) => Some(AttemptEnd::Failed { retryable: false, retry_after: None }),
            // The job was changed since: the run belongs on another list.
            (Some(seat), Work::Known(job)) if !seat.serves.serves(&job.ready.lane) => {
                Some(AttemptEnd::NeverDelivered)
            }
            (Some(_), Work::Known(job)) => {
                let late = misfires_at_start(now, &run.draft, run.attempt, job.policy.misfire);
                late.then_some(AttemptEnd::Misfired)
            }
        };
        let attempted = Attempted {
            run,
            work,
            trace_id: format!("{:032x}", rand::random::<u128>()),
            cancel: None,
        };
        if let Some(end) = end {
            self.hand_in(owner, attempted, end, AttemptReport::default());
            return;
        }
        let sent = seat.is_some_and(|seat| self.send(&seat, &attempted));
        if sent {
            AttemptDelivered { run: &attempted.run, now }.emit();
        } else {
            self.hand_in(owner, attempted, AttemptEnd::NeverDelivered, AttemptReport::default());
        }
    }

    /// Puts an attempt where the worker's stream finds it.
    fn send(&self, seat: &Seat, attempted: &Attempted) -> bool {
        let Attempted { run, work, trace_id, .. } = attempted;
        let Work::Known(job) = work else { return false };
        let Target::Worker(target) = &job.definition.spec.target else { return false };
        let deadline = Instant::now() + run.draft.timeout;
        let delivery = Delivery {
            run: run.clone(),
            queue: target.queue.clone(),
            handler: target.handler.clone(),
            payload: run.draft.payload.clone().or_else(|| target.payload.clone()),
            deadline,
            traceparent: format!("00-{trace_id}-{:016x}-01", rand::random::<u64>()),
        };
        let held = Held {
            run: run.clone(),
            work: work.clone(),
            deadline,
            trace_id: trace_id.clone(),
            phase: Phase::UnderWay,
            cancel: None,
        };
        let key = (seat.session, run.draft.id, run.attempt);
        self.deadlines.add(deadline, key);
        let sent = seat.deliver(held, delivery, self.grace);
        if !sent {
            self.deadlines.remove(deadline, key);
        }
        sent
    }

    /// Puts the end of an attempt that `owner` holds where the partition's next turn finds it.
    pub(super) fn hand_in(
        &self,
        owner: Owner,
        attempted: Attempted,
        end: AttemptEnd,
        report: AttemptReport,
    ) {
        let Attempted { run, work, trace_id, .. } = &attempted;
        let step = finish::step_after(run, work, self.defaults.of(&run.draft.job.namespace), end);
        AttemptEnded { run, work, end, step }.emit();
        let report =
            AttemptReport { node: self.node.clone(), trace_id: trace_id.clone(), ..report };
        self.hand_in_step(owner, run, work, step, report);
    }

    /// The same, where what becomes of the run is known.
    pub(super) fn hand_in_step(
        &self,
        owner: Owner,
        run: &Run,
        work: &Work,
        step: NextStep,
        report: AttemptReport,
    ) {
        let fallback = self.defaults.of(&run.draft.job.namespace);
        let finish = finish::finish(run, work, fallback, owner, step, report);
        if let Some(local) = self.locals.get(usize::from(finish.run.partition.0)) {
            local.hand_in(finish);
        }
    }

    /// Draws the consequences of a stored, or refused, end.
    pub(crate) fn settle(&self, finish: &Finish, reply: FinishReply, now: Timestamp) {
        let Some(seat) = self.seat_of(finish.owner) else { return };
        let status = match reply {
            FinishReply::Recorded => AckStatus::Recorded,
            FinishReply::Superseded => AckStatus::Superseded,
            FinishReply::Unknown => AckStatus::UnknownRun,
        };
        let Some(held) = seat.settle(finish.run, finish.attempt, status) else { return };
        self.deadlines.remove(held.deadline, (seat.session, finish.run, finish.attempt));
        self.room_came_free();
        if reply != FinishReply::Recorded {
            ResultRefused { run: &held.run, reply }.emit();
        } else if let Some(report) = finish::run_report(held.run, finish, now) {
            // Nobody may be listening; that is no failure.
            let _ = self.reports.send(report);
        }
    }

    /// Ends a worker's stream. What was not sent goes back; what was sent stays with the session,
    /// which another stream may go on with.
    pub(super) fn vacate(&self, seat: &Arc<Seat>, end: Option<StreamEnd>) {
        let mut seats = self.seats.write();
        if seats.get(&seat.session).is_some_and(|there| Arc::ptr_eq(there, seat)) {
            seats.remove(&seat.session);
            WorkerLeft { session: seat.session, worker: &seat.worker, end: seat.ended().or(end) }
                .emit();
        }
        let empty = seats.is_empty();
        drop(seats);
        for delivery in seat.close(end) {
            self.give_back(seat, &delivery.run);
        }
        let held = std::mem::take(&mut seat.state.lock().held);
        for ((run, attempt), held) in held {
            self.deadlines.remove(held.deadline, (seat.session, run, attempt));
        }
        if empty {
            self.emptied.notify_waiters();
        }
    }

    /// Changes how many runs a worker takes.
    pub(super) fn set_capacity(&self, seat: &Seat, capacity: u32) {
        for delivery in seat.set_capacity(capacity) {
            self.give_back(seat, &delivery.run);
        }
        self.look_everywhere();
    }

    fn give_back(&self, seat: &Seat, run: &Run) {
        let held = seat.state.lock().held.remove(&(run.draft.id, run.attempt));
        let Some(held) = held else { return };
        self.deadlines.remove(held.deadline, (seat.session, run.draft.id, run.attempt));
        let owner = Owner::from(seat.session);
        self.hand_in(owner, held.attempted(), AttemptEnd::NeverDelivered, AttemptReport::default());
    }

    /// Asks the worker that holds an attempt of `run` to end it; asking again does nothing. What it
    /// then reports as failed was cancelled.
    pub(crate) fn cancel(&self, run: RunId, reason: &str) {
        self.all().iter().for_each(|seat| seat.ask_to_cancel(run, reason));
    }

    /// The partitions of the attempts that workers here hold.
    pub(crate) fn partitions(&self) -> BTreeSet<Partition> {
        let held = self.all().into_iter().flat_map(|seat| seat.all_held());
        held.map(|(run, _)| run.partition).collect()
    }

    /// Ends the attempts whose time is up, until `stop`.
    pub(crate) async fn watch_deadlines(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let passed = tokio::select! {
                () = stop.cancelled() => return,
                passed = self.deadlines.passed() => passed,
            };
            for (session, run, attempt) in passed {
                let Some(seat) = self.seat_of(Owner::from(session)) else { continue };
                let Some(attempted) = seat.end(run, attempt) else { continue };
                let sent = !seat.withdraw(run, attempt);
                if sent {
                    seat.cancel(run, attempt);
                }
                let report = AttemptReport {
                    worker: seat.worker.to_string(),
                    reason: "the attempt went on for longer than its timeout".to_owned(),
                    ..AttemptReport::default()
                };
                self.hand_in(Owner::from(session), attempted, AttemptEnd::TimedOut, report);
            }
        }
    }

    /// Sends the workers away as soon as the node drains, whoever asked for that.
    pub(crate) async fn send_away_when_draining(
        self: Arc<Self>,
        patience: Duration,
        stop: CancellationToken,
    ) {
        tokio::select! {
            () = self.draining.cancelled() => self.send_away(patience).await,
            () = stop.cancelled() => {}
        }
    }

    /// Asks every worker to go to another node, and ends the streams of those that do not within
    /// `patience`: their sessions go on there all the same.
    pub(crate) async fn send_away(&self, patience: Duration) {
        for seat in self.all() {
            seat.drain();
        }
        let gone = async {
            loop {
                let emptied = self.emptied.notified();
                if !self.has_workers() {
                    return;
                }
                emptied.await;
            }
        };
        let _ = tokio::time::timeout(patience, gone).await;
        for seat in self.all() {
            self.vacate(&seat, Some(StreamEnd::Leaving));
        }
    }
}

//! The loop of a partition: what is due becomes claims, what ended becomes finishes, what waits is
//! taken for free slots, all in one turn after another.
//!
//! Every node runs one loop for each partition. Only the leader's looks at what is due; the
//! others' take ready runs and store results. A loop has one turn under way at a time, and what
//! happens meanwhile goes into the next, so that load makes batches instead of queues of calls.

mod backfill;
mod cancelled;
mod due;
#[cfg(feature = "failpoints")]
mod failpoint;
mod lane;
mod queues;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::pause::Pauses;
use bellwether_domain::{JobKey, Timestamp};
use bellwether_store::{
    ClaimItem, ClaimReply, Lane, LeaseToken, Leased, RecordReply, Store, StoreError, Turn,
    TurnReply,
};
use tokio_util::sync::CancellationToken;

use self::lane::{LaneTurns, Sent};
use crate::boot_clock::BootInstant;
use crate::definitions::Definitions;
use crate::dispatch::{Dispatcher, Slots, Work};
use crate::internal_event::{ClaimOutcome, LeaderEnded, StoreFailed};
use crate::local::LocalPartition;
use crate::retry::Backoff;
use crate::store_clock::StoreClock;
use crate::workers::{Lent, WorkerHost};

/// At most this many finishes, and about this many fires, in one turn.
const BATCH: usize = 200;

/// At most this many runs are taken from one list of the nodes' lane by one turn, so that a turn
/// with all that it may carry stays within what a store accepts.
const LARGEST_TAKE: u32 = 100;

/// How long a job is left alone after its claim was refused for a reason that may pass.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// The loop of one partition.
pub(crate) struct PartitionLoop {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) local: Arc<LocalPartition>,
    pub(crate) definitions: Arc<Definitions>,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) workers: Arc<WorkerHost>,
    pub(crate) clock: Arc<StoreClock>,
    pub(crate) ttl: Duration,
    pub(crate) draining: CancellationToken,
    lane: LaneTurns,
    /// What the partition was seen to have paused.
    pauses: Pauses,
    /// Jobs to leave alone for a while, though they are due.
    left_alone: HashMap<JobKey, BootInstant>,
    /// The earliest instant at which the leader has to look at what is due.
    next_look: Option<Timestamp>,
    looked: BootInstant,
    /// How many turns looked for what workers can take.
    worker_turns: u64,
}

/// What to do after a pass.
enum Rest {
    /// There is more to do.
    None,
    /// Nothing is to be done before this, unless the bell rings.
    For(Duration),
}

impl PartitionLoop {
    #[expect(clippy::too_many_arguments, reason = "the parts of a node, each named")]
    pub(crate) fn new(
        store: Arc<dyn Store>,
        boot: bellwether_domain::BootId,
        local: Arc<LocalPartition>,
        definitions: Arc<Definitions>,
        dispatcher: Arc<Dispatcher>,
        workers: Arc<WorkerHost>,
        clock: Arc<StoreClock>,
        ttl: Duration,
        draining: CancellationToken,
    ) -> Self {
        let lane = LaneTurns::new(local.partition, boot);
        let looked = BootInstant::now();
        Self {
            store,
            local,
            definitions,
            dispatcher,
            workers,
            clock,
            ttl,
            draining,
            lane,
            pauses: Pauses::default(),
            left_alone: HashMap::new(),
            next_look: None,
            looked,
            worker_turns: 0,
        }
    }

    /// Serves until `stop`.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut backoff = Backoff::default();
        while !stop.is_cancelled() {
            let rest = match self.pass(&stop).await {
                Ok(rest) => {
                    backoff.reset();
                    self.local.note_progress();
                    rest
                }
                Err(error) => {
                    StoreFailed { partition: self.local.partition, error: &error }.emit();
                    self.local.call_to_look();
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = tokio::time::sleep(backoff.next()) => {}
                    }
                    continue;
                }
            };
            match rest {
                Rest::None => tokio::task::yield_now().await,
                Rest::For(span) => tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.local.rung() => {}
                    () = tokio::time::sleep(span) => {}
                },
            }
        }
    }

    /// One round: look, plan, send a turn, carry out its reply.
    async fn pass(&mut self, stop: &CancellationToken) -> Result<Rest, StoreError> {
        self.lane.open(self.store.as_ref()).await?;
        let serving = !self.draining.is_cancelled();
        if !serving {
            self.local.note_quiet();
        }
        let local = Arc::clone(&self.local);
        let _under_way = local.between_turns().await;
        let token = self.local.trusted_token(self.ttl).filter(|_| serving);
        let sight = match token {
            Some(_) if self.has_to_look() => self.look().await?,
            _ => due::Sight::default(),
        };
        if let (Some(token), [_, ..]) = (token, &sight.cancels[..]) {
            self.end_cancelled(token, &sight.cancels).await?;
        }
        if let (Some(token), [_, ..]) = (token, &sight.backfills[..]) {
            self.advance_backfills(token, &sight.backfills, sight.now).await?;
        }
        let mut turn = Turn {
            lease: token,
            finishes: self.local.collect(BATCH),
            promotes: sight.promotes,
            claims: sight.claims,
            ..Turn::default()
        };
        let slots = self.reserve(&mut turn, serving);
        let lent = match serving && self.workers.has_workers() {
            true => Some(self.take_for_workers(&mut turn).await?),
            false => None,
        };
        if turn.is_empty() {
            return Ok(self.rest(sight.more));
        }
        #[cfg(feature = "failpoints")]
        if token.is_some() && !turn.claims.is_empty() {
            failpoint::claim_before_turn(self.local.partition, stop).await;
        }
        let began = BootInstant::now();
        let sent = self.lane.send(self.store.as_ref(), turn, stop).await;
        match sent {
            Sent::Answered(turn, reply) => {
                self.clock.observe(began, reply.now);
                self.carry_out(turn, reply, began, slots, lent, token).await?;
            }
            Sent::Unregistered(turn) => {
                self.local.put_back(turn.finishes);
                self.dispatcher.abandon(self.local.partition);
                self.local.call_to_look();
                return Ok(Rest::None);
            }
            Sent::Stopped(turn) => self.local.put_back(turn.finishes),
        }
        Ok(self.rest(sight.more))
    }

    /// Slots for what the turn may lease, and the takes that use them.
    fn reserve(&self, turn: &mut Turn, serving: bool) -> Slots {
        let of_nodes = turn.claims.iter().filter(|item| item.ready.lane == Lane::Node);
        let planned: usize = of_nodes.map(|item| item.claim.fires.len()).sum();
        let waiting = usize::try_from(self.local.ready()).unwrap_or(usize::MAX);
        let waiting = waiting.saturating_add(turn.promotes.len()).min(BATCH);
        // What a session leases that does not hold could only be given back.
        let may_deliver = serving && self.dispatcher.session.holds();
        let wanted = if may_deliver { planned + waiting } else { 0 };
        let slots = self.dispatcher.reserve(wanted, self.local.partition);
        turn.free = u32::try_from(slots.len()).unwrap_or(u32::MAX);
        if waiting > 0 && turn.free > 0 {
            turn.takes = self.lane.takes(turn.free.min(LARGEST_TAKE));
        }
        slots
    }

    async fn carry_out(
        &mut self,
        mut turn: Turn,
        reply: TurnReply,
        sent: BootInstant,
        slots: Slots,
        lent: Option<Lent>,
        token: Option<LeaseToken>,
    ) -> Result<(), StoreError> {
        let finishes = std::mem::take(&mut turn.finishes);
        for (finish, answer) in finishes.into_iter().zip(&reply.finishes) {
            if finish.owner == self.dispatcher.owner {
                self.dispatcher.settle(&finish, *answer, reply.now);
                self.local.settled.lock().note(finish, *answer);
            } else {
                self.workers.settle(&finish, *answer, reply.now);
            }
        }
        for (item, answer) in turn.claims.iter().zip(&reply.claims) {
            ClaimOutcome { item, reply: answer }.emit();
            self.judge(item, answer, token);
        }
        self.note_ready(&turn, &reply, slots.len());
        if let Some(lent) = &lent {
            self.note_taken(&turn, &reply, lent);
        }
        self.deliver(reply.leased, sent, reply.now, slots, lent).await
    }

    /// Notes how many runs wait on the nodes' lists by now, about.
    fn note_ready(&self, turn: &Turn, reply: &TurnReply, slots: usize) {
        let readied = |(item, reply): (&ClaimItem, &ClaimReply)| match reply {
            ClaimReply::Done(records) | ClaimReply::Replaced(records)
                if item.ready.lane == Lane::Node =>
            {
                records.iter().filter(|record| **record == RecordReply::Ready).count()
            }
            _ => 0,
        };
        let readied = turn.claims.iter().zip(&reply.claims).map(readied).sum::<usize>() as u64;
        let own = |leased: &&Leased| leased.owner == self.dispatcher.owner;
        let leased = reply.leased.iter().filter(own).count();
        let took = turn.takes.iter().any(|take| take.ready.lane == Lane::Node);
        if took && leased < slots {
            self.local.set_ready(0);
        } else if readied > 0 {
            self.local.set_ready(self.local.ready() + readied);
        }
    }

    /// Draws the consequences of a claim's reply for the next look.
    fn judge(&mut self, item: &ClaimItem, reply: &ClaimReply, token: Option<LeaseToken>) {
        let claim = &item.claim;
        match reply {
            ClaimReply::Done(_) | ClaimReply::Replaced(_) => {
                if let Some(next) = claim.next {
                    self.look_by(next.start_after);
                }
            }
            ClaimReply::StaleEpoch => {
                if let Some(token) = token.filter(|token| self.local.end_term(*token)) {
                    LeaderEnded { token, why: "a claim was refused: stale epoch" }.emit();
                }
            }
            ClaimReply::Changed | ClaimReply::Deferred => {
                let until = BootInstant::now().after(REFUSED_PAUSE);
                self.left_alone.insert(claim.key.clone(), until);
                self.look_by(claim.expected.start_after);
            }
        }
    }

    async fn deliver(
        &self,
        leased: Vec<Leased>,
        sent: BootInstant,
        now: Timestamp,
        mut slots: Slots,
        mut lent: Option<Lent>,
    ) -> Result<(), StoreError> {
        let known = leased.iter().filter_map(|l| Some((&l.run.draft.job, l.etag?)));
        let fetched =
            self.definitions.fetch(self.store.as_ref(), self.local.partition, known).await;
        for leased in leased {
            let work = match (leased.etag, self.definitions.latest(&leased.run.draft.job)) {
                (None, _) => Work::Gone,
                (Some(_), Some(job)) => Work::Known(job),
                (Some(_), None) if fetched.is_err() => Work::Unread,
                (Some(_), None) => Work::Unusable,
            };
            match &mut lent {
                Some(lent) if leased.owner != self.dispatcher.owner => {
                    self.workers.deliver(leased, work, now, lent);
                }
                _ => self.dispatcher.deliver(leased, work, sent, now, slots.take_one()),
            }
        }
        fetched
    }

    fn has_to_look(&mut self) -> bool {
        let called = self.local.was_called();
        let due = self.next_look.is_some_and(|at| self.clock.until(at).is_zero());
        called || due || BootInstant::now().since(self.looked) >= self.ttl / 3
    }

    fn look_by(&mut self, at: Timestamp) {
        self.next_look = Some(self.next_look.map_or(at, |known| known.min(at)));
    }

    fn rest(&self, more: bool) -> Rest {
        if more || self.local.has_mail() {
            return Rest::None;
        }
        let heartbeat = self.ttl / 3;
        let leads = self.local.term().is_some();
        let look = self.next_look.filter(|_| leads).map(|at| self.clock.until(at));
        let mut span = look.map_or(heartbeat, |until| until.min(heartbeat));
        if span.is_zero() {
            let now = BootInstant::now();
            let ends = self.left_alone.values().map(|until| until.since(now)).min();
            span = ends.unwrap_or_default();
        }
        if span.is_zero() { Rest::None } else { Rest::For(span) }
    }
}

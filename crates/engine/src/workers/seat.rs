//! A worker at this node: its stream, what it holds, and how much room it has.

use std::collections::{HashMap, HashSet};

use bellwether_domain::{RunId, SessionId, WorkerId};
use bellwether_store::StreamNumber;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::held::{Attempted, Held, Judged, Phase, Remembered};
use super::outgoing::{AckStatus, Delivery, Outbox, ToWorker};
use super::subscription::Subscription;
use crate::boot_clock::BootInstant;

/// The most runs that wait to be sent to one worker, and the most bytes of theirs: one that does not
/// read its stream takes no more than this out of the queues for others, nor of the node's memory.
const WINDOW: u32 = 256;
const WINDOW_BYTES: usize = 8 * 1024 * 1024;

/// While so many acks wait to be sent, no results are read.
const ACKS: usize = 4_096;

/// Why a stream is ended by the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// The worker said goodbye, and everything is settled.
    Goodbye,
    /// The session goes on at another stream.
    Resumed,
    /// The session is over: nobody had beaten for it for too long.
    Over,
    /// The node leaves.
    Leaving,
}

/// A worker at this node.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(super) session: SessionId,
    pub(super) stream: StreamNumber,
    pub(super) worker: WorkerId,
    pub(super) serves: Subscription,
    /// Whether the session went on from another stream.
    pub(super) resumed: bool,
    /// Rung when there is something to be sent.
    pub(super) bell: Notify,
    /// Rung when acks were sent, or attempts settled.
    pub(super) relief: Notify,
    /// Cancelled when the stream is over, whoever ended it.
    pub(super) closed: CancellationToken,
    pub(super) state: Mutex<SeatState>,
}

/// What changes of a seat.
#[derive(Debug)]
pub(super) struct SeatState {
    /// Whether runs are offered: what a resumed session holds must be known first, and a session that
    /// said goodbye or lost its stream gets no more.
    pub(super) open: bool,
    pub(super) end: Option<StreamEnd>,
    pub(super) capacity: u32,
    /// Room that is lent to turns under way.
    pub(super) lent: u32,
    pub(super) held: HashMap<(RunId, u32), Held>,
    pub(super) out: Outbox,
    /// From before the latest beat, or the opening, was sent.
    pub(super) confirmed: BootInstant,
    pub(super) beat: u64,
    settled: Remembered,
    /// Results on their way to the store for attempts that are not held here.
    strays: HashSet<(RunId, u32)>,
    /// Attempts that only the store knew when a resumed session was last looked at.
    pub(super) doubtful: HashSet<(RunId, u32)>,
}

impl Seat {
    pub(super) fn new(
        session: SessionId,
        stream: StreamNumber,
        worker: WorkerId,
        serves: Subscription,
        capacity: u32,
        confirmed: BootInstant,
    ) -> Self {
        let state = SeatState {
            open: false,
            end: None,
            capacity,
            lent: 0,
            held: HashMap::new(),
            out: Outbox::default(),
            confirmed,
            beat: 0,
            settled: Remembered::default(),
            strays: HashSet::new(),
            doubtful: HashSet::new(),
        };
        Self {
            session,
            stream,
            worker,
            serves,
            resumed: false,
            bell: Notify::new(),
            relief: Notify::new(),
            closed: CancellationToken::new(),
            state: Mutex::new(state),
        }
    }

    /// How many runs may be sent to the worker now.
    pub(super) fn room(&self, grace: std::time::Duration) -> u32 {
        let state = self.state.lock();
        let holds = BootInstant::now().since(state.confirmed) < grace;
        if !state.open || !holds || state.out.bytes > WINDOW_BYTES {
            return 0;
        }
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let used = count(state.held.len()).saturating_add(state.lent);
        let unsent = count(state.out.runs.len()).saturating_add(state.lent);
        state.capacity.saturating_sub(used).min(WINDOW.saturating_sub(unsent))
    }

    /// Lends room to a turn.
    pub(super) fn lend(&self, most: u32) {
        self.state.lock().lent += most;
    }

    /// Room comes back from a turn.
    pub(super) fn take_back(&self, most: u32) {
        let mut state = self.state.lock();
        state.lent = state.lent.saturating_sub(most);
    }

    /// Hands a run over to the stream. `false`: the stream is over, or the others may have taken the
    /// session for dead.
    pub(super) fn deliver(
        &self,
        held: Held,
        delivery: Delivery,
        grace: std::time::Duration,
    ) -> bool {
        let mut state = self.state.lock();
        let holds = BootInstant::now().since(state.confirmed) < grace;
        // The worker may have lowered its capacity since the room was lent.
        let full = state.held.len() >= state.capacity as usize;
        if !state.open || !holds || full {
            return false;
        }
        state.held.insert((held.run.draft.id, held.run.attempt), held);
        state.out.push(delivery);
        drop(state);
        self.bell.notify_one();
        true
    }

    /// Judges a result, and notes that the attempt ends where it does.
    pub(super) fn judge(&self, run: RunId, attempt: u32) -> Judged {
        let mut state = self.state.lock();
        let state = &mut *state;
        if let Some(status) = state.settled.find((run, attempt)) {
            state.out.acks.push((run, attempt, status));
            self.bell.notify_one();
            return Judged::Done;
        }
        let Some(held) = state.held.get_mut(&(run, attempt)) else { return Judged::Stray };
        match &mut held.phase {
            Phase::UnderWay => {
                held.phase = Phase::Ending { reported: true, late: false };
                Judged::Ends(Box::new(held.attempted()))
            }
            Phase::Ending { reported, late } => {
                *late |= !*reported;
                Judged::Done
            }
        }
    }

    /// Ends an attempt from the node's side. `None`: its end is on its way already.
    pub(super) fn end(&self, run: RunId, attempt: u32) -> Option<Attempted> {
        let mut state = self.state.lock();
        let held = state.held.get_mut(&(run, attempt))?;
        if held.phase != Phase::UnderWay {
            return None;
        }
        held.phase = Phase::Ending { reported: false, late: false };
        Some(held.attempted())
    }

    /// Forgets an attempt whose end is stored, or refused, and acks it where the worker waits for
    /// that. What was known of it; `None`: nothing.
    pub(super) fn settle(&self, run: RunId, attempt: u32, status: AckStatus) -> Option<Held> {
        let mut state = self.state.lock();
        let key = (run, attempt);
        let held = state.held.remove(&key);
        let (awaited, status) = match held.as_ref().map(|held| &held.phase) {
            Some(Phase::Ending { reported: false, late }) => (*late, AckStatus::Superseded),
            // What was held here and is there no longer came too late, whatever became of the run.
            Some(_) if status != AckStatus::Recorded => (true, AckStatus::Superseded),
            Some(_) => (true, status),
            None => (state.strays.remove(&key), status),
        };
        if held.is_some() || awaited {
            state.settled.add(key, status);
        }
        if awaited {
            state.out.acks.push((run, attempt, status));
        }
        drop(state);
        self.bell.notify_one();
        self.relief.notify_one();
        held
    }

    /// Notes that the worker awaits the ack of a result for an attempt that it does not hold here.
    pub(super) fn await_stray(&self, run: RunId, attempt: u32) {
        self.state.lock().strays.insert((run, attempt));
    }

    /// Whether the worker holds the attempt.
    pub(super) fn holds(&self, run: RunId, attempt: u32) -> bool {
        self.state.lock().held.contains_key(&(run, attempt))
    }

    /// Takes a run back that was not sent yet. `false`: it was sent.
    pub(super) fn withdraw(&self, run: RunId, attempt: u32) -> bool {
        self.state.lock().out.withdraw(run, attempt)
    }

    /// The runs that were not sent yet; they will not be.
    pub(super) fn take_unsent(&self) -> Vec<(RunId, u32)> {
        let mut state = self.state.lock();
        state.out.bytes = 0;
        let unsent = std::mem::take(&mut state.out.runs);
        unsent.iter().map(|d| (d.run.draft.id, d.run.attempt)).collect()
    }

    /// The attempts that the worker holds.
    pub(super) fn all_held(&self) -> Vec<(RunId, u32)> {
        self.state.lock().held.keys().copied().collect()
    }

    /// Forgets an attempt that is not the session's any more.
    pub(super) fn forget(&self, run: RunId, attempt: u32) -> Option<Held> {
        self.state.lock().held.remove(&(run, attempt))
    }

    /// Waits until the ends of all attempts are stored and acked.
    pub(super) async fn all_settled(&self) {
        loop {
            let relief = self.relief.notified();
            let settled = {
                let state = self.state.lock();
                state.held.is_empty() && state.strays.is_empty() && state.out.acks.is_empty()
            };
            if settled || self.closed.is_cancelled() {
                return;
            }
            tokio::select! {
                () = relief => {}
                () = self.closed.cancelled() => {}
            }
        }
    }

    /// Asks the worker to go to another node; it gets no more runs here.
    pub(super) fn drain(&self) {
        let mut state = self.state.lock();
        state.out.drain |= std::mem::take(&mut state.open);
        drop(state);
        self.bell.notify_one();
    }

    /// Changes how many runs the worker takes. Those beyond that were not sent yet, which will not be.
    pub(super) fn set_capacity(&self, capacity: u32) -> Vec<Delivery> {
        let mut state = self.state.lock();
        state.capacity = capacity;
        let beyond = state.held.len().saturating_sub(capacity as usize);
        let unsent = state.out.runs.len();
        let withheld = state.out.runs.split_off(unsent - beyond.min(unsent));
        state.out.bytes -= withheld.iter().map(Delivery::size).sum::<usize>();
        withheld
    }

    /// Gives an attempt until `deadline`; the deadline before. `None`: it is not held, or its end is
    /// on its way.
    pub(super) fn set_deadline(&self, run: RunId, attempt: u32, at: Instant) -> Option<Instant> {
        let mut state = self.state.lock();
        let held = state.held.get_mut(&(run, attempt))?;
        (held.phase == Phase::UnderWay).then(|| std::mem::replace(&mut held.deadline, at))
    }

    /// Acks a result at once.
    pub(super) fn ack(&self, run: RunId, attempt: u32, status: AckStatus) {
        self.state.lock().out.acks.push((run, attempt, status));
        self.bell.notify_one();
    }

    /// Tells the worker to end an attempt.
    pub(super) fn cancel(&self, run: RunId, attempt: u32) {
        self.state.lock().out.cancels.push((run, attempt));
        self.bell.notify_one();
    }

    /// Asks the worker to end what it holds of a run, once.
    pub(super) fn ask_to_cancel(&self, run: RunId, reason: &str) {
        let mut state = self.state.lock();
        let state = &mut *state;
        for ((id, attempt), held) in &mut state.held {
            if *id == run && held.phase == Phase::UnderWay && held.cancel.is_none() {
                held.cancel = Some(reason.to_owned());
                state.out.cancels.push((run, *attempt));
            }
        }
        self.bell.notify_one();
    }

    /// The next message for the worker, as soon as there is one; `None` when the stream is over and
    /// all is said.
    pub(super) async fn next(&self) -> Option<ToWorker> {
        loop {
            if let Some(message) = self.state.lock().out.next() {
                self.relief.notify_one();
                return Some(message);
            }
            if self.closed.is_cancelled() {
                return None;
            }
            tokio::select! {
                () = self.bell.notified() => {}
                () = self.closed.cancelled() => {}
            }
        }
    }

    /// Waits until results may be read: not while the worker leaves too many acks unread.
    pub(super) async fn ready_for_results(&self) {
        while self.state.lock().out.acks.len() > ACKS && !self.closed.is_cancelled() {
            tokio::select! {
                () = self.relief.notified() => {}
                () = self.closed.cancelled() => {}
            }
        }
    }

    /// Ends the stream. What was not sent yet; nothing when it had ended before.
    pub(super) fn close(&self, end: Option<StreamEnd>) -> Vec<Delivery> {
        let mut state = self.state.lock();
        state.open = false;
        state.end = state.end.or(end);
        state.out.bytes = 0;
        let unsent = std::mem::take(&mut state.out.runs);
        drop(state);
        self.closed.cancel();
        unsent
    }

    /// Why the node ended the stream.
    pub(super) fn ended(&self) -> Option<StreamEnd> {
        self.state.lock().end
    }
}

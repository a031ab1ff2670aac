//! What waits to be sent to a worker.
//!
//! Not a channel of messages: what accumulates while the stream is busy goes into the next message,
//! so messages grow with load. It is bounded by what it is about, not by messages: runs by the
//! worker's room and a window ([`super::seat`]), cancels by the runs that it holds, acks by results
//! that are not read while too many acks wait.

use bellwether_domain::{HandlerName, Payload, QueueName, Run, RunId};
use tokio::time::Instant;

/// A run on its way to a worker.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The run; its `attempt` is the number of this attempt.
    pub run: Run,
    /// The queue that it came from.
    pub queue: QueueName,
    /// What is to be done.
    pub handler: HandlerName,
    /// What the handler is given.
    pub payload: Option<Payload>,
    /// When the attempt must have ended.
    pub deadline: Instant,
    /// The W3C trace context of the attempt.
    pub traceparent: String,
}

impl Delivery {
    /// About how many bytes it takes on the wire.
    pub(super) fn size(&self) -> usize {
        let payload = self.payload.as_ref();
        600 + payload.map_or(0, |payload| payload.content.len() + payload.content_type.len())
    }
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckStatus {
    /// It is stored.
    Recorded,
    /// It came too late and does not count.
    Superseded,
    /// There is no such unfinished run, or it is not this worker's.
    UnknownRun,
}

/// What is said to a worker.
#[derive(Clone, Debug)]
pub enum ToWorker {
    /// Runs to execute.
    Runs(Vec<Delivery>),
    /// What became of results.
    Acks(Vec<(RunId, u32, AckStatus)>),
    /// Attempts to end.
    Cancels(Vec<(RunId, u32)>),
    /// The node leaves: resume at another.
    Drain,
}

/// How many bytes of payloads go into one message, about: well below what clients accept.
const MESSAGE_BYTES: usize = 1024 * 1024;

/// How many acks or cancels go into one message.
const MESSAGE_ITEMS: usize = 1_000;

/// What waits to be sent.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub(super) runs: Vec<Delivery>,
    pub(super) bytes: usize,
    pub(super) acks: Vec<(RunId, u32, AckStatus)>,
    pub(super) cancels: Vec<(RunId, u32)>,
    pub(super) drain: bool,
}

impl Outbox {
    /// Puts a run in line.
    pub(super) fn push(&mut self, delivery: Delivery) {
        self.bytes += delivery.size();
        self.runs.push(delivery);
    }

    /// Takes a run out of the line, if it still stands there.
    pub(super) fn withdraw(&mut self, run: RunId, attempt: u32) -> bool {
        let at = |d: &Delivery| d.run.draft.id == run && d.run.attempt == attempt;
        let Some(place) = self.runs.iter().position(at) else { return false };
        self.bytes -= self.runs.remove(place).size();
        true
    }

    /// The next message. Acks first, since they free the worker's hands; then what must end.
    pub(super) fn next(&mut self) -> Option<ToWorker> {
        if !self.acks.is_empty() {
            let most = self.acks.len().min(MESSAGE_ITEMS);
            return Some(ToWorker::Acks(self.acks.drain(..most).collect()));
        }
        if !self.cancels.is_empty() {
            let most = self.cancels.len().min(MESSAGE_ITEMS);
            return Some(ToWorker::Cancels(self.cancels.drain(..most).collect()));
        }
        if std::mem::take(&mut self.drain) {
            return Some(ToWorker::Drain);
        }
        if self.runs.is_empty() {
            return None;
        }
        let mut bytes = 0;
        let fits = |delivery: &&Delivery| {
            bytes += delivery.size();
            bytes <= MESSAGE_BYTES
        };
        let most = self.runs.iter().take(MESSAGE_ITEMS).take_while(fits).count().max(1);
        let runs: Vec<Delivery> = self.runs.drain(..most).collect();
        self.bytes -= runs.iter().map(Delivery::size).sum::<usize>();
        Some(ToWorker::Runs(runs))
    }
}

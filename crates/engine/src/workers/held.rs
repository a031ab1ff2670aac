//! The attempts that a worker holds, and the acks that it got.

use std::collections::{HashMap, VecDeque};

use bellwether_domain::{Run, RunId};
use tokio::time::Instant;

use super::outgoing::AckStatus;
use crate::dispatch::Work;

/// How many results are remembered after their ack, for a worker that sends one twice.
const REMEMBERED: usize = 4_096;

/// An attempt that a worker holds, from the reply that leased it to the one that stored its end.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) run: Run,
    pub(super) work: Work,
    pub(super) deadline: Instant,
    pub(super) trace_id: String,
    pub(super) phase: Phase,
    /// Why it is to be cancelled, once somebody asked for that.
    pub(super) cancel: Option<String>,
}

/// What the end of an attempt is made from.
#[derive(Clone, Debug)]
pub(super) struct Attempted {
    pub(super) run: Run,
    pub(super) work: Work,
    pub(super) trace_id: String,
    /// Why it was to be cancelled.
    pub(super) cancel: Option<String>,
}

impl Held {
    pub(super) fn attempted(&self) -> Attempted {
        Attempted {
            run: self.run.clone(),
            work: self.work.clone(),
            trace_id: self.trace_id.clone(),
            cancel: self.cancel.clone(),
        }
    }
}

/// Where an attempt stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Under way at the worker, or on its way there.
    UnderWay,
    /// Its end is on its way to the store.
    Ending {
        /// What the worker reported; `None` where the node ended it.
        reported: bool,
        /// The worker awaits an ack though the node ended it.
        late: bool,
    },
}

/// What is to be done about a result.
#[derive(Debug)]
pub(super) enum Judged {
    /// It ends an attempt: its end is to be stored.
    Ends(Box<Attempted>),
    /// It was acked before, or its ack is on its way.
    Done,
    /// This node knows nothing of such an attempt.
    Stray,
}

/// The acks that were given last.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    by_attempt: HashMap<(RunId, u32), AckStatus>,
    order: VecDeque<(RunId, u32)>,
}

impl Remembered {
    /// The ack that was given for an attempt.
    pub(super) fn find(&self, key: (RunId, u32)) -> Option<AckStatus> {
        self.by_attempt.get(&key).copied()
    }

    /// Remembers an ack.
    pub(super) fn add(&mut self, key: (RunId, u32), status: AckStatus) {
        if self.by_attempt.insert(key, status).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_attempt.remove(&oldest);
        }
    }
}

//! A bystander who sees the store and all handlers, and notes what must not happen. No part of the
//! protocol reads what it writes.

use super::words::FIRES;

/// What must not happen and is seen in the moment when it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breach {
    /// I1: a run was admitted for a fire time that has a run or a record.
    FiredTwice,
    /// I3: a leader's write went through though (epoch, owner) was another one.
    StaleLeaderWrote,
    /// I4: an epoch was given that is not above the one before, or that its bearer had known.
    EpochRepeated,
    /// I5: a result counted for another (attempt, owner) than the one that the store held.
    LateResultCounted,
    /// A claim went through that was planned from another version of the job, or another next point.
    OldPlanCarriedOut,
    /// A turn was carried out again, or after a later one.
    TurnRepeated,
    /// A handler was given the same (run, attempt) twice.
    DeliveredTwice,
    /// A handler was given a fire time under two run ids.
    IdChanged,
    /// An attempt was delivered that the replica knew nothing of.
    EffectBeforeReplica,
}

/// What was noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Witness {
    breaches: u16,
    /// Attempts, one bit each, that a handler was given, by run.
    pub(super) delivered: [u8; FIRES],
    /// Runs, one bit each, whose end was acknowledged to the node that reported it.
    pub(super) acknowledged: u8,
    nonces: u8,
    /// The id, above 0, under which a handler was given each run first.
    ids: [u8; FIRES],
}

impl Witness {
    pub(super) fn note(&mut self, breach: Breach) {
        self.breaches |= 1 << breach as u16;
    }

    pub(super) fn saw(&self, breach: Breach) -> bool {
        self.breaches & 1 << breach as u16 != 0
    }

    pub(super) fn next_nonce(&mut self) -> u8 {
        self.nonces += 1;
        self.nonces
    }

    /// A handler is given an attempt.
    pub(super) fn deliver(&mut self, run: usize, attempt: u8, nonce: u8) {
        if self.delivered[run] & 1 << attempt != 0 {
            self.note(Breach::DeliveredTwice);
        }
        self.delivered[run] |= 1 << attempt;
        if self.ids[run] != 0 && self.ids[run] != nonce + 1 {
            self.note(Breach::IdChanged);
        }
        self.ids[run] = nonce + 1;
    }
}

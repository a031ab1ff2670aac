//! What nodes and the store say to each other, and the names in it.

use super::few::Few;

/// How many fire times the model has room for.
pub(super) const FIRES: usize = 2;

/// How many nodes the model has room for.
pub(super) const NODES: usize = 3;

/// How many starts of nodes: each may be killed once.
pub(super) const BOOTS: usize = 2 * NODES;

/// The most finishes that a node can have to hand in: for each run an end, and one given back by a
/// mistaken look.
pub(super) const FINISHES: usize = 2 * FIRES;

/// One start of a node process: `BootId`. The start number `s` of node `n` is `n + s * NODES`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Boot(pub(super) u8);

/// The fencing token of the lease; 0 is none. Of `max(stored + 1, TIME, floor + 1)` the model has
/// no TIME: the clock may stand anywhere, also behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Epoch(pub(super) u8);

/// The number of a turn in its lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Seq(pub(super) u8);

/// Proof of leadership: `LeaseToken`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Token {
    pub(super) epoch: Epoch,
    pub(super) owner: Boot,
}

/// What the leader made of the due fire times: `plan::Claim` under `Coalesce::Latest`. Fire times
/// are counted from 0; the run takes `expected..=last`, is named after `last` (its own fire time),
/// and the job's next point is the one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Claim {
    /// The point that must still be the job's next one.
    pub(super) expected: u8,
    /// The latest fire time that is taken.
    pub(super) last: u8,
    /// The version of the definition that it was planned from.
    pub(super) etag: u8,
}

/// What becomes of a run after an attempt: `run::NextStep`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum NextStep {
    /// The target did what it should.
    Succeed,
    /// The attempt was lost; another follows unless this was one too many.
    Lose { ends: bool },
    /// The attempt was never delivered and counts for nothing.
    GiveBack,
}

/// The end of an attempt: `turn::Finish`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Finish {
    pub(super) run: u8,
    pub(super) attempt: u8,
    pub(super) owner: Boot,
    pub(super) step: NextStep,
}

/// What a node wants of the partition: `turn::Turn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Turn {
    /// The leadership that the claim rests on.
    pub(super) epoch: Option<Epoch>,
    pub(super) finishes: Few<Finish, FINISHES>,
    pub(super) claim: Option<Claim>,
    /// The node has free slots: claims lease to it, and it takes what is ready.
    pub(super) free: bool,
}

/// `turn::FinishReply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum FinishReply {
    Recorded,
    Superseded,
    Unknown,
}

/// `turn::ClaimReply`, as far as the sender acts upon it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ClaimReply {
    Done,
    StaleEpoch,
    Changed,
}

/// What a turn did: `turn::TurnReply`, which the lane keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Answer {
    pub(super) finishes: Few<FinishReply, FINISHES>,
    pub(super) claim: Option<ClaimReply>,
    /// The number of the attempt that the sender now holds, for each run; 0 is none.
    pub(super) leased: [u8; FIRES],
}

/// Why a turn was refused: `turn::TurnError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Stale,
    Unregistered,
}

/// A call that was sent and has not arrived yet, and whose sender no longer waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Request {
    Acquire { owner: Boot, floor: Epoch },
    Renew(Token),
    Release(Token),
    Register { boot: Boot, floor: Seq },
    Turn { boot: Boot, seq: Seq, turn: Turn },
    Reap { token: Token, dead: Boot, finishes: Few<Finish, FINISHES> },
}

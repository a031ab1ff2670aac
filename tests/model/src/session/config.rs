//! Which rules are followed.

use super::state::Age;

/// The rules by which a node is taken for dead, and by which it delivers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// The session ttl, in steps of the clocks: how often within it a node beats and an observer
    /// looks.
    pub(super) ttl: u8,
    pub(super) judgement: Judgement,
    pub(super) delivery: Delivery,
    /// The store may fail over, once, to a replica that lags behind.
    pub(super) failover: bool,
    /// A store with another `run_id` starts the watch anew.
    pub(super) run_id: bool,
}

/// What an observer does before it reaps an attempt whose owner's beat it saw stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Nothing more: it counts until now what it saw last, however long ago that was, and a node
    /// of which it never saw a record it has missed for as long as it has watched at all.
    FromMemory,
    /// It looks once more, after it has read the attempt: the record must be the one that it saw,
    /// or absent as it was.
    AfterAnotherLook,
}

/// What a node checks right before it delivers an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// Nothing.
    Unchecked,
    /// That its session holds now.
    Holds,
    /// That it has held since before the turn was sent that leased the attempt; it is taken to
    /// have gone on where each beat was *sent* within a ttl of the one before.
    HeldUntilSent,
    /// Likewise, where each beat was *answered* within a ttl of the one before being sent.
    HeldThroughout,
}

impl Rules {
    /// Whether a ttl has passed since.
    pub(super) fn is_over(&self, age: Age) -> bool {
        age.0 >= self.ttl
    }
}

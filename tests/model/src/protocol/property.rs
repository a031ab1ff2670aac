//! What must hold in every state.

use stateright::Property;

use super::Protocol;
use super::config::Config;
use super::node::Held;
use super::state::State;
use super::store::RunState;
use super::witness::Breach;
use super::words::{Epoch, FIRES};

pub(super) const I1: &str = "I1: a fire time has at most one run or record";
const I2: &str = "I2: every fire time that was passed over has a run or a record";
const HEALS: &str = "I2, I9: every fire time ends once the faults do";
pub(super) const I3: &str = "I3: a leader writes only under the current epoch and owner";
pub(super) const I4: &str = "I4: epochs do not repeat or go back";
pub(super) const I5: &str = "I5: a result counts only for the attempt and owner that are held";
pub(super) const AS_PLANNED: &str = "a claim was planned from the job that it advances";
pub(super) const ONCE: &str = "a turn is carried out once, and in order";
pub(super) const OVERLAP: &str = "an attempt executes only while it is held or recorded lost";
pub(super) const DELIVERED: &str = "a handler is given an attempt of a run once";
pub(super) const ONE_ID: &str = "a handler is given a fire time under one run id";
pub(super) const REPLICATED: &str = "no effect starts before its claim is on the replica";
const KEPT: &str = "an acknowledged result is kept";
const LOSES: &str = "a run ends of which an attempt was lost";
const SUCCEEDS: &str = "a run succeeds under a term that is not the first";

/// What must hold in every state of a configuration, and what must be reached in some, or nothing
/// was explored that is worth it.
pub(super) fn all(config: &Config) -> Vec<Property<Protocol>> {
    let mut all = vec![
        Property::always(I1, |_, s: &State| !s.witness.saw(Breach::FiredTwice)),
        Property::always(I2, |_, s: &State| passed_over(s) == 0),
        Property::always(HEALS, |m: &Protocol, s: &State| s.heals(&m.config)),
        Property::always(I3, |_, s: &State| !s.witness.saw(Breach::StaleLeaderWrote)),
        Property::always(I4, |_, s: &State| !s.witness.saw(Breach::EpochRepeated)),
        Property::always(I5, |_, s: &State| !s.witness.saw(Breach::LateResultCounted)),
        Property::always(AS_PLANNED, |_, s: &State| !s.witness.saw(Breach::OldPlanCarriedOut)),
        Property::always(ONE_ID, |_, s: &State| !s.witness.saw(Breach::IdChanged)),
        Property::sometimes(LOSES, |_, s: &State| ends_after_a_loss(s)),
        Property::sometimes(SUCCEEDS, |_, s: &State| succeeds_late(s)),
    ];
    if !config.late_registrations {
        all.push(Property::always(ONCE, |_, s: &State| !s.witness.saw(Breach::TurnRepeated)));
    }
    if config.keeps_history() {
        all.extend([
            Property::always(OVERLAP, |m: &Protocol, s: &State| !executes_unheld(&m.config, s)),
            Property::always(DELIVERED, |_, s: &State| !s.witness.saw(Breach::DeliveredTwice)),
        ]);
    }
    if config.failover.is_some_and(|failover| failover.wait) {
        all.extend([
            Property::always(REPLICATED, |_, s: &State| {
                !s.witness.saw(Breach::EffectBeforeReplica)
            }),
            Property::always(KEPT, |_, s: &State| lost_results(s) == 0),
        ]);
    }
    all
}

/// Fire times, one bit each, that the job has left behind without a run or a record.
fn passed_over(state: &State) -> u8 {
    let store = &state.store;
    let runs = store.runs.iter().enumerate();
    let covered = runs.fold(store.skipped, |bits, (own, run)| bits | run.covers(own));
    ((1 << store.due) - 1) & !covered
}

/// Whether a handler executes an attempt that the store neither holds for its node nor has
/// recorded as lost. Since it holds one attempt of a run, two that execute beside each other are
/// thereby one that is held and others that were recorded.
fn executes_unheld(config: &Config, state: &State) -> bool {
    state.nodes[..config.nodes].iter().any(|node| {
        (0..FIRES).any(|run| match node.held[run] {
            Held::Executing(attempt) => {
                let row = &state.store.runs[run];
                let is_lost = row.recorded_lost & 1 << attempt != 0;
                row.holder != Some((node.boot, attempt)) && !is_lost
            }
            _ => false,
        })
    })
}

/// Runs, one bit each, whose acknowledged end the store has forgotten.
fn lost_results(state: &State) -> u8 {
    let runs = state.store.runs.iter().enumerate();
    let ended = runs.filter(|(_, run)| run.state.is_ended());
    state.witness.acknowledged & !ended.fold(0, |bits, (own, _)| bits | 1 << own)
}

fn ends_after_a_loss(state: &State) -> bool {
    state.store.runs.iter().any(|run| run.state.is_ended() && run.recorded_lost != 0)
}

fn succeeds_late(state: &State) -> bool {
    let mut runs = state.store.runs.iter();
    runs.any(|run| run.state == RunState::Succeeded) && state.store.lease.epoch > Epoch(1)
}

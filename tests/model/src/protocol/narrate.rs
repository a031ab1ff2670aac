//! A path, told so that one can follow it: the same steps with names and numbers that stay.
//!
//! The checker's states are representatives, in which nodes change places and numbers start anew.
//! Told is a history of which they are the representatives.

use std::mem::discriminant;

use super::Protocol;
use super::node::Node;
use super::state::State;
use super::step::Step;
use super::store::{Run, RunState, Store};
use super::words::{BOOTS, Boot, FIRES, NODES, Turn};

impl Protocol {
    /// Tells what the steps of a path do, and after each what it changed.
    pub(super) fn narrate(&self, path: Vec<(State, Option<Step>)>) -> String {
        let mut state = State::start(&self.config);
        let mut told = String::new();
        for (number, pair) in path.windows(2).enumerate() {
            let [(_, Some(kind)), (next, _)] = pair else { break };
            let Some((step, after)) = self.likeness(&state, *kind, next) else {
                told += &format!("{:>3}. {kind:?}, and nodes change names\n", number + 1);
                state = *next;
                continue;
            };
            let changes = self.changes(&state, &after).join("; ");
            told += &format!("{:>3}. {:<28} {changes}\n", number + 1, format!("{step:?}"));
            state = after;
        }
        told
    }

    /// The step from `state` of the same kind that leads to what `next` represents.
    fn likeness(&self, state: &State, kind: Step, next: &State) -> Option<(Step, State)> {
        let mut steps = Vec::new();
        state.steps(&self.config, &mut steps);
        steps.retain(|step| discriminant(step) == discriminant(&kind));
        let after = |step: Step| {
            let mut after = *state;
            after.apply(&self.config, step);
            (step, after)
        };
        let leads_on = |(_, after): &(Step, State)| after.canonical(&self.config) == *next;
        steps.into_iter().map(after).find(leads_on)
    }

    fn changes(&self, before: &State, after: &State) -> Vec<String> {
        let (before, after) = (self.facts(before), self.facts(after));
        let pairs = before.into_iter().zip(after);
        pairs.filter(|(was, is)| was != is).map(|(_, is)| is).collect()
    }

    /// What there is to say of a state, the same facts in the same order for each.
    fn facts(&self, state: &State) -> Vec<String> {
        let mut facts = vec![format!("{} due", state.now)];
        facts.extend(facts_of_store("", &state.store));
        if self.config.failover.is_some() {
            facts.extend(facts_of_store("replica: ", &state.replica));
        }
        for (n, node) in state.nodes.iter().take(self.config.nodes).enumerate() {
            facts.extend(facts_of_node(n, node));
        }
        facts.push(format!("late {:?}", state.late.iter().collect::<Vec<_>>()));
        facts
    }
}

fn facts_of_store(whose: &str, store: &Store) -> Vec<String> {
    let lease = &store.lease;
    let owner = lease.owner.map_or("nobody".to_owned(), name);
    let expired = if lease.expired { ", expired" } else { "" };
    let mut facts = vec![
        format!("{whose}lease {}@{owner}{expired}", lease.epoch.0),
        format!("{whose}next point {}, version {}", store.due, store.etag),
        format!("{whose}skipped {:?}", bits(store.skipped)),
        format!("{whose}ready {:?}", bits(store.ready)),
    ];
    for (fire, run) in store.runs.iter().enumerate() {
        facts.push(format!("{whose}run {fire} {}", told_of_run(run)));
    }
    for boot in (0..BOOTS as u8).map(Boot) {
        let lane = store.lane(boot).map_or("none".to_owned(), |lane| lane.last.0.to_string());
        facts.push(format!("{whose}lane of {} {lane}", name(boot)));
    }
    facts
}

fn told_of_run(run: &Run) -> String {
    let lost = match run.recorded_lost {
        0 => String::new(),
        lost => format!(", lost {:?}", bits(lost)),
    };
    match (run.state, run.holder) {
        (RunState::Running, Some((owner, attempt))) => {
            format!("attempt {attempt} at {}{lost}", name(owner))
        }
        (state, _) => format!("{state:?} after attempt {}{lost}", run.attempt),
    }
}

fn facts_of_node(n: usize, node: &Node) -> Vec<String> {
    let term = node.term.map_or("no term".to_owned(), |epoch| format!("term {}", epoch.0));
    let turn = node.turn.map_or("none".to_owned(), |turn| told_of_turn(&turn));
    let mut facts = vec![
        format!("n{n} is {}", name(node.boot)),
        format!("n{n} {term}, floor {}", node.floor.0),
        format!("n{n} registered {}", node.registered),
        format!("n{n} sees {:?}", node.sight.map(|(_, claim)| claim)),
        format!("n{n} turn {}: {turn}", node.seq.0),
        format!("n{n} outbox {:?}", node.outbox.iter().map(|f| f.step).collect::<Vec<_>>()),
        format!("n{n} doubts {:?}", node.doubtful),
    ];
    facts.extend((0..FIRES).map(|run| format!("n{n} run {run}: {:?}", node.held[run])));
    facts
}

fn told_of_turn(turn: &Turn) -> String {
    let steps: Vec<_> = turn.finishes.iter().map(|f| (f.run, f.attempt, f.step)).collect();
    let epoch = turn.epoch.map(|epoch| epoch.0);
    let claim = turn.claim.map(|claim| (claim.expected, claim.last));
    format!("finishes {steps:?} claims {claim:?} under {epoch:?} free {}", turn.free)
}

/// A boot as `node` or, started again, `node'`.
fn name(boot: Boot) -> String {
    let (start, node) = (usize::from(boot.0) / NODES, usize::from(boot.0) % NODES);
    format!("n{node}{}", "'".repeat(start))
}

fn bits(bits: u8) -> Vec<u32> {
    (0..u8::BITS).filter(|bit| bits & 1 << bit != 0).collect()
}

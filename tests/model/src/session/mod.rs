//! Sessions and time: by which rule is a node taken for dead, and when may it still deliver?
//!
//! One node, one observer that may reap its attempt, and the store between them. Here clocks run,
//! at one rate and unlike each other; calls are late or lost; the store may fail over to a replica
//! that has an older beat.

mod config;
mod state;
mod step;
mod tests;

use stateright::{Model, Property};

use self::config::Rules;
use self::state::{Attempt, State, Turn};
use self::step::Step;

const HASTY: &str = "nobody is reaped whose session held since before the attempt was asked for";
const BELATED: &str = "no attempt is delivered that is recorded lost";
const REAPS: &str = "a node that is gone is reaped";
const DELIVERS: &str = "an attempt is delivered";

/// The rules, at work.
#[derive(Clone, Debug)]
struct Sessions {
    rules: Rules,
}

impl Model for Sessions {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        steps.extend(state.steps(&self.rules));
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut next = *state;
        next.apply(&self.rules, step);
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(HASTY, |_, s: &State| !s.breaches.hasty),
            Property::always(BELATED, |_, s: &State| !s.breaches.belated),
            Property::sometimes(REAPS, |_, s: &State| s.store.attempt == Attempt::Lost),
            Property::sometimes(DELIVERS, |_, s: &State| s.node.turn == Turn::Delivered),
        ]
    }
}

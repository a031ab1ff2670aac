//! The protocol of leases, claims and attempts: nodes that act on what they read or were told,
//! calls that arrive late, twice or never, and a store that may forget its last writes.
//!
//! Time is not in it. A lease may expire and a node may be taken for dead at any moment, whatever
//! the clocks say: what holds here holds for every clock. What rests on time is in
//! [`crate::session`].

mod canonical;
mod config;
mod few;
mod forget;
mod heal;
mod narrate;
mod node;
mod property;
mod state;
mod step;
mod store;
mod tests;
mod witness;
mod words;

use stateright::{Model, Property};

use self::config::Config;
use self::state::State;
use self::step::Step;

/// The protocol within the bounds of a configuration.
#[derive(Clone, Debug)]
struct Protocol {
    config: Config,
}

impl Model for Protocol {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::start(&self.config)]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        state.steps(&self.config, steps);
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut next = *state;
        next.apply(&self.config, step);
        let next = next.canonical(&self.config);
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        property::all(&self.config)
    }
}

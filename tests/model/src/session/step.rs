//! What can happen next.

use super::config::{Judgement, Rules};
use super::state::{Age, Attempt, Look, State, Suspicion, Turn};

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Tick,
    /// The node sends a beat; it arrives; its answer does; or the node gives up on it.
    Beat,
    BeatArrives,
    BeatAnswered,
    BeatFails,
    LateBeatArrives,
    /// The node asks for an attempt; it is leased; the node hears of it; and acts.
    SendTurn,
    TurnArrives,
    TurnAnswered,
    Deliver,
    Refuse,
    /// The observer looks; the look is carried out; its answer arrives; or it fails.
    Look,
    LookArrives,
    LookAnswered,
    LookFails,
    /// The reaper reads the attempt, looks again, and reaps.
    Suspect,
    LookAgain,
    Reap,
    Replicate,
    FailOver,
}

const STEPS: [Step; 20] = [
    Step::Tick,
    Step::Beat,
    Step::BeatArrives,
    Step::BeatAnswered,
    Step::BeatFails,
    Step::LateBeatArrives,
    Step::SendTurn,
    Step::TurnArrives,
    Step::TurnAnswered,
    Step::Deliver,
    Step::Refuse,
    Step::Look,
    Step::LookArrives,
    Step::LookAnswered,
    Step::LookFails,
    Step::Suspect,
    Step::LookAgain,
    Step::Reap,
    Step::Replicate,
    Step::FailOver,
];

impl State {
    pub(super) fn steps(&self, rules: &Rules) -> impl Iterator<Item = Step> {
        let steps = STEPS.into_iter().filter(|step| !self.is_over() && self.can(rules, *step));
        steps.collect::<Vec<_>>().into_iter()
    }

    /// Nothing can happen any more to the attempt that would be of interest.
    fn is_over(&self) -> bool {
        let is_lost = self.store.attempt == Attempt::Lost;
        self.node.turn == Turn::Refused || self.node.turn == Turn::Delivered && is_lost
    }

    fn can(&self, rules: &Rules, step: Step) -> bool {
        let Self { store, node, observer, late, .. } = self;
        match step {
            Step::Tick => true,
            Step::Beat => !node.waits && node.sent > Age(0),
            Step::BeatArrives => node.waits && !node.arrived,
            Step::BeatAnswered => node.waits && node.arrived,
            Step::BeatFails => node.waits,
            Step::LateBeatArrives => late.is_some(),
            Step::SendTurn => node.turn == Turn::Unsent,
            Step::TurnArrives => node.turn == Turn::Sent && store.attempt == Attempt::Free,
            Step::TurnAnswered => node.turn == Turn::Sent && store.attempt != Attempt::Free,
            Step::Deliver => node.turn == Turn::Answered && self.may_deliver(rules),
            Step::Refuse => node.turn == Turn::Answered,
            Step::Look => observer.look == Look::None && observer.sent > Age(0),
            Step::LookArrives => observer.look == Look::Sent,
            Step::LookAnswered => matches!(observer.look, Look::Saw(..)),
            Step::LookFails => observer.look != Look::None,
            Step::Suspect => {
                let is_leased = store.attempt == Attempt::Leased;
                is_leased && observer.suspicion == Suspicion::None && self.takes_for_dead(rules)
            }
            Step::LookAgain => {
                let asked = rules.judgement == Judgement::AfterAnotherLook;
                asked && observer.suspicion == Suspicion::Read
            }
            Step::Reap => store.attempt == Attempt::Leased && self.may_reap(rules),
            Step::Replicate => {
                rules.failover && !store.failed_over && store.replicated != store.beat
            }
            Step::FailOver => rules.failover && !store.failed_over,
        }
    }

    /// Takes a step that is possible.
    pub(super) fn apply(&mut self, rules: &Rules, step: Step) {
        match step {
            Step::Tick => self.tick(rules),
            Step::Beat => self.beat(rules),
            Step::BeatArrives => (self.store.beat, self.node.arrived) = (self.node.beat, true),
            Step::BeatAnswered => self.confirm(rules),
            Step::BeatFails => self.give_up_beat(),
            Step::LateBeatArrives => self.store.beat = self.late.take().unwrap_or_default(),
            Step::SendTurn => {
                self.node.turn = Turn::Sent;
                self.node.unbroken = self.session_holds(rules);
            }
            Step::TurnArrives => self.store.attempt = Attempt::Leased,
            Step::TurnAnswered => self.node.turn = Turn::Answered,
            Step::Deliver => self.deliver(),
            Step::Refuse => self.node.turn = Turn::Refused,
            Step::Look => self.look(rules),
            Step::LookArrives => {
                self.observer.look = Look::Saw(self.store.beat, self.store.failed_over);
            }
            Step::LookAnswered => self.observe(rules),
            Step::LookFails => self.interrupt(),
            Step::Suspect => self.observer.suspicion = Suspicion::Read,
            Step::LookAgain => self.look_again(rules),
            Step::Reap => self.reap(rules),
            Step::Replicate => self.store.replicated = self.store.beat,
            Step::FailOver => {
                self.store.beat = self.store.replicated;
                self.store.failed_over = true;
            }
        }
        self.number_anew();
    }
}

//! One node, one observer, and the store between them, with clocks.

use super::config::{Delivery, Judgement, Rules};

/// How long ago something was, in steps of the clocks, which run at one rate. What is longer ago
/// than any rule asks is as good as for ever, so there is no end to the time that is explored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Age(pub(super) u8);

/// Longer ago than any ttl that is explored. A node beats, and an observer looks, at most once each
/// step of the clocks.
const LONG_AGO: Age = Age(4);

/// Everything at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) store: Store,
    pub(super) node: Node,
    pub(super) observer: Observer,
    /// A beat that its sender gave up on and that may still arrive.
    pub(super) late: Option<Beat>,
    pub(super) breaches: Breaches,
}

/// The number of a beat; 0 is no record. Only which are the same counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Beat(pub(super) u8);

/// What the store holds of the node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Store {
    pub(super) beat: Beat,
    pub(super) attempt: Attempt,
    /// What a replica has of the record.
    pub(super) replicated: Beat,
    /// It failed over: its `run_id` is another.
    pub(super) failed_over: bool,
}

/// The one attempt of which this is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Attempt {
    #[default]
    Free,
    Leased,
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    /// The latest beat that it sent, and when.
    pub(super) beat: Beat,
    pub(super) sent: Age,
    /// It waits for the answer to that beat.
    pub(super) waits: bool,
    /// That beat has arrived. Each is sent once, so it arrives once.
    pub(super) arrived: bool,
    /// From before the latest beat was sent that was answered.
    pub(super) confirmed: Option<Age>,
    pub(super) turn: Turn,
    /// The session has not lapsed since before the turn was sent.
    pub(super) unbroken: bool,
    /// It had not lapsed when the beat under way was sent.
    pub(super) held_when_sent: bool,
}

/// The turn that leases the attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Turn {
    #[default]
    Unsent,
    Sent,
    /// The answer is here; the attempt is about to be delivered.
    Answered,
    Delivered,
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Observer {
    /// When its latest look was sent.
    pub(super) sent: Age,
    pub(super) look: Look,
    /// When the latest answered look was sent.
    pub(super) confirmed: Option<Age>,
    /// The look under way was sent a ttl or more after that one.
    pub(super) has_gap: bool,
    pub(super) watching_since: Option<Age>,
    /// The beat that it saw last, and since when.
    pub(super) seen: Option<(Beat, Age)>,
    /// The `run_id` that it knows.
    pub(super) knows_failover: bool,
    pub(super) suspicion: Suspicion,
}

/// A look: the observer's own beat, which returns all records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Look {
    #[default]
    None,
    Sent,
    /// It was carried out and saw this beat, in a store that had failed over or not.
    Saw(Beat, bool),
}

/// How far a reaper has got with the attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Suspicion {
    #[default]
    None,
    /// It read the attempt, and takes its owner for dead.
    Read,
    /// It looked again since, and nothing has moved.
    Confirmed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Breaches {
    /// An attempt was reaped though its owner's session held all the time.
    pub(super) hasty: bool,
    /// An attempt was delivered that was recorded lost.
    pub(super) belated: bool,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            beat: Beat(0),
            sent: LONG_AGO,
            waits: false,
            arrived: false,
            confirmed: None,
            turn: Turn::Unsent,
            unbroken: false,
            held_when_sent: false,
        }
    }
}

impl Default for Observer {
    fn default() -> Self {
        Self {
            sent: LONG_AGO,
            look: Look::None,
            confirmed: None,
            has_gap: false,
            watching_since: None,
            seen: None,
            knows_failover: false,
            suspicion: Suspicion::None,
        }
    }
}

impl State {
    /// A step of the clocks.
    pub(super) fn tick(&mut self, rules: &Rules) {
        let long_ago = Age(rules.ttl + 1);
        let Self { node, observer, .. } = self;
        let seen = observer.seen.iter_mut().map(|(_, since)| since);
        let ages = [&mut node.sent, &mut observer.sent].into_iter();
        let ages = ages.chain(&mut node.confirmed).chain(&mut observer.confirmed);
        for age in ages.chain(&mut observer.watching_since).chain(seen) {
            *age = long_ago.min(Age(age.0 + 1));
        }
    }

    /// Beats are numbered anew, so that those that are still known of are few.
    pub(super) fn number_anew(&mut self) {
        let mut known = 1_u32;
        self.each_beat(|beat| known |= 1 << beat.0);
        let below = |beat: Beat| (known & ((1 << beat.0) - 1)).count_ones() as u8;
        self.each_beat(|beat| *beat = Beat(below(*beat)));
    }

    fn each_beat(&mut self, mut visit: impl FnMut(&mut Beat)) {
        visit(&mut self.store.beat);
        visit(&mut self.store.replicated);
        visit(&mut self.node.beat);
        self.late.iter_mut().for_each(&mut visit);
        self.observer.seen.iter_mut().for_each(|(beat, _)| visit(beat));
        if let Look::Saw(beat, _) = &mut self.observer.look {
            visit(beat);
        }
    }

    /// `session::beat` sends.
    pub(super) fn beat(&mut self, rules: &Rules) {
        self.node.held_when_sent = self.session_holds(rules);
        self.node.beat.0 += 1;
        (self.node.sent, self.node.waits, self.node.arrived) = (Age(0), true, false);
    }

    /// The beat may have arrived, may be on its way, or may be lost.
    pub(super) fn give_up_beat(&mut self) {
        self.node.waits = false;
        if !self.node.arrived && self.late.is_none() {
            self.late = Some(self.node.beat);
        }
    }

    /// `Session::confirm`, for the node's own session.
    pub(super) fn confirm(&mut self, rules: &Rules) {
        let held = match rules.delivery {
            Delivery::HeldUntilSent => self.node.held_when_sent,
            _ => self.session_holds(rules),
        };
        self.node.unbroken &= held;
        self.node.confirmed = Some(self.node.sent);
        self.node.waits = false;
    }

    /// `Session::holds`.
    pub(super) fn session_holds(&self, rules: &Rules) -> bool {
        self.node.confirmed.is_some_and(|confirmed| !rules.is_over(confirmed))
    }

    pub(super) fn may_deliver(&self, rules: &Rules) -> bool {
        match rules.delivery {
            Delivery::Unchecked => true,
            Delivery::Holds => self.session_holds(rules),
            Delivery::HeldUntilSent | Delivery::HeldThroughout => {
                self.session_holds(rules) && self.node.unbroken
            }
        }
    }

    /// The observer sends a look.
    pub(super) fn look(&mut self, rules: &Rules) {
        let observer = &mut self.observer;
        observer.has_gap = observer.confirmed.is_some_and(|confirmed| rules.is_over(confirmed));
        (observer.sent, observer.look) = (Age(0), Look::Sent);
    }

    /// `Session::confirm` and `Membership::observe`, for the observer's watch.
    pub(super) fn observe(&mut self, rules: &Rules) {
        let observer = &mut self.observer;
        let Look::Saw(beat, failed_over) = observer.look else { return };
        let is_another = rules.run_id && observer.knows_failover != failed_over;
        if observer.has_gap || is_another {
            observer.watch_anew();
        }
        observer.look = Look::None;
        observer.knows_failover = failed_over;
        observer.confirmed = Some(observer.sent);
        observer.watching_since.get_or_insert(Age(0));
        let is_new = observer.seen.map_or(beat != Beat(0), |(seen, _)| seen != beat);
        if is_new {
            observer.seen = Some((beat, Age(0)));
        }
    }

    /// The look fails.
    pub(super) fn interrupt(&mut self) {
        self.observer.look = Look::None;
        self.observer.watch_anew();
    }

    /// `Membership::is_dead`.
    pub(super) fn takes_for_dead(&self, rules: &Rules) -> bool {
        let Observer { seen, watching_since, .. } = self.observer;
        let since = seen.map(|(_, since)| since).or(watching_since);
        since.is_some_and(|since| since > Age(rules.ttl))
    }

    /// The reaper looks again at the record, after it has read the attempt.
    pub(super) fn look_again(&mut self, rules: &Rules) {
        let Store { beat, failed_over, .. } = self.store;
        let is_dead = self.takes_for_dead(rules);
        let observer = &mut self.observer;
        let seen = observer.seen.map_or(Beat(0), |(seen, _)| seen);
        let is_another = rules.run_id && observer.knows_failover != failed_over;
        let is_confirmed = is_dead && seen == beat && !is_another;
        observer.suspicion = if is_confirmed { Suspicion::Confirmed } else { Suspicion::None };
    }

    pub(super) fn may_reap(&self, rules: &Rules) -> bool {
        self.observer.suspicion
            == match rules.judgement {
                Judgement::FromMemory => Suspicion::Read,
                Judgement::AfterAnotherLook => Suspicion::Confirmed,
            }
    }

    pub(super) fn reap(&mut self, rules: &Rules) {
        self.store.attempt = Attempt::Lost;
        self.breaches.hasty |= self.session_holds(rules) && self.node.unbroken;
    }

    pub(super) fn deliver(&mut self) {
        self.node.turn = Turn::Delivered;
        self.breaches.belated |= self.store.attempt == Attempt::Lost;
    }
}

impl Observer {
    /// `Membership::interrupt`.
    fn watch_anew(&mut self) {
        self.watching_since = None;
        self.seen = None;
    }
}

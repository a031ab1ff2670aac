//! Pauses of scheduling, of the whole cluster or of a namespace, and what they leave behind.
//!
//! No job of a paused scope is claimed. When the pause ends, the fire times that it held back are
//! either due, as after an outage, or they lie in a [`Gap`], and claims pass them over. A pause of
//! one job is another thing: it is part of the job's state.

use crate::{Namespace, Timestamp};

/// How many gaps are kept. Each is needed only until every job's next fire time lies behind it,
/// which is soon; where there are more, the one that ended first is forgotten, and what was not
/// passed over by then is run: late rather than lost.
const MOST_GAPS: usize = 256;

/// What is paused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Every job.
    Cluster,
    /// The jobs of a namespace.
    Namespace(Namespace),
}

impl Scope {
    /// Whether the jobs of `namespace` are of it.
    #[must_use]
    pub fn covers(&self, namespace: &Namespace) -> bool {
        match self {
            Self::Cluster => true,
            Self::Namespace(own) => own == namespace,
        }
    }

    /// As it is written: a namespace by its name, the cluster as `-`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cluster => "-",
            Self::Namespace(namespace) => namespace.as_str(),
        }
    }
}

/// A pause that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What is paused.
    pub scope: Scope,
    /// Why, for people.
    pub reason: String,
    /// Since when: fire times after it are held back.
    pub since: Timestamp,
}

/// A pause that ended without a catch-up: the fire times after `since`, up to `until`, are exempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What was paused.
    pub scope: Scope,
    /// When it was paused.
    pub since: Timestamp,
    /// When it was resumed.
    pub until: Timestamp,
}

/// All pauses of a cluster. Each change makes the next version, so that of two copies the later one
/// can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    /// 0 where nothing was ever paused.
    pub version: u64,
    /// What is paused, in the order of the scopes.
    pub pauses: Vec<Pause>,
    /// What claims pass over, the earliest end first.
    pub gaps: Vec<Gap>,
}

impl Pauses {
    /// The pause of exactly this scope.
    #[must_use]
    pub fn of(&self, scope: &Scope) -> Option<&Pause> {
        self.pauses.iter().find(|pause| pause.scope == *scope)
    }

    /// Whether the jobs of `namespace` are held back, by whichever pause.
    #[must_use]
    pub fn hold(&self, namespace: &Namespace) -> bool {
        self.pauses.iter().any(|pause| pause.scope.covers(namespace))
    }

    /// With `scope` paused at `now`; where it is already, with another reason. `None`: it is paused
    /// so.
    #[must_use]
    pub fn pause(&self, scope: &Scope, reason: &str, now: Timestamp) -> Option<Self> {
        let known = self.of(scope);
        if known.is_some_and(|pause| pause.reason == reason) {
            return None;
        }
        let since = known.map_or(now, |pause| pause.since);
        let mut next = self.without(scope);
        next.pauses.push(Pause { scope: scope.clone(), reason: reason.to_owned(), since });
        next.pauses.sort_by(|one, other| one.scope.cmp(&other.scope));
        Some(next)
    }

    /// With `scope` resumed at `now`, its fire times due (`catch_up`) or exempt. `None`: it is not
    /// paused.
    #[must_use]
    pub fn resume(&self, scope: &Scope, catch_up: bool, now: Timestamp) -> Option<Self> {
        let Pause { since, .. } = *self.of(scope)?;
        let mut next = self.without(scope);
        if !catch_up && since < now {
            next.gaps.push(Gap { scope: scope.clone(), since, until: now });
            next.gaps.sort_by_key(|gap| gap.until);
            let surplus = next.gaps.len().saturating_sub(MOST_GAPS);
            next.gaps.drain(..surplus);
        }
        Some(next)
    }

    /// What claims of the jobs of `namespace` pass over.
    #[must_use]
    pub fn gaps_of(&self, namespace: &Namespace) -> Gaps {
        let own = self.gaps.iter().filter(|gap| gap.scope.covers(namespace));
        Gaps::of(own.map(|gap| Span { since: gap.since, until: gap.until }))
    }

    fn without(&self, scope: &Scope) -> Self {
        let mut next = self.clone();
        next.version += 1;
        next.pauses.retain(|pause| pause.scope != *scope);
        next
    }
}

/// From after `since` up to `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The last instant before it.
    pub since: Timestamp,
    /// Its last instant.
    pub until: Timestamp,
}

/// Stretches of time whose fire times are exempt, apart from each other and in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps(Vec<Span>);

impl Gaps {
    /// No gap.
    pub const NONE: Self = Self(Vec::new());

    /// The gaps that `spans` make together.
    #[must_use]
    pub fn of(spans: impl IntoIterator<Item = Span>) -> Self {
        let mut spans: Vec<Span> = spans.into_iter().collect();
        spans.sort_by_key(|span| span.since);
        let mut gaps: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match gaps.last_mut() {
                Some(last) if span.since <= last.until => last.until = last.until.max(span.until),
                _ => gaps.push(span),
            }
        }
        Self(gaps)
    }

    /// The gap in which `at` lies.
    #[must_use]
    pub fn around(&self, at: Timestamp) -> Option<Span> {
        self.0.iter().copied().find(|gap| gap.since < at && at <= gap.until)
    }

    /// The gaps that begin at `at` or later.
    pub fn after(&self, at: Timestamp) -> impl Iterator<Item = Span> {
        self.0.iter().copied().filter(move |gap| at <= gap.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn namespace(name: &str) -> Namespace {
        Namespace::new(name).expect("a namespace")
    }

    fn of(name: &str) -> Scope {
        Scope::Namespace(namespace(name))
    }

    fn span(since: i64, until: i64) -> Span {
        Span { since: ms(since), until: ms(until) }
    }

    #[test]
    fn a_pause_holds_its_scope_and_each_change_is_a_version() {
        let none = Pauses::default();
        let one = none.pause(&of("a"), "night", ms(10)).expect("a change");
        assert_eq!((one.version, one.hold(&namespace("a"))), (1, true));
        assert!(!one.hold(&namespace("b")));
        assert_eq!(one.pause(&of("a"), "night", ms(20)), None, "it is paused so");
        let again = one.pause(&of("a"), "day", ms(20)).expect("another reason");
        assert_eq!(again.of(&of("a")).map(|pause| pause.since), Some(ms(10)), "it goes on");

        let both = again.pause(&Scope::Cluster, "", ms(30)).expect("a change");
        assert!(both.hold(&namespace("b")));
        let left = both.resume(&Scope::Cluster, true, ms(40)).expect("a change");
        assert_eq!((left.version, left.hold(&namespace("a"))), (4, true));
        assert!(!left.hold(&namespace("b")));
        assert_eq!(left.resume(&Scope::Cluster, true, ms(50)), None, "it is not paused");
    }

    #[test]
    fn only_a_resume_without_a_catch_up_leaves_a_gap() {
        let paused = Pauses::default().pause(&of("a"), "", ms(10)).expect("a change");
        let caught_up = paused.resume(&of("a"), true, ms(20)).expect("a change");
        assert_eq!(caught_up.gaps_of(&namespace("a")), Gaps::NONE);
        let resumed = paused.resume(&of("a"), false, ms(20)).expect("a change");
        assert_eq!(resumed.gaps_of(&namespace("a")), Gaps::of([span(10, 20)]));
        assert_eq!(resumed.gaps_of(&namespace("b")), Gaps::NONE);
        let at_once = paused.resume(&of("a"), false, ms(10)).expect("a change");
        assert_eq!(at_once.gaps, []);
    }

    #[test]
    fn the_gaps_of_a_namespace_are_its_own_and_the_clusters() {
        let mut pauses = Pauses::default();
        for (scope, since, until) in [(of("a"), 10, 20), (Scope::Cluster, 15, 30), (of("b"), 1, 99)]
        {
            pauses = pauses.pause(&scope, "", ms(since)).expect("a change");
            pauses = pauses.resume(&scope, false, ms(until)).expect("a change");
        }
        let gaps = pauses.gaps_of(&namespace("a"));
        assert_eq!(gaps, Gaps::of([span(10, 30)]), "one, where they overlap");
        let cases = [(10, false), (11, true), (30, true), (31, false)];
        for (at, within) in cases {
            assert_eq!(gaps.around(ms(at)).is_some(), within, "{at}");
        }
        assert_eq!(gaps.after(ms(10)).next(), Some(span(10, 30)));
        assert_eq!(gaps.after(ms(11)).next(), None);
    }

    #[test]
    fn gaps_are_bounded_and_the_oldest_goes_first() {
        let mut pauses = Pauses::default();
        for n in 0..300 {
            pauses = pauses.pause(&of("a"), "", ms(10 * n)).expect("a change");
            pauses = pauses.resume(&of("a"), false, ms(10 * n + 5)).expect("a change");
        }
        assert_eq!(pauses.gaps.len(), MOST_GAPS);
        assert_eq!(pauses.gaps.last().map(|gap| gap.until), Some(ms(2_995)));
        assert_eq!(pauses.gaps.first().map(|gap| gap.until), Some(ms(445)));
    }
}

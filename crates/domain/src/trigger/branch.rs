//! Branches: rules that must hold at once, within bounds.

use std::sync::Arc;

use super::walk::beat::Beat;
use super::walk::meet::{Meet, Search};
use super::walk::zoned::Zoned;
use crate::Timestamp;

/// Milliseconds in a second: clocks are read in seconds, elapsed time in milliseconds.
const SECOND: i64 = 1000;

/// A branch as it is put together.
#[derive(Clone, Debug)]
pub(super) enum Draft {
    /// These instants, ascending, in milliseconds.
    Dates(Vec<i64>),
    /// The instants that meet all rules.
    Rules(Rules),
}

/// Rules that must hold at once, in milliseconds.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// The first instant.
    from: i64,
    /// The last instant.
    until: i64,
    /// The elapsed time that they share.
    beat: Option<Beat>,
    /// The cron and calendar triggers, each once.
    zoned: Vec<Arc<Zoned>>,
}

impl Draft {
    /// What holds always: the start for joining.
    pub(super) fn always() -> Self {
        let (from, until) = (Timestamp::MIN.as_millis(), Timestamp::MAX.as_millis());
        Self::Rules(Rules { from, until, beat: None, zoned: Vec::new() })
    }

    pub(super) fn beat(beat: Beat) -> Self {
        Self::with(|rules| rules.beat = Some(beat))
    }

    pub(super) fn zoned(zoned: Arc<Zoned>) -> Self {
        Self::with(|rules| rules.zoned.push(zoned))
    }

    fn with(change: impl FnOnce(&mut Rules)) -> Self {
        let mut draft = Self::always();
        if let Self::Rules(rules) = &mut draft {
            change(rules);
        }
        draft
    }

    /// Keeps what lies within the bounds, both inclusive.
    pub(super) fn cut(&mut self, start: Option<Timestamp>, end: Option<Timestamp>) {
        let start = start.unwrap_or(Timestamp::MIN).as_millis();
        let end = end.unwrap_or(Timestamp::MAX).as_millis();
        match self {
            Self::Dates(dates) => dates.retain(|date| (start..=end).contains(date)),
            Self::Rules(rules) => {
                rules.from = rules.from.max(start);
                rules.until = rules.until.min(end);
            }
        }
    }

    /// Whether it is plain that nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Dates(dates) => dates.is_empty(),
            Self::Rules(rules) => rules.from > rules.until,
        }
    }

    /// How many cron and calendar triggers must hold at once.
    pub(super) fn leaves(&self) -> usize {
        match self {
            Self::Dates(_) => 0,
            Self::Rules(rules) => rules.zoned.len(),
        }
    }

    /// What lies in both; `None` where it is plain that nothing does.
    pub(super) fn meet(&self, other: &Self) -> Option<Self> {
        let met = match (self, other) {
            (Self::Rules(one), Self::Rules(other)) => Self::Rules(one.meet(other)?),
            (Self::Dates(dates), other) | (other, Self::Dates(dates)) => {
                Self::Dates(dates.iter().copied().filter(|date| other.contains(*date)).collect())
            }
        };
        (!met.is_empty()).then_some(met)
    }

    fn contains(&self, at: i64) -> bool {
        match self {
            Self::Dates(dates) => dates.binary_search(&at).is_ok(),
            Self::Rules(rules) => rules.contains(at),
        }
    }
}

impl Rules {
    fn meet(&self, other: &Self) -> Option<Self> {
        let mut met = self.clone();
        met.from = met.from.max(other.from);
        met.until = met.until.min(other.until);
        met.beat = match (self.beat, other.beat) {
            (Some(one), Some(other)) => Some(one.meet(&other)?),
            (one, other) => one.or(other),
        };
        for zoned in &other.zoned {
            if !met.zoned.contains(zoned) {
                met.zoned.push(Arc::clone(zoned));
            }
        }
        Some(met)
    }

    fn contains(&self, at: i64) -> bool {
        let clocks = || {
            self.zoned.is_empty()
                || at % SECOND == 0 && self.zoned.iter().all(|zoned| zoned.contains(at / SECOND))
        };
        (self.from..=self.until).contains(&at)
            && self.beat.is_none_or(|beat| beat.contains(at))
            && clocks()
    }
}

/// A branch that answers.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    rules: Rules,
    how: How,
}

/// How a branch finds its instants.
#[derive(Clone, Debug)]
enum How {
    /// By arithmetic on milliseconds.
    Beat(Beat),
    /// By one walk.
    Walk(Arc<Zoned>),
    /// By the search for what several have in common.
    Meet(Arc<Meet>),
}

impl Branch {
    /// The branch of some rules; `None` where it is plain that they never hold at once, and for
    /// no rule at all.
    pub(super) fn new(rules: Rules) -> Option<Self> {
        let how = match (rules.beat, &rules.zoned[..]) {
            (None, []) => return None,
            (Some(beat), []) => How::Beat(beat),
            (None, [zoned]) => How::Walk(Arc::clone(zoned)),
            (None, zoned) => How::Meet(Arc::new(Meet::new(zoned.to_vec(), None))),
            (Some(beat), zoned) => {
                let beginning = Timestamp::MIN.as_millis();
                let seconds = beat.meet(&Beat { anchor: beginning, every: SECOND })?;
                let beat = Beat {
                    anchor: seconds.anchor / SECOND,
                    every: (seconds.every / SECOND).max(1),
                };
                How::Meet(Arc::new(Meet::new(zoned.to_vec(), Some(beat))))
            }
        };
        Some(Self { rules, how })
    }

    /// The first instant in `from..=until`, in milliseconds like all below.
    pub(super) fn next(&self, from: i64, until: i64) -> Option<i64> {
        let (from, until) = self.cut(from, until)?;
        match &self.how {
            How::Beat(beat) => beat.next(from).filter(|at| *at <= until),
            How::Walk(zoned) => zoned.next(ceil(from), floor(until)).map(|at| at * SECOND),
            How::Meet(meet) => {
                Search::new(meet).next(ceil(from), floor(until)).map(|at| at * SECOND)
            }
        }
    }

    /// The last instant in `from..=until`.
    pub(super) fn previous(&self, from: i64, until: i64) -> Option<i64> {
        let (from, until) = self.cut(from, until)?;
        match &self.how {
            How::Beat(beat) => beat.previous(until).filter(|at| *at >= from),
            How::Walk(zoned) => zoned.previous(ceil(from), floor(until)).map(|at| at * SECOND),
            How::Meet(meet) => {
                Search::new(meet).previous(ceil(from), floor(until)).map(|at| at * SECOND)
            }
        }
    }

    /// How many instants lie in `from..=until`, and whether that is all of them: where they must be
    /// tried one by one it stops above `limit`.
    pub(super) fn count(&self, from: i64, until: i64, limit: u64) -> (u64, bool) {
        let Some((from, until)) = self.cut(from, until) else { return (0, true) };
        match &self.how {
            How::Beat(beat) => (beat.count(from, until), true),
            How::Walk(zoned) => (zoned.count(ceil(from), floor(until)), true),
            How::Meet(meet) => Search::new(meet).count(ceil(from), floor(until), limit),
        }
    }

    /// The instants in `from..=until`, one after the other.
    pub(super) fn steps(&self, from: i64, until: i64) -> impl Iterator<Item = i64> {
        let mut search = match &self.how {
            How::Meet(meet) => Some(Search::new(meet)),
            How::Beat(_) | How::Walk(_) => None,
        };
        let mut bounds = self.cut(from, until);
        std::iter::from_fn(move || {
            let (from, until) = bounds?;
            let next = match &mut search {
                Some(search) => search.next(ceil(from), floor(until)).map(|at| at * SECOND),
                None => self.next(from, until),
            };
            bounds = next.map(|at| (at + 1, until));
            next
        })
    }

    /// What an answer about `from..=until` may cost, in nanoseconds.
    pub(super) fn cost(&self, from: i64, until: i64) -> u64 {
        let Some((from, until)) = self.cut(from, until) else { return 0 };
        match &self.how {
            How::Beat(_) => 20,
            How::Walk(zoned) => zoned.cost(ceil(from), floor(until)),
            How::Meet(meet) => meet.cost(ceil(from), floor(until)),
        }
    }

    /// What counting in `from..=until` may cost, in nanoseconds.
    pub(super) fn cost_of_count(&self, from: i64, until: i64) -> u64 {
        let Some((from, until)) = self.cut(from, until) else { return 0 };
        match &self.how {
            How::Beat(_) | How::Walk(_) => self.cost(from, until),
            How::Meet(meet) => meet.cost_of_count(ceil(from), floor(until)),
        }
    }

    /// The shortest time between two instants from `from` on, in milliseconds, where the rule says
    /// it by itself: a change of the clocks is not looked at. `None` where there is but one, and for
    /// rules that must hold at once, of which only a walk can tell.
    pub(super) fn spacing(&self, from: i64) -> Option<i64> {
        match &self.how {
            How::Beat(beat) => Some(beat.every),
            How::Walk(zoned) => zoned.spacing(ceil(from.max(self.rules.from))).map(|s| s * SECOND),
            How::Meet(_) => None,
        }
    }

    /// Whether [`Self::spacing`] is the answer, and not merely unknown.
    pub(super) fn is_plain(&self) -> bool {
        !matches!(self.how, How::Meet(_))
    }

    /// The branch without the time before its first instant; `None` where it has no instant.
    pub(super) fn begun(mut self) -> Option<Self> {
        self.rules.from = self.next(self.rules.from, self.rules.until)?;
        Some(self)
    }

    /// Whether `at` is an instant of the branch.
    pub(super) fn contains(&self, at: i64) -> bool {
        self.rules.contains(at)
    }

    /// What lies in both branches.
    pub(super) fn meet(&self, other: &Self) -> Option<Self> {
        self.rules.meet(&other.rules).and_then(Self::new)
    }

    fn cut(&self, from: i64, until: i64) -> Option<(i64, i64)> {
        let (from, until) = (from.max(self.rules.from), until.min(self.rules.until));
        (from <= until).then_some((from, until))
    }
}

fn floor(ms: i64) -> i64 {
    ms.div_euclid(SECOND)
}

fn ceil(ms: i64) -> i64 {
    ms.div_euclid(SECOND) + i64::from(ms.rem_euclid(SECOND) > 0)
}

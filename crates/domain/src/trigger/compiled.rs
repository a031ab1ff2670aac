//! A trigger that was checked and answers questions.

use std::sync::Arc;
use std::time::Duration;

use super::branch::Branch;
use super::walk::cost::BUDGET;
use crate::Timestamp;

/// A compiled trigger: a pure set of instants. Cheap to clone; every answer is within 5 ms.
#[derive(Clone, Debug)]
pub struct Trigger {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The instants are those of all branches and `dates`.
    branches: Vec<Branch>,
    /// Ascending, in milliseconds.
    dates: Vec<i64>,
    due: Option<Timestamp>,
    timezone: String,
}

/// How many fire times of a combination are walked for the shortest time between two.
const STEPS: usize = 500;

/// How far ahead of the first of them, in milliseconds: 400 days.
const AHEAD_MS: i64 = 400 * 86_400_000;

/// How many fire times lie in a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FireCount {
    /// The number; a lower bound unless `exact`.
    pub count: u64,
    /// False when the counting stopped at its limit.
    pub exact: bool,
}

impl Trigger {
    /// The union of `branches` and `dates`.
    pub(super) fn new(
        branches: Vec<Branch>,
        mut dates: Vec<i64>,
        due: Option<Timestamp>,
        timezone: &str,
    ) -> Self {
        dates.sort_unstable();
        dates.dedup();
        Self { inner: Arc::new(Inner { branches, dates, due, timezone: timezone.to_owned() }) }
    }

    /// The smallest fire time strictly after `t`.
    #[must_use]
    pub fn next_after(&self, t: Timestamp) -> Option<Timestamp> {
        let from = t.as_millis() + 1;
        let date = self.inner.dates.partition_point(|date| *date < from);
        let mut best = self.inner.dates.get(date).copied();
        for branch in &self.inner.branches {
            let until = best.unwrap_or(Timestamp::MAX.as_millis());
            best = branch.next(from, until).or(best);
        }
        best.map(Timestamp::from_millis)
    }

    /// The largest fire time not after `t`.
    #[must_use]
    pub fn last_at_or_before(&self, t: Timestamp) -> Option<Timestamp> {
        let until = t.as_millis();
        let date = self.inner.dates.partition_point(|date| *date <= until);
        let mut best = date.checked_sub(1).map(|at| self.inner.dates[at]);
        for branch in &self.inner.branches {
            let from = best.unwrap_or(Timestamp::MIN.as_millis());
            best = branch.previous(from, until).or(best);
        }
        best.map(Timestamp::from_millis)
    }

    /// How many fire times lie in (`after`, `until`].
    ///
    /// Exact, whatever their number, for each kind alone, and for combinations as long as it comes
    /// to few cases. Beyond that the fire times are walked one by one: then the count is exact up
    /// to `limit`, and that many steps of a walk are the time it takes.
    #[must_use]
    pub fn count_between(&self, after: Timestamp, until: Timestamp, limit: u64) -> FireCount {
        let (from, until) = (after.as_millis() + 1, until.as_millis());
        let Inner { branches, dates, .. } = &*self.inner;
        let apart = dates
            .iter()
            .filter(|date| (from..=until).contains(*date))
            .filter(|date| !branches.iter().any(|branch| branch.contains(**date)))
            .count() as u64;
        let limit = limit.saturating_sub(apart);
        let counted = match &branches[..] {
            [only] => {
                let (count, exact) = only.count(from, until, limit);
                FireCount { count, exact }
            }
            _ => match added_up(branches, from, until, &mut { BUDGET }) {
                Some(count) => FireCount { count, exact: true },
                None => walked(branches, from, until, limit),
            },
        };
        FireCount { count: counted.count + apart, ..counted }
    }

    /// The shortest time between two fire times from `from` on; `None` where there is at most one.
    ///
    /// By the rule itself for an interval, a cron and a calendar trigger, as long as the clocks of
    /// their zone are not changed: that may bring two fire times closer, twice a year. What `all`
    /// and `any` make of several is found by walking the first 500 fire times within 400 days.
    #[must_use]
    pub fn shortest_interval(&self, from: Timestamp) -> Option<Duration> {
        let Inner { branches, dates, .. } = &*self.inner;
        let from = from.as_millis();
        let plain = branches.iter().filter_map(|branch| branch.spacing(from)).min();
        let alone = dates.is_empty() && matches!(&branches[..], [only] if only.is_plain());
        let shortest =
            if alone { plain } else { plain.into_iter().chain(self.closest_of_first(from)).min() };
        shortest.map(|ms| Duration::from_millis(ms.unsigned_abs()))
    }

    /// The shortest time between two of the first fire times from `from` on, in milliseconds.
    fn closest_of_first(&self, from: i64) -> Option<i64> {
        let mut before = self.next_after(Timestamp::from_millis(from - 1))?;
        let end = before.as_millis().saturating_add(AHEAD_MS);
        let mut shortest: Option<i64> = None;
        for _ in 0..STEPS {
            let Some(next) = self.next_after(before) else { break };
            if next.as_millis() > end {
                break;
            }
            let apart = next.as_millis() - before.as_millis();
            shortest = Some(shortest.map_or(apart, |least| least.min(apart)));
            before = next;
        }
        shortest
    }

    /// The fire time for which a job that is created, changed or resumed is due at once where it
    /// has come by then: that of a `date`, or the anchor of an interval with `fire_immediately`.
    /// `None` for the other kinds, and where the bounds exclude it.
    #[must_use]
    pub fn due_at_creation(&self) -> Option<Timestamp> {
        self.inner.due
    }

    /// The zone in which the fire times are shown: that of a cron or calendar trigger, or of all
    /// of them in a combination; else UTC.
    #[must_use]
    pub fn timezone(&self) -> &str {
        &self.inner.timezone
    }
}

/// The size of the union, from those of the branches and of what they share; `None` where that
/// takes more than `budget`.
fn added_up(branches: &[Branch], from: i64, until: i64, budget: &mut u64) -> Option<u64> {
    let Some((first, others)) = branches.split_first() else { return Some(0) };
    *budget = budget.checked_sub(first.cost_of_count(from, until))?;
    // What the first shares with the others is again a union, of fewer branches.
    let mut shared = Vec::with_capacity(others.len());
    for other in others {
        *budget = budget.checked_sub(MEETING)?;
        shared.extend(first.meet(other));
    }
    let apart = added_up(others, from, until, budget)?;
    let twice = added_up(&shared, from, until, budget)?;
    // The budget holds for an exact count, so there is no limit to stop it.
    Some(first.count(from, until, u64::MAX).0 + apart - twice)
}

/// What it costs to put the rules of two branches together, in nanoseconds.
const MEETING: u64 = 2_000;

/// The size of the union, by walking it up to `limit`.
fn walked(branches: &[Branch], from: i64, until: i64, limit: u64) -> FireCount {
    let mut steps: Vec<_> =
        branches.iter().map(|branch| branch.steps(from, until).peekable()).collect();
    let mut count = 0;
    while let Some(next) = steps.iter_mut().filter_map(|steps| steps.peek().copied()).min() {
        if count == limit {
            return FireCount { count, exact: false };
        }
        count += 1;
        for steps in &mut steps {
            steps.next_if_eq(&next);
        }
    }
    FireCount { count, exact: true }
}

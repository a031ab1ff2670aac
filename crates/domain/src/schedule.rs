//! From a trigger to the next point at which a job is due.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::trigger::Trigger;
use crate::{JobUid, Timestamp};

/// A fire time and the instant at which it becomes due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirePoint {
    /// The nominal instant.
    pub fire_time: Timestamp,
    /// Fire time and jitter.
    pub start_after: Timestamp,
}

/// A job's trigger together with its jitter: what the points of a job are computed from.
#[derive(Clone, Copy, Debug)]
pub struct Schedule<'a> {
    /// The trigger.
    pub trigger: &'a Trigger,
    /// The incarnation, the seed of the jitter.
    pub uid: JobUid,
    /// The most by which a point is delayed.
    pub jitter: Duration,
}

impl Schedule<'_> {
    /// The point of `fire_time`. The delay is a stable hash of (uid, fire time), so every node
    /// computes the same, and it stays below the next fire time, so points keep their order.
    #[must_use]
    pub fn point(&self, fire_time: Timestamp) -> FirePoint {
        FirePoint { fire_time, start_after: fire_time.saturating_add(self.delay(fire_time)) }
    }

    fn delay(&self, fire_time: Timestamp) -> Duration {
        let widest = u64::try_from(self.jitter.as_millis()).unwrap_or(u64::MAX);
        if widest == 0 {
            return Duration::ZERO;
        }
        let mut hash = Sha256::new();
        hash.update(self.uid.0.as_bytes());
        hash.update(fire_time.as_millis().to_be_bytes());
        let mut head = [0; 8];
        head.copy_from_slice(&hash.finalize()[..8]);
        let wanted = Duration::from_millis(u64::from_be_bytes(head) % widest.saturating_add(1));
        match self.trigger.next_after(fire_time) {
            Some(next) => {
                wanted.min(next.since(fire_time).saturating_sub(Duration::from_millis(1)))
            }
            None => wanted,
        }
    }

    /// The first point strictly after `t`.
    #[must_use]
    pub fn after(&self, t: Timestamp) -> Option<FirePoint> {
        self.trigger.next_after(t).map(|fire_time| self.point(fire_time))
    }

    /// The point that a job is given when it is created, changed or resumed at `now` with
    /// `last_fire` claimed before: the first strictly after both, except that a `date` and the
    /// anchor of an interval with `fire_immediately` are due at once, unless they were claimed.
    #[must_use]
    pub fn upcoming(&self, now: Timestamp, last_fire: Option<Timestamp>) -> Option<FirePoint> {
        let unclaimed = |at: &Timestamp| last_fire.is_none_or(|last| last < *at);
        let initial = self.trigger.due_at_creation().filter(|at| *at <= now).filter(unclaimed);
        match initial {
            Some(fire_time) => Some(self.point(fire_time)),
            None => self.after(last_fire.map_or(now, |last| last.max(now))),
        }
    }

    /// The latest point that is due at `now`.
    #[must_use]
    pub fn latest_due(&self, now: Timestamp) -> Option<FirePoint> {
        self.latest(now, |point| point.start_after <= now)
    }

    /// The latest point at or before `bound` that satisfies `holds`, where only the points whose
    /// delay reaches past `bound` may fail it: there is at most one of them.
    #[must_use]
    pub(crate) fn latest(
        &self,
        bound: Timestamp,
        holds: impl Fn(&FirePoint) -> bool,
    ) -> Option<FirePoint> {
        let step_back = |t| self.trigger.last_at_or_before(t).map(|fire| self.point(fire));
        let candidate = step_back(bound)?;
        if holds(&candidate) {
            return Some(candidate);
        }
        step_back(Timestamp::from_millis(candidate.fire_time.as_millis() - 1))
    }
}

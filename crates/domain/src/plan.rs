//! The plan: what is to become of the due fire times of a job, as a pure function.
//!
//! The partition's leader reads what is due and the store's time, plans, and sends the claim; the
//! store then checks that what the plan was made from still holds and applies it as a whole, or
//! refuses it. What depends on the number of active runs is left to the store ([`Admission`]),
//! because a finish or a manual run may change that number while the plan is under way.

use std::time::Duration;

use crate::pause::{Gaps, Span};
use crate::schedule::{FirePoint, Schedule};
use crate::trigger::Trigger;
use crate::{
    Coalesce, Covers, Definition, Etag, JobKey, JobUid, Misfire, Overlap, Partition, Policy,
    RunCause, RunDraft, RunId, Timestamp,
};

/// How many fire times one pass of a catch-up under [`Coalesce::All`] takes, and how many runs a
/// job may have waiting before the next pass is held back.
pub const CATCH_UP: usize = 100;

/// How far the fire times that a record stands for are counted where they cannot be computed.
const COUNT_LIMIT: u64 = 10_000;

/// A job with at least one due fire time, as read from the store, and its compiled definition.
#[derive(Clone, Copy, Debug)]
pub struct DueJob<'a> {
    /// Where the job lies.
    pub partition: Partition,
    /// The definition.
    pub definition: &'a Definition,
    /// Its trigger.
    pub trigger: &'a Trigger,
    /// Its policy, defaults filled in.
    pub policy: &'a Policy,
    /// The version of the definition.
    pub etag: Etag,
    /// The first unclaimed point; its `start_after` has come.
    pub next: FirePoint,
    /// Scheduled runs created so far.
    pub fires: u32,
    /// The last pass left due fire times behind.
    pub catching_up: bool,
}

/// What the store must do with the due fire times of a job, all or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The job.
    pub key: JobKey,
    /// Its incarnation.
    pub uid: JobUid,
    /// The version of the definition that the plan was made from.
    pub etag: Etag,
    /// The point that must still be the job's next one.
    pub expected: FirePoint,
    /// The latest fire time that this claim takes.
    pub last_fire: Timestamp,
    /// The job's next point; `None` finishes the job.
    pub next: Option<FirePoint>,
    /// `next` was due as well when this was planned: the catch-up goes on.
    pub catching_up: bool,
    /// Scheduled runs after which the job is finished.
    pub max_fires: Option<u32>,
    /// How many runs may be active beside each other.
    pub admission: Admission,
    /// Runs and records to write, in the order of their fire times.
    pub fires: Vec<PlannedFire>,
}

/// One run or record of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedFire {
    /// The run.
    pub draft: RunDraft,
    /// Whether it is to be executed.
    pub verdict: Verdict,
}

/// What becomes of a fire time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A run, if there is a place for it.
    Run,
    /// A record that it was too late.
    Missed,
}

/// The rule by which the store admits the runs of a claim, judged once for the whole claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Runs that may be started at once.
    pub max_instances: u32,
    /// Runs that may be active at once: those and the ones that wait under [`Overlap::Queue`].
    pub places: u32,
    /// The claim continues a catch-up: `places` does not bind it, but it is put off while
    /// [`CATCH_UP`] or more runs are active.
    pub continues: bool,
    /// Under [`Overlap::Replace`], how long an attempt has to end that makes way.
    pub replaces: Option<Duration>,
}

/// What [`Admission::judge`] says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The runs are admitted, in order; those within the first `max_instances` active ones may
    /// start, the others wait for a finish.
    Admit,
    /// They are admitted and replace what is there: the run that waits to do the same is recorded
    /// as skipped, and where nobody else stands between, the oldest run is cancelled. A single one
    /// waits to be replaced in its turn; several are a catch-up, of which none is dropped.
    Replace,
    /// They are recorded as skipped.
    Skip,
    /// Nothing is written; the claim is to be made again later.
    Defer,
}

impl Admission {
    /// The rule for runs under `policy`.
    #[must_use]
    pub fn new(policy: &Policy, continues: bool) -> Self {
        let waiting = match policy.overlap {
            Overlap::Queue => policy.queue_limit,
            Overlap::Skip | Overlap::Replace => 0,
        };
        let places = policy.max_instances.saturating_add(waiting);
        let replaces = (policy.overlap == Overlap::Replace).then_some(policy.cancel_grace);
        Self { max_instances: policy.max_instances, places, continues, replaces }
    }

    /// The judgement where `active` runs of the job are admitted and unfinished.
    #[must_use]
    pub fn judge(&self, active: usize) -> Judgement {
        match self.continues {
            true if active >= CATCH_UP => Judgement::Defer,
            true => Judgement::Admit,
            false if active < self.places as usize => Judgement::Admit,
            false if self.replaces.is_some() => Judgement::Replace,
            false => Judgement::Skip,
        }
    }
}

/// What is to become of the fire times of `job` that are due at `now`, the store's time.
#[must_use]
pub fn plan(now: Timestamp, job: &DueJob<'_>) -> Claim {
    plan_around(now, job, &Gaps::NONE)
}

/// The same, where the fire times in `gaps` are exempt, since scheduling was paused then. What is
/// due before a gap and what is due behind it are claimed apart.
#[must_use]
pub fn plan_around(now: Timestamp, job: &DueJob<'_>, gaps: &Gaps) -> Claim {
    if let Some(claim) = job.pass_over(gaps) {
        return claim;
    }
    let horizon = job.horizon(gaps).map_or(now, |horizon| horizon.min(now));
    let taken = match job.policy.coalesce {
        Coalesce::Latest | Coalesce::Earliest => take_one(now, horizon, job),
        Coalesce::All => take_all(now, horizon, job),
    };
    let next = job.after(taken.last_fire, gaps);
    Claim {
        key: job.definition.key.clone(),
        uid: job.definition.uid,
        etag: job.etag,
        expected: job.next,
        last_fire: taken.last_fire,
        next: next.filter(|_| !taken.exhausts),
        catching_up: job.policy.coalesce == Coalesce::All
            && next.is_some_and(|next| next.start_after <= now),
        max_fires: job.policy.max_fires,
        admission: Admission::new(job.policy, job.catching_up),
        fires: taken.fires,
    }
}

struct Taken {
    fires: Vec<PlannedFire>,
    last_fire: Timestamp,
    exhausts: bool,
}

/// The due fire times as one run, whatever their number: computed, not enumerated.
fn take_one(now: Timestamp, horizon: Timestamp, job: &DueJob<'_>) -> Taken {
    let latest = job.schedule().latest(horizon, |point| point.start_after <= now);
    let latest = latest.unwrap_or(job.next);
    let latest = if latest.fire_time < job.next.fire_time { job.next } else { latest };
    let own = match job.policy.coalesce {
        Coalesce::Earliest => job.next,
        Coalesce::Latest | Coalesce::All => latest,
    };
    let fires = vec![job.fire(now, own, job.stretch(latest.fire_time))];
    Taken { fires, last_fire: latest.fire_time, exhausts: false }
}

/// The due fire times each for itself, at most [`CATCH_UP`] of them. A longer stretch of fire
/// times that are too late anyway becomes one record, so that a year of them is one pass.
fn take_all(now: Timestamp, horizon: Timestamp, job: &DueJob<'_>) -> Taken {
    if let Some(last) = job.long_missed_stretch(now, horizon) {
        let fires = vec![job.fire(now, last, job.stretch(last.fire_time))];
        return Taken { fires, last_fire: last.fire_time, exhausts: false };
    }
    let schedule = job.schedule();
    let mut left = job.policy.max_fires.map(|most| most.saturating_sub(job.fires));
    let mut taken = Taken { fires: Vec::new(), last_fire: job.next.fire_time, exhausts: false };
    let mut point = Some(job.next);
    let is_due = |p: &FirePoint| p.start_after <= now && p.fire_time <= horizon;
    while let Some(due) = point.filter(|p| is_due(p) || p.fire_time == job.next.fire_time) {
        if taken.fires.len() == CATCH_UP || taken.exhausts {
            break;
        }
        let fire = job.fire(now, due, Covers::only(due.fire_time));
        if fire.verdict == Verdict::Run {
            left = left.map(|left| left.saturating_sub(1));
            taken.exhausts = left == Some(0);
        }
        taken.fires.push(fire);
        taken.last_fire = due.fire_time;
        point = schedule.after(due.fire_time);
    }
    taken
}

impl<'a> DueJob<'a> {
    fn schedule(&self) -> Schedule<'a> {
        Schedule { trigger: self.trigger, uid: self.definition.uid, jitter: self.policy.jitter }
    }

    /// The first point after `t` that lies in none of `gaps`.
    fn after(&self, mut t: Timestamp, gaps: &Gaps) -> Option<FirePoint> {
        loop {
            let point = self.schedule().after(t)?;
            match gaps.around(point.fire_time) {
                Some(gap) => t = gap.until,
                None => return Some(point),
            }
        }
    }

    /// Where the first of `gaps` begins that has a fire time of this job in it.
    fn horizon(&self, gaps: &Gaps) -> Option<Timestamp> {
        let last = |gap: &Span| self.trigger.last_at_or_before(gap.until);
        let splits = |gap: &Span| last(gap).is_some_and(|last| gap.since < last);
        gaps.after(self.next.fire_time).find(splits).map(|gap| gap.since)
    }

    /// The claim that moves the job behind the gap in which its next point lies, without a run or a
    /// record. What is due at creation is due after a pause as well, as when a job is resumed.
    fn pass_over(&self, gaps: &Gaps) -> Option<Claim> {
        let first = self.next.fire_time;
        let gap = gaps.around(first).filter(|_| self.trigger.due_at_creation() != Some(first))?;
        let last = self.trigger.last_at_or_before(gap.until).map_or(first, |last| last.max(first));
        Some(Claim {
            key: self.definition.key.clone(),
            uid: self.definition.uid,
            etag: self.etag,
            expected: self.next,
            last_fire: last,
            next: self.after(gap.until, gaps),
            catching_up: false,
            max_fires: self.policy.max_fires,
            admission: Admission::new(self.policy, false),
            fires: Vec::new(),
        })
    }

    /// From the first unclaimed fire time to `last`.
    fn stretch(&self, last: Timestamp) -> Covers {
        let first = self.next.fire_time;
        let others = self.trigger.count_between(first, last, COUNT_LIMIT).count;
        Covers { first, last, others: u32::try_from(others).unwrap_or(u32::MAX) }
    }

    /// The end of the stretch of missed fire times, when it is longer than one pass takes.
    fn long_missed_stretch(&self, now: Timestamp, horizon: Timestamp) -> Option<FirePoint> {
        let Misfire::Grace(grace) = self.policy.misfire else { return None };
        let bound = now.saturating_sub(grace).min(horizon);
        let last = self.schedule().latest(bound, |point| is_late(now, *point, grace))?;
        let count = self.trigger.count_between(self.next.fire_time, last.fire_time, COUNT_LIMIT);
        (is_late(now, last, grace) && count.count > CATCH_UP as u64).then_some(last)
    }

    fn fire(&self, now: Timestamp, own: FirePoint, covers: Covers) -> PlannedFire {
        let missed = match self.policy.misfire {
            Misfire::Unlimited => false,
            Misfire::Grace(grace) => is_late(now, own, grace),
        };
        let uid = self.definition.uid;
        let draft = RunDraft {
            id: RunId::scheduled(self.partition, uid, own.fire_time),
            job: self.definition.key.clone(),
            uid,
            fire_time: own.fire_time,
            cause: RunCause::Schedule,
            covers,
            start_after: own.start_after,
            timeout: self.policy.timeout,
            payload: None,
        };
        PlannedFire { draft, verdict: if missed { Verdict::Missed } else { Verdict::Run } }
    }
}

/// Whether `now` is later than `grace` after the point became due.
fn is_late(now: Timestamp, point: FirePoint, grace: Duration) -> bool {
    now > point.start_after.saturating_add(grace)
}

/// Whether a run that is about to start has become too late: judged for the first attempt only,
/// since a retry is late by nature.
#[must_use]
pub fn misfires_at_start(now: Timestamp, draft: &RunDraft, attempt: u32, misfire: Misfire) -> bool {
    let point = FirePoint { fire_time: draft.fire_time, start_after: draft.start_after };
    match misfire {
        Misfire::Grace(grace) => {
            attempt == 1 && draft.cause == RunCause::Schedule && is_late(now, point, grace)
        }
        Misfire::Unlimited => false,
    }
}

#[cfg(test)]
mod gaps;
#[cfg(test)]
mod tests;

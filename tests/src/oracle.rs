//! The oracle: which fire times must be there and which may be, from the pure trigger and from what
//! clients were told.
//!
//! A call takes a while, and within it nobody but the store knows what held when. So every change
//! has a [`Bracket`], and a stretch of time is either *required* (the change had surely not
//! happened yet, or surely had), or merely *allowed*. A call whose outcome is unknown makes
//! everything from its sending on merely allowed, until an answered one says what the job is.

use bellwether_client::v1;
use bellwether_domain::trigger::{JobContext, Trigger};
use bellwether_domain::{JobId, JobKey, JobUid, Namespace, RunId, Timestamp};
use bellwether_proto::convert::{Problems, timestamp_from_proto, trigger_from_proto};

/// When a call was under way, by the harness's clock.
#[derive(Clone, Copy, Debug)]
pub struct Bracket {
    /// From before it was sent.
    pub sent: Timestamp,
    /// From after its answer came.
    pub answered: Timestamp,
}

/// What is expected of all jobs of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    /// What is expected of each incarnation, in the order of their creation.
    pub jobs: Vec<Expectation>,
    /// Runs that clients asked for.
    pub asked_for: Vec<RunId>,
    doubts: Vec<Doubt>,
}

/// What is expected of one incarnation of a job.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The job.
    pub key: JobKey,
    /// The incarnation.
    pub uid: JobUid,
    /// How many attempts may run at once.
    pub max_instances: u32,
    /// Whether its runs reach the ledger: its target is the sink.
    pub delivered: bool,
    /// Whether it was deleted, and its history with it.
    pub deleted: bool,
    spans: Vec<Span>,
}

/// A stretch of time in which a trigger counts; instants are inclusive.
#[derive(Clone, Debug)]
struct Span {
    wire: v1::Trigger,
    trigger: Trigger,
    from: Timestamp,
    /// Until when its fire times are required, and
    required: Timestamp,
    /// until when they are allowed.
    allowed: Timestamp,
}

/// A time in which nobody knows what a job is.
#[derive(Clone, Debug)]
struct Doubt {
    key: JobKey,
    from: Timestamp,
    until: Timestamp,
}

impl Oracle {
    /// Takes in the job that an answered call returned.
    ///
    /// # Panics
    /// When it is not a job as the API describes it, or its policy bounds the number of its fires.
    pub fn told(&mut self, job: &v1::Job, bracket: Bracket) {
        let key = key_of(job);
        let resolved = self.doubts.iter_mut().filter(|doubt| doubt.key == key);
        resolved.for_each(|doubt| doubt.until = doubt.until.min(bracket.answered));
        let uid: JobUid = job.uid.parse().expect("an answer's uid is a UUID");
        let known = self.jobs.iter().position(|expectation| expectation.uid == uid);
        let place = known.unwrap_or_else(|| {
            self.jobs.push(Expectation::new(key, uid, job));
            self.jobs.len() - 1
        });
        self.jobs[place].told(job, bracket);
    }

    /// Takes in that a job was deleted. Its history is gone with it, so that what was due and not
    /// claimed yet has no record but the deletion: only up to `recorded`, the latest fire time
    /// that the store was seen to have taken before, is anything required.
    pub fn deleted(&mut self, key: &JobKey, bracket: Bracket, recorded: Option<Timestamp>) {
        for job in self.jobs.iter_mut().filter(|job| job.key == *key && !job.deleted) {
            job.close(bracket);
            job.deleted = true;
            let recorded = recorded.unwrap_or(Timestamp::MIN);
            job.spans.iter_mut().for_each(|span| span.required = span.required.min(recorded));
        }
    }

    /// Takes in that a call about a job was sent and may or may not have been carried out.
    pub fn in_doubt(&mut self, key: &JobKey, sent: Timestamp) {
        for job in self.jobs.iter_mut().filter(|job| job.key == *key) {
            job.close(Bracket { sent, answered: Timestamp::MAX });
        }
        self.doubts.push(Doubt { key: key.clone(), from: sent, until: Timestamp::MAX });
    }

    /// What is expected of the incarnation that a run was made for, which its id tells.
    #[must_use]
    pub fn job_of(&self, run: RunId, key: &JobKey, fire_time: Timestamp) -> Option<&Expectation> {
        self.jobs.iter().find(|job| {
            job.key == *key && RunId::scheduled(run.partition, job.uid, fire_time) == run
        })
    }

    /// Whether a job of this name may have had this fire time for all that is known.
    #[must_use]
    pub fn is_in_doubt(&self, key: &JobKey, fire_time: Timestamp) -> bool {
        let holds = |doubt: &Doubt| doubt.from <= fire_time && fire_time <= doubt.until;
        self.doubts.iter().any(|doubt| doubt.key == *key && holds(doubt))
    }
}

impl Expectation {
    fn new(key: JobKey, uid: JobUid, job: &v1::Job) -> Self {
        let policy = job.effective_policy.as_ref().expect("an answered job has its policy");
        let instances = policy.max_instances.and_then(|most| u32::try_from(most).ok());
        let target = job.target.as_ref().and_then(|target| target.kind.as_ref());
        Self {
            key,
            uid,
            max_instances: instances.expect("an effective policy has max_instances"),
            delivered: target.is_some_and(is_delivered),
            deleted: false,
            spans: Vec::new(),
        }
    }

    fn told(&mut self, job: &v1::Job, bracket: Bracket) {
        let policy = job.effective_policy.as_ref();
        let unbounded = policy.is_some_and(|policy| policy.max_fires.is_none());
        assert!(unbounded, "the oracle counts no fires: {} has max_fires", self.key);
        let wire = job.trigger.as_ref().expect("an answered job has a trigger");
        let goes_on = self.open().is_some_and(|span| span.wire == *wire);
        let active = job.state() == v1::JobState::Active;
        if goes_on && active {
            return;
        }
        self.close(bracket);
        if let Some(from) = instant(job.next_fire_time).filter(|_| active) {
            let trigger = compile(job, wire);
            let (required, allowed) = (Timestamp::MAX, Timestamp::MAX);
            self.spans.push(Span { wire: wire.clone(), trigger, from, required, allowed });
        }
    }

    fn open(&self) -> Option<&Span> {
        self.spans.last().filter(|span| span.required == Timestamp::MAX)
    }

    /// Ends what is open: somewhere within the bracket it ceased to count.
    fn close(&mut self, bracket: Bracket) {
        for span in &mut self.spans {
            span.required = span.required.min(bracket.sent);
            span.allowed = span.allowed.min(bracket.answered);
        }
    }

    /// The fire times that must be there, up to `horizon`.
    #[must_use]
    pub fn required(&self, horizon: Timestamp) -> Vec<Timestamp> {
        let spans = self.spans.iter().flat_map(|span| {
            let until = span.required.min(horizon);
            let first = Timestamp::from_millis(span.from.as_millis() - 1);
            let next = move |at: &Timestamp| span.trigger.next_after(*at);
            std::iter::successors(next(&first), next).take_while(move |at| *at <= until)
        });
        let mut fire_times: Vec<_> = spans.collect();
        fire_times.dedup();
        fire_times
    }

    /// Whether `fire_time` may be one of the job's.
    #[must_use]
    pub fn allows(&self, fire_time: Timestamp) -> bool {
        self.spans.iter().any(|span| {
            let within = span.from <= fire_time && fire_time <= span.allowed;
            within && span.trigger.last_at_or_before(fire_time) == Some(fire_time)
        })
    }
}

/// The name of a job that an answer holds.
///
/// # Panics
/// When it has none.
#[must_use]
pub fn key_of(job: &v1::Job) -> JobKey {
    JobKey {
        namespace: Namespace::new(&job.namespace).expect("an answer's namespace is one"),
        id: JobId::new(&job.id).expect("an answer's id is one"),
    }
}

/// An instant of an answer.
///
/// # Panics
/// When it is out of range.
#[must_use]
pub fn instant(value: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    let mut problems = Problems::default();
    let at = timestamp_from_proto(value, "instant", &mut problems);
    problems.finish().expect("an answer's instants are in range");
    at
}

fn compile(job: &v1::Job, wire: &v1::Trigger) -> Trigger {
    let mut problems = Problems::default();
    let spec = trigger_from_proto(wire.clone(), "trigger", &mut problems);
    problems.finish().expect("an answered job's trigger is valid");
    let context = JobContext {
        uid: job.uid.parse().expect("an answer's uid is a UUID"),
        created: instant(job.create_time).expect("an answered job has a creation"),
    };
    let spec = spec.expect("what has no problem is read");
    spec.compile(&context).expect("what was accepted compiles")
}

/// Whether runs with this target reach the sink: directly, or by a worker under test.
fn is_delivered(target: &v1::target::Kind) -> bool {
    match target {
        v1::target::Kind::Http(_) => true,
        v1::target::Kind::Worker(worker) => worker.handler == crate::worker::HANDLER,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bellwether_proto::convert::{duration_to_proto, timestamp_to_proto};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    fn bracket(sent: i64, answered: i64) -> Bracket {
        Bracket { sent: at(sent), answered: at(answered) }
    }

    /// A job created at second 0 that fires every so many seconds, as an answer would show it.
    fn job(every: u64, state: v1::JobState, next: i64) -> v1::Job {
        let interval = v1::IntervalTrigger {
            every: Some(duration_to_proto(Duration::from_secs(every))),
            ..v1::IntervalTrigger::default()
        };
        let kind = Some(v1::trigger::Kind::Interval(interval));
        let policy = v1::Policy { max_instances: Some(1), ..v1::Policy::default() };
        v1::Job {
            namespace: "default".to_owned(),
            id: "a".to_owned(),
            uid: uuid::Uuid::from_u128(7).to_string(),
            trigger: Some(v1::Trigger { kind, ..v1::Trigger::default() }),
            effective_policy: Some(policy),
            state: state as i32,
            create_time: Some(timestamp_to_proto(at(0))),
            next_fire_time: Some(timestamp_to_proto(at(next))),
            ..v1::Job::default()
        }
    }

    fn required(oracle: &Oracle, horizon: i64) -> Vec<i64> {
        let all = oracle.jobs.iter().flat_map(|job| job.required(at(horizon)));
        all.map(|at| at.as_millis() / 1_000).collect()
    }

    fn allowed(oracle: &Oracle, until: i64) -> Vec<i64> {
        let allows = |second: &i64| oracle.jobs.iter().any(|job| job.allows(at(*second)));
        (0..=until).filter(allows).collect()
    }

    #[test]
    fn a_job_fires_from_its_first_fire_time_on() {
        let mut oracle = Oracle::default();
        oracle.told(&job(2, v1::JobState::Active, 2), bracket(0, 1));
        assert_eq!(required(&oracle, 7), [2, 4, 6]);
        assert_eq!(allowed(&oracle, 7), [2, 4, 6]);
    }

    #[test]
    fn within_a_pausing_call_a_fire_time_may_be_and_after_it_none() {
        let mut oracle = Oracle::default();
        oracle.told(&job(1, v1::JobState::Active, 1), bracket(0, 0));
        oracle.told(&job(1, v1::JobState::Paused, 1), bracket(3, 5));
        assert_eq!(required(&oracle, 20), [1, 2, 3]);
        assert_eq!(allowed(&oracle, 20), [1, 2, 3, 4, 5]);
        oracle.told(&job(1, v1::JobState::Active, 9), bracket(8, 8));
        assert_eq!(required(&oracle, 10), [1, 2, 3, 9, 10]);
        assert_eq!(allowed(&oracle, 10), [1, 2, 3, 4, 5, 9, 10]);
    }

    #[test]
    fn an_equal_trigger_goes_on_and_another_takes_over_at_its_first_fire_time() {
        let mut oracle = Oracle::default();
        oracle.told(&job(2, v1::JobState::Active, 2), bracket(0, 0));
        oracle.told(&job(2, v1::JobState::Active, 4), bracket(2, 3));
        assert_eq!(required(&oracle, 6), [2, 4, 6]);
        oracle.told(&job(5, v1::JobState::Active, 10), bracket(7, 8));
        assert_eq!(required(&oracle, 15), [2, 4, 6, 10, 15]);
        assert_eq!(allowed(&oracle, 15), [2, 4, 6, 8, 10, 15]);
    }

    #[test]
    fn what_is_in_doubt_is_allowed_until_somebody_says_what_holds() {
        let mut oracle = Oracle::default();
        let told = job(1, v1::JobState::Active, 1);
        let key = key_of(&told);
        oracle.told(&told, bracket(0, 0));
        oracle.in_doubt(&key, at(2));
        assert_eq!(required(&oracle, 9), [1, 2]);
        assert_eq!(allowed(&oracle, 9), (1..=9).collect::<Vec<_>>());
        assert!(oracle.is_in_doubt(&key, at(100)));
        oracle.told(&job(1, v1::JobState::Active, 6), bracket(5, 5));
        assert_eq!(required(&oracle, 7), [1, 2, 6, 7]);
        assert!(oracle.is_in_doubt(&key, at(4)) && !oracle.is_in_doubt(&key, at(6)));
    }

    #[test]
    fn of_a_deleted_job_only_what_was_seen_is_required() {
        let mut oracle = Oracle::default();
        let told = job(1, v1::JobState::Active, 1);
        oracle.told(&told, bracket(0, 0));
        oracle.deleted(&key_of(&told), bracket(5, 6), Some(at(3)));
        assert_eq!(required(&oracle, 9), [1, 2, 3]);
        assert_eq!(allowed(&oracle, 9), [1, 2, 3, 4, 5, 6]);
    }
}

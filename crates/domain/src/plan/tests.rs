//! The plan as tables: coalesce × misfire × downtime, and what bounds a pass.

use super::*;
use crate::trigger::{IntervalSpec, TriggerKind, TriggerSpec};
use crate::{JobId, JobSpec, Namespace, PolicySpec, Target};
use uuid::Uuid;

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A job with an interval, its first unclaimed fire time `due_since` seconds before [`NOW`].
pub(super) struct Case {
    pub(super) definition: Definition,
    pub(super) trigger: Trigger,
    policy: Policy,
    pub(super) next: FirePoint,
    fires: u32,
    catching_up: bool,
}

impl Case {
    pub(super) fn interval(every: u64, due_since: u64, policy: Policy) -> Self {
        let first = NOW.saturating_sub(Duration::from_secs(due_since));
        let kind = TriggerKind::Interval(IntervalSpec {
            every: Duration::from_secs(every),
            anchor: Some(first),
            fire_immediately: false,
        });
        let definition = Definition {
            key: JobKey {
                namespace: Namespace::default(),
                id: JobId::new("job").expect("a valid id"),
            },
            uid: JobUid(Uuid::from_u128(7)),
            created: first,
            spec: JobSpec {
                description: String::new(),
                labels: Default::default(),
                trigger: TriggerSpec { kind, start_time: None, end_time: None },
                target: Target::Noop,
                policy: PolicySpec::default(),
            },
        };
        let trigger = definition.compile().expect("a valid trigger");
        let schedule = Schedule { trigger: &trigger, uid: definition.uid, jitter: policy.jitter };
        let next = schedule.point(first);
        Self { definition, trigger, policy, next, fires: 0, catching_up: false }
    }

    fn plan(&self) -> Claim {
        self.plan_at(NOW)
    }

    fn plan_at(&self, now: Timestamp) -> Claim {
        plan(now, &self.due())
    }

    pub(super) fn plan_around(&self, gaps: &Gaps) -> Claim {
        plan_around(NOW, &self.due(), gaps)
    }

    fn due(&self) -> DueJob<'_> {
        DueJob {
            partition: Partition(3),
            definition: &self.definition,
            trigger: &self.trigger,
            policy: &self.policy,
            etag: Etag([1; 8]),
            next: self.next,
            fires: self.fires,
            catching_up: self.catching_up,
        }
    }
}

fn policy(coalesce: Coalesce, grace: Option<u64>) -> Policy {
    let misfire =
        grace.map_or(Misfire::Unlimited, |grace| Misfire::Grace(Duration::from_secs(grace)));
    Policy { coalesce, misfire, ..Policy::default() }
}

/// Seconds from [`NOW`], as tables of fire times are read.
fn offset(t: Timestamp) -> i64 {
    (t.as_millis() - NOW.as_millis()) / 1000
}

/// Each fire as (seconds from now, verdict, fire times beside its own).
fn fires(claim: &Claim) -> Vec<(i64, Verdict, u32)> {
    let one = |f: &PlannedFire| (offset(f.draft.fire_time), f.verdict, f.draft.covers.others);
    claim.fires.iter().map(one).collect()
}

use Verdict::{Missed, Run};

#[test]
fn an_interval_of_a_minute_due_since_185_seconds() {
    let cases = [
        (Coalesce::Latest, Some(30), vec![(-5, Run, 3)]),
        (Coalesce::Latest, Some(1), vec![(-5, Missed, 3)]),
        (Coalesce::Latest, None, vec![(-5, Run, 3)]),
        (Coalesce::Earliest, None, vec![(-185, Run, 3)]),
        (Coalesce::Earliest, Some(100), vec![(-185, Missed, 3)]),
        (
            Coalesce::All,
            Some(100),
            vec![(-185, Missed, 0), (-125, Missed, 0), (-65, Run, 0), (-5, Run, 0)],
        ),
        (Coalesce::All, None, vec![(-185, Run, 0), (-125, Run, 0), (-65, Run, 0), (-5, Run, 0)]),
    ];
    for (coalesce, grace, expected) in cases {
        let claim = Case::interval(60, 185, policy(coalesce, grace)).plan();
        assert_eq!(fires(&claim), expected, "{coalesce:?} with grace {grace:?}");
        assert_eq!(offset(claim.last_fire), -5);
        assert_eq!(claim.next.map(|next| offset(next.fire_time)), Some(55));
        assert!(!claim.catching_up);
    }
}

#[test]
fn what_a_run_covers_spans_what_it_stands_for() {
    let claim = Case::interval(60, 185, policy(Coalesce::Earliest, None)).plan();
    let covers = claim.fires[0].draft.covers;
    assert_eq!((offset(covers.first), offset(covers.last)), (-185, -5));
}

#[test]
fn exactly_the_grace_late_is_not_late() {
    for (late_ms, expected) in [(30_000, Run), (30_001, Missed)] {
        let case = Case::interval(60, 0, policy(Coalesce::Latest, Some(30)));
        let claim = case.plan_at(NOW.saturating_add(Duration::from_millis(late_ms)));
        assert_eq!(claim.fires[0].verdict, expected, "{late_ms} ms late");
    }
}

#[test]
fn a_year_of_seconds_is_one_run() {
    let year = 365 * 86_400;
    let claim = Case::interval(1, year, policy(Coalesce::Latest, None)).plan();
    assert_eq!(fires(&claim), [(0, Run, u32::try_from(year).expect("it fits"))]);
}

#[test]
fn a_year_of_seconds_run_one_by_one_is_bounded_in_each_pass_and_goes_on() {
    let claim = Case::interval(1, 365 * 86_400, policy(Coalesce::All, None)).plan();
    assert_eq!(claim.fires.len(), CATCH_UP);
    assert!(claim.catching_up);
    let next = claim.next.expect("more is due");
    assert_eq!(next.fire_time.since(claim.last_fire), Duration::from_secs(1));
}

#[test]
fn a_year_of_seconds_that_are_all_too_late_is_one_record_and_the_rest() {
    let policy = policy(Coalesce::All, Some(10));
    let claim = Case::interval(1, 365 * 86_400, policy.clone()).plan();
    assert_eq!(fires(&claim), [(-11, Missed, 365 * 86_400 - 11)]);
    assert!(claim.catching_up);
    let rest = Case::interval(1, 10, policy).plan();
    assert_eq!(rest.fires.len(), 11);
    assert!(rest.fires.iter().all(|fire| fire.verdict == Run));
}

#[test]
fn a_catch_up_stops_at_max_fires() {
    let policy = Policy { max_fires: Some(5), ..policy(Coalesce::All, None) };
    let case = Case { fires: 3, ..Case::interval(60, 185, policy) };
    let claim = case.plan();
    assert_eq!(fires(&claim), [(-185, Run, 0), (-125, Run, 0)]);
    assert_eq!(claim.next, None);
}

#[test]
fn one_fire_time_has_one_id_however_often_it_is_planned() {
    let case = Case::interval(60, 185, policy(Coalesce::All, None));
    let ids = |claim: &Claim| claim.fires.iter().map(|f| f.draft.id).collect::<Vec<_>>();
    let later = case.plan_at(NOW.saturating_add(Duration::from_secs(1)));
    assert_eq!(ids(&case.plan()), ids(&later));
    assert_eq!(case.plan().fires[0].draft.id.partition, Partition(3));
}

#[test]
fn jitter_delays_and_keeps_the_order() {
    let policy = Policy { jitter: Duration::from_secs(600), ..policy(Coalesce::Latest, None) };
    let case = Case::interval(60, 0, policy);
    let schedule =
        Schedule { trigger: &case.trigger, uid: case.definition.uid, jitter: case.policy.jitter };
    let mut point = case.next;
    let mut delayed = 0;
    for _ in 0..200 {
        let next = schedule.after(point.fire_time).expect("an interval goes on");
        assert!(point.start_after >= point.fire_time);
        assert!(point.start_after < next.fire_time, "{point:?} reaches {next:?}");
        delayed += i32::from(point.start_after > point.fire_time);
        point = next;
    }
    assert!(delayed > 100, "only {delayed} of 200 were delayed");
    let early = case.plan_at(case.next.start_after);
    assert_eq!(early.last_fire, case.next.fire_time);
}

#[test]
fn admission_by_overlap() {
    let queue = Policy { overlap: Overlap::Queue, queue_limit: 2, ..Policy::default() };
    let skip = Policy { max_instances: 2, ..Policy::default() };
    let replace = Policy { overlap: Overlap::Replace, ..Policy::default() };
    let cases = [
        ("skip, none active", &skip, false, 0, Judgement::Admit),
        ("skip, one of two", &skip, false, 1, Judgement::Admit),
        ("skip, two of two", &skip, false, 2, Judgement::Skip),
        ("queue, one runs", &queue, false, 1, Judgement::Admit),
        ("queue, two wait", &queue, false, 3, Judgement::Skip),
        ("replace, none active", &replace, false, 0, Judgement::Admit),
        ("replace, one runs", &replace, false, 1, Judgement::Replace),
        ("replace, a successor waits", &replace, false, 2, Judgement::Replace),
        ("replace, a catch-up goes on", &replace, true, 2, Judgement::Admit),
        ("a catch-up goes on at the limit", &skip, true, 50, Judgement::Admit),
        ("but not without bound", &skip, true, CATCH_UP, Judgement::Defer),
    ];
    for (case, policy, continues, active, expected) in cases {
        assert_eq!(Admission::new(policy, continues).judge(active), expected, "{case}");
    }
}

#[test]
fn only_a_first_attempt_of_a_scheduled_run_misfires_at_its_start() {
    let claim = Case::interval(60, 0, policy(Coalesce::Latest, None)).plan();
    let draft = claim.fires[0].draft.clone();
    let grace = Misfire::Grace(Duration::from_secs(30));
    let late = NOW.saturating_add(Duration::from_secs(31));
    assert!(misfires_at_start(late, &draft, 1, grace));
    assert!(!misfires_at_start(late, &draft, 2, grace));
    assert!(!misfires_at_start(late, &draft, 1, Misfire::Unlimited));
    let manual = RunDraft { cause: RunCause::Manual, ..draft };
    assert!(!misfires_at_start(late, &manual, 1, grace));
}

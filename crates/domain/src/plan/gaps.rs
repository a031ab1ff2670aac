//! Fire times that a pause of scheduling exempts.

use super::tests::{Case, NOW};
use super::*;
use crate::pause::Span;

fn before(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() - seconds * 1_000)
}

/// The gap from so many seconds ago to so many.
fn gap(since: i64, until: i64) -> Gaps {
    Gaps::of([Span { since: before(since), until: before(until) }])
}

/// How many seconds ago the fires, the latest claimed fire time and the next one are.
fn seconds(claim: &Claim) -> (Vec<i64>, i64, Option<i64>) {
    let ago = |at: Timestamp| (NOW.as_millis() - at.as_millis()) / 1_000;
    let fires = claim.fires.iter().map(|fire| ago(fire.draft.fire_time)).collect();
    (fires, ago(claim.last_fire), claim.next.map(|next| ago(next.fire_time)))
}

#[test]
fn fire_times_within_a_gap_are_passed_over_without_a_record() {
    // Due 185, 125, 65 and 5 seconds ago, and in 55 seconds.
    let cases = [
        // Resumed just now: nothing is left that is due.
        (gap(200, 0), (vec![], 5, Some(-55))),
        // The last one came after the resume.
        (gap(200, 30), (vec![], 65, Some(5))),
        // A gap begins after its first instant and ends with its last.
        (gap(185, 65), (vec![185], 185, Some(5))),
        (gap(186, 66), (vec![], 125, Some(65))),
        // What was due before the pause is claimed apart.
        (gap(100, 30), (vec![125], 125, Some(5))),
        (gap(30, 10), (vec![5], 5, Some(-55))),
        (gap(500, 300), (vec![5], 5, Some(-55))),
    ];
    for (gaps, expected) in cases {
        for coalesce in [Coalesce::Latest, Coalesce::All] {
            let case = Case::interval(60, 185, Policy { coalesce, ..Policy::default() });
            let claim = case.plan_around(&gaps);
            let (fires, last, next) = seconds(&claim);
            let all = fires.len() > 1;
            let expected = expected.clone();
            let same = (fires.last().copied(), last, next);
            assert_eq!(same, (expected.0.last().copied(), expected.1, expected.2), "{gaps:?}");
            assert!(coalesce == Coalesce::All || !all, "{claim:?}");
            assert!(claim.next.is_none_or(|next| claim.last_fire < next.fire_time));
        }
    }
}

#[test]
fn all_fire_times_outside_of_gaps_are_each_taken_once() {
    let policy = Policy { coalesce: Coalesce::All, ..Policy::default() };
    let mut case = Case::interval(60, 605, policy);
    let gaps = Gaps::of([
        Span { since: before(590), until: before(420) },
        Span { since: before(300), until: before(120) },
    ]);
    let mut taken = Vec::new();
    while case.next.start_after <= NOW {
        let claim = case.plan_around(&gaps);
        taken.extend(seconds(&claim).0);
        case.next = claim.next.expect("an interval goes on");
    }
    assert_eq!(taken, [605, 365, 305, 65, 5]);
}

#[test]
fn a_job_without_fire_times_behind_a_gap_is_finished() {
    let mut case = Case::interval(60, 185, Policy::default());
    let until = crate::trigger::TriggerSpec {
        end_time: Some(before(100)),
        ..case.definition.spec.trigger.clone()
    };
    case.definition.spec.trigger = until;
    case.trigger = case.definition.compile().expect("a trigger");
    let claim = case.plan_around(&gap(200, 0));
    assert_eq!((claim.fires.len(), claim.next), (0, None));
}

#[test]
fn a_date_that_came_during_a_pause_is_run() {
    let mut case = Case::interval(60, 185, Policy::default());
    let date = crate::trigger::DateSpec { at: before(185) };
    case.definition.spec.trigger = crate::trigger::TriggerKind::Date(date).into();
    case.trigger = case.definition.compile().expect("a trigger");
    let claim = case.plan_around(&gap(200, 0));
    assert_eq!(seconds(&claim), (vec![185], 185, None));
}

#[test]
fn a_gap_does_not_make_a_late_fire_time_timely() {
    let misfire = Misfire::Grace(Duration::from_secs(30));
    let case = Case::interval(60, 185, Policy { misfire, ..Policy::default() });
    let claim = case.plan_around(&gap(100, 30));
    let fire = &claim.fires[0];
    assert_eq!(fire.verdict, Verdict::Missed);
    assert_eq!((fire.draft.covers.first, fire.draft.covers.last), (before(185), before(125)));
}

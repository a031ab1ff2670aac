use std::time::Duration;

use bellwether_domain::trigger::TriggerSpec;
use bellwether_domain::{HttpTarget, PolicySpec, Target, Timestamp};

use super::super::testing::*;
use super::*;

fn changed(job: &Job, now: i64, edit: impl FnOnce(&mut JobSpec)) -> Result<Changed, ApiError> {
    let mut spec = job.definition.spec.clone();
    edit(&mut spec);
    change(&moment(now), job, spec, SecretInput::Given).map(|change| change.expect("a change"))
}

fn with_trigger(job: &Job, now: i64, trigger: TriggerSpec) -> Result<Changed, ApiError> {
    changed(job, now, |spec| spec.trigger = trigger)
}

fn point(next: NextPoint) -> (Timestamp, bool) {
    match next {
        NextPoint::At { point, due_at_once } => (point.fire_time, due_at_once),
        other => panic!("{other:?} is no point"),
    }
}

fn policy(edit: impl FnOnce(&mut PolicySpec)) -> impl FnOnce(&mut JobSpec) {
    move |spec| edit(&mut spec.policy)
}

#[test]
fn an_equal_definition_writes_nothing() {
    let job = job(every(10), 100_000);
    let spec = job.definition.spec.clone();
    let change = change(&moment(500_000), &job, spec, SecretInput::Given).expect("valid");
    assert!(change.is_none());
}

#[test]
fn an_equal_trigger_leaves_the_next_point_alone_even_when_it_is_due() {
    let job = job(every(10), 100_000);
    let described = |spec: &mut JobSpec| spec.description = "new".to_owned();
    for now in [101_000, 110_000, 990_000] {
        let Changed { change, job: after } = changed(&job, now, described).expect("valid");
        assert_eq!((change.next, change.dropped), (NextPoint::Keep, None));
        assert_eq!(after.status.next_fire, job.status.next_fire);
        assert_eq!(after.definition.uid, job.definition.uid);
        assert_eq!(after.definition.created, job.definition.created);
        assert_ne!(after.status.etag, job.status.etag);
        assert_eq!(change.expected, job.status.etag);
    }
}

#[test]
fn a_new_trigger_starts_strictly_after_now_from_the_same_anchor() {
    let job = job(every(10), 100_000);
    let Changed { change, job: after } = with_trigger(&job, 104_000, every(7)).expect("valid");
    assert_eq!(point(change.next), (ms(107_000), false));
    assert_eq!(change.dropped, None);
    assert_eq!(after.status.next_fire, Some(ms(107_000)));
}

#[test]
fn what_was_due_under_the_old_trigger_becomes_one_record() {
    let job = job(every(10), 100_000);
    let Changed { change, job: after } = with_trigger(&job, 133_000, every(60)).expect("valid");
    let dropped = change.dropped.expect("three fire times");
    let covers = dropped.draft.covers;
    assert_eq!((covers.first, covers.last, covers.others), (ms(110_000), ms(130_000), 2));
    assert_eq!(dropped.reason, "trigger changed");
    assert_eq!(after.status.last_fire, Some(ms(130_000)));
    assert_eq!(point(change.next), (ms(160_000), false));
}

#[test]
fn the_next_point_is_after_the_last_claimed_one_when_the_clock_went_back() {
    let mut job = job(every(10), 100_000);
    (job.status.last_fire, job.status.next_fire) = (Some(ms(150_000)), Some(ms(160_000)));
    let change = with_trigger(&job, 120_000, every(5)).expect("valid").change;
    assert_eq!(point(change.next), (ms(155_000), false));
}

#[test]
fn another_jitter_moves_when_the_same_fire_time_is_due() {
    let job = job(every(10), 100_000);
    let jitter = || policy(|policy| policy.jitter = Some(Duration::from_secs(9)));
    let change = changed(&job, 104_000, jitter()).expect("valid").change;
    let NextPoint::At { point, due_at_once: false } = change.next else {
        panic!("{:?}", change.next)
    };
    assert_eq!(point.fire_time, ms(110_000));
    assert!(point.start_after > ms(110_000));

    // One that has come stays due, and is not dropped.
    let change = changed(&job, 112_000, jitter()).expect("valid").change;
    let NextPoint::At { point, due_at_once: true } = change.next else {
        panic!("{:?}", change.next)
    };
    assert_eq!((point.fire_time, change.dropped), (ms(110_000), None));
}

#[test]
fn a_finished_date_does_not_fire_again() {
    let job = finished(job(date(100), 0), 100_000);
    let described = |spec: &mut JobSpec| spec.description = "new".to_owned();
    let Changed { change, job: after } = changed(&job, 200_000, described).expect("valid");
    assert_eq!(change.next, NextPoint::Keep);
    assert_eq!(after.status.state, JobState::Finished);
    // Neither does an earlier one: it would come before what was claimed.
    let change = with_trigger(&job, 200_000, date(90)).expect("valid").change;
    assert_eq!(change.next, NextPoint::Keep);
}

#[test]
fn a_finished_job_goes_on_with_a_trigger_that_has_fire_times() {
    let job = finished(job(date(100), 0), 100_000);
    let Changed { change, job: after } = with_trigger(&job, 200_000, date(300)).expect("valid");
    assert_eq!(point(change.next), (ms(300_000), false));
    assert_eq!(after.status.state, JobState::Active);
    // A date that passed unclaimed is due at once.
    let change = with_trigger(&job, 200_000, date(150)).expect("valid").change;
    assert_eq!(point(change.next), (ms(150_000), true));
}

#[test]
fn max_fires_ends_a_job_and_lets_it_go_on() {
    let mut active = job(every(10), 100_000);
    active.status.fires = 5;
    let limit = |most| policy(move |policy| policy.max_fires = most);
    let Changed { change, job: after } = changed(&active, 104_000, limit(Some(5))).expect("valid");
    assert_eq!((change.next, after.status.state), (NextPoint::Exhausted, JobState::Finished));
    assert_eq!(change.dropped, None);
    let change = changed(&active, 115_000, limit(Some(3))).expect("valid").change;
    assert_eq!(change.dropped.expect("that of 110 s").reason, "max_fires reached");
    assert_eq!(
        changed(&active, 104_000, limit(Some(6))).expect("valid").change.next,
        NextPoint::Keep
    );
}

#[test]
fn a_raised_limit_lets_a_finished_job_go_on() {
    let mut over = finished(job(every(10), 100_000), 110_000);
    over.definition.spec.policy.max_fires = Some(1);
    let limit = |most| policy(move |policy| policy.max_fires = most);
    let change = changed(&over, 200_000, limit(Some(2))).expect("valid").change;
    assert_eq!(point(change.next), (ms(210_000), false));
    over.status.fires = 4;
    let change = changed(&over, 200_000, limit(Some(3))).expect("valid").change;
    assert_eq!(change.next, NextPoint::Keep);
}

#[test]
fn a_paused_job_stays_paused_whatever_changes() {
    let paused = paused(job(every(10), 100_000), "night");
    let Changed { change, job: after } = with_trigger(&paused, 200_000, every(3)).expect("valid");
    assert_eq!((change.next, change.dropped), (NextPoint::Keep, None));
    assert_eq!(after.status.state, JobState::Paused { reason: "night".to_owned() });
    assert_eq!(after.status.next_fire, None);
}

#[test]
fn a_new_trigger_that_never_fires_is_refused_in_every_state_and_an_old_one_is_left_alone() {
    let never = || until(every(10), 150);
    let active = job(every(5), 100_000);
    let states = [active.clone(), paused(active.clone(), ""), finished(active, 105_000)];
    for job in states {
        let error = with_trigger(&job, 200_000, never()).err().expect("never fires").to_string();
        assert!(error.starts_with("job.trigger: has no fire time after"), "{error}");
    }
    let over = finished(job(never(), 100_000), 150_000);
    let described = |spec: &mut JobSpec| spec.description = "new".to_owned();
    assert_eq!(changed(&over, 200_000, described).expect("valid").change.next, NextPoint::Keep);
}

#[test]
fn a_date_may_be_moved_into_the_past_and_is_due_at_once() {
    let job = job(date(300), 100_000);
    let change = with_trigger(&job, 200_000, date(150)).expect("valid").change;
    assert_eq!(point(change.next), (ms(150_000), true));
}

#[test]
fn a_new_point_is_after_what_the_change_itself_drops() {
    let job = job(date(150), 100_000);
    let Changed { change, job: after } = with_trigger(&job, 200_000, date(120)).expect("valid");
    assert_eq!(change.dropped.expect("that of 150 s").draft.fire_time, ms(150_000));
    assert_eq!((change.next, after.status.state), (NextPoint::Exhausted, JobState::Finished));
}

fn secretive(url: &str, secret: Option<&str>) -> Target {
    let Target::Http(target) = http(url) else { panic!("http") };
    Target::Http(HttpTarget { signing_secret: secret.map(str::to_owned), ..target })
}

#[test]
fn a_secret_that_is_not_sent_stays_with_its_receiver() {
    let mut job = job(every(10), 0);
    job.definition.spec.target = secretive("https://a.example/x", Some("s3cret"));
    let send = |target: Target, secret| {
        let spec = JobSpec { target, ..job.definition.spec.clone() };
        change(&moment(1), &job, spec, secret)
    };
    let kept = send(secretive("https://a.example/x", None), SecretInput::Unset);
    assert!(kept.expect("valid").is_none(), "what was read can be sent back unchanged");

    let moved = send(secretive("https://a.example/y", None), SecretInput::Unset);
    let moved = moved.expect("valid").expect("a change").job.definition.spec.target;
    assert_eq!(moved, secretive("https://a.example/y", Some("s3cret")));

    let error = send(secretive("https://b.example/x", None), SecretInput::Unset);
    let error = error.err().expect("another receiver").to_string();
    assert!(error.starts_with("job.target.http.signing_secret: is not set while"), "{error}");

    let emptied = send(secretive("https://b.example/x", None), SecretInput::Given);
    let emptied = emptied.expect("valid").expect("a change").job.definition.spec.target;
    assert_eq!(emptied, secretive("https://b.example/x", None));
}

#[test]
fn an_address_is_checked_when_the_target_changes_and_not_before() {
    let mut job = job(every(10), 0);
    job.definition.spec.target = http("http://10.0.0.1/");
    let described = |spec: &mut JobSpec| spec.description = "new".to_owned();
    changed(&job, 1, described).expect("the operator's rule came later than the job");
    let error = changed(&job, 1, |spec| spec.target = http("http://10.0.0.2/")).err();
    assert!(error.expect("a private address").to_string().contains("10.0.0.2"));
}

use std::time::Duration;

use bellwether_domain::trigger::{DateSpec, TriggerKind};
use bellwether_domain::{HttpTarget, Misfire, Overlap, Timestamp};

use super::*;
use crate::convert::Rejection;

fn stored() -> JobSpec {
    JobSpec {
        description: "as stored".to_owned(),
        labels: [("team".to_owned(), "a".to_owned())].into(),
        trigger: TriggerKind::Date(DateSpec { at: Timestamp::from_millis(5_000) }).into(),
        target: Target::Noop,
        policy: PolicySpec {
            max_instances: Some(4),
            overlap: Some(Overlap::Queue),
            misfire: Some(Misfire::Grace(Duration::from_secs(9))),
            ..<_>::default()
        },
    }
}

fn patch(job: v1::Job, paths: &[&str]) -> Result<JobPatch, Rejection> {
    let mask = prost_types::FieldMask { paths: paths.iter().map(|p| (*p).to_owned()).collect() };
    let mut problems = Problems::default();
    let patch = JobPatch::from_proto(job, Some(mask), ("job", "update_mask"), &mut problems);
    problems.finish().map(|()| patch)
}

fn patched(job: v1::Job, paths: &[&str]) -> JobSpec {
    patch(job, paths).expect("valid").apply(&stored()).0
}

fn with_policy(policy: v1::Policy) -> v1::Job {
    v1::Job { policy: Some(policy), ..<_>::default() }
}

#[test]
fn a_named_field_is_replaced_and_reset_where_the_job_leaves_it_out() {
    let job = || v1::Job { description: "new".to_owned(), ..<_>::default() };
    let spec = patched(job(), &["description"]);
    assert_eq!(spec, JobSpec { description: "new".to_owned(), ..stored() });

    let spec = patched(job(), &["labels"]);
    assert_eq!(spec, JobSpec { labels: BTreeMap::new(), ..stored() });

    let spec = patched(job(), &["policy"]);
    assert_eq!(spec, JobSpec { policy: PolicySpec::default(), ..stored() });
}

#[test]
fn a_field_of_the_policy_leaves_the_others_alone() {
    let policy = || v1::Policy { max_instances: Some(2), max_lost: Some(9), ..<_>::default() };
    let spec = patched(with_policy(policy()), &["policy.max_instances", "policy.overlap"]);
    let expected = PolicySpec { max_instances: Some(2), overlap: None, ..stored().policy };
    assert_eq!(spec.policy, expected);
}

#[test]
fn either_path_of_a_misfire_rule_names_the_rule() {
    let unlimited =
        v1::Policy { misfire: Some(v1::policy::Misfire::MisfireUnlimited(true)), ..<_>::default() };
    let spec = patched(with_policy(unlimited), &["policy.misfire_unlimited"]);
    assert_eq!(spec.policy.misfire, Some(Misfire::Unlimited));
    let spec = patched(v1::Job::default(), &["policy.misfire_grace"]);
    assert_eq!(spec.policy.misfire, None);
}

#[test]
fn without_paths_the_fields_that_the_job_sets_are_named() {
    let policy = v1::Policy { max_instances: Some(1), ..<_>::default() };
    let job = v1::Job { description: "new".to_owned(), ..with_policy(policy) };
    let expected = JobSpec {
        description: "new".to_owned(),
        policy: PolicySpec { max_instances: Some(1), ..stored().policy },
        ..stored()
    };
    assert_eq!(patched(job.clone(), &[]), expected);

    let mut problems = Problems::default();
    let patch = JobPatch::from_proto(job, None, ("job", "update_mask"), &mut problems);
    assert_eq!(patch.apply(&stored()).0, expected);

    assert_eq!(patched(v1::Job::default(), &[]), stored());
}

#[test]
fn a_star_names_all_of_them() {
    let trigger = crate::convert::trigger_to_proto(&stored().trigger);
    let target = crate::convert::target_to_proto(&Target::Noop, crate::convert::View::Full);
    let job = v1::Job { trigger: Some(trigger), target: Some(target), ..<_>::default() };
    let expected = JobSpec {
        description: String::new(),
        labels: BTreeMap::new(),
        policy: PolicySpec::default(),
        ..stored()
    };
    assert_eq!(patched(job.clone(), &["*"]), expected);

    let error = patch(v1::Job { trigger: None, ..job }, &["*"]).expect_err("no trigger");
    assert_eq!(error.to_string(), "job.trigger: is not set; a job needs one");
}

#[test]
fn other_paths_are_refused_with_what_can_be_updated() {
    let cases = [
        "trigger.cron.expression",
        "target.http.url",
        "policy.retry.max_attempts",
        "policy.",
        "policy.nonsense",
        "policy.misfire",
        "labels.team",
        "etag",
        "uid",
        "state",
        "id",
        "namespace",
        "",
        "Description",
    ];
    for path in cases {
        let error = patch(v1::Job::default(), &["description", path]).expect_err(path);
        let expected = format!("update_mask.paths[1]: {path:?} cannot be updated; description, ");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn only_what_is_named_is_validated() {
    let policy = v1::Policy {
        max_instances: Some(-1),
        pause_after_failures: Some(3),
        max_lost: Some(7),
        retry: Some(v1::RetryPolicy { max_attempts: Some(0), ..<_>::default() }),
        ..<_>::default()
    };
    let job = v1::Job { trigger: Some(v1::Trigger::default()), ..with_policy(policy) };
    assert_eq!(patched(job.clone(), &["policy.max_lost"]).policy.max_lost, Some(7));

    let error = patch(job.clone(), &["policy.retry"]).expect_err("0 attempts").to_string();
    assert!(error.starts_with("job.policy.retry.max_attempts: 0 is not"), "{error}");
    let named = patched(job.clone(), &["policy.pause_after_failures"]).policy;
    assert_eq!(named.pause_after_failures, Some(3));
    let error = patch(job, &["trigger"]).expect_err("no kind").to_string();
    assert!(error.starts_with("job.trigger: has no kind"), "{error}");
}

#[test]
fn a_target_says_whether_it_brings_its_secret() {
    let job = |secret: Option<&str>| {
        let target = v1::HttpTarget {
            url: "https://example.com".to_owned(),
            signing_secret: secret.map(str::to_owned),
            ..<_>::default()
        };
        let kind = Some(v1::target::Kind::Http(target));
        v1::Job { target: Some(v1::Target { kind }), ..<_>::default() }
    };
    let applied = |secret| patch(job(secret), &["target"]).expect("valid").apply(&stored());
    assert_eq!(applied(None).1, SecretInput::Unset);
    let (spec, input) = applied(Some("s3cret"));
    assert_eq!(input, SecretInput::Given);
    let Target::Http(HttpTarget { signing_secret, .. }) = spec.target else { panic!("http") };
    assert_eq!(signing_secret.as_deref(), Some("s3cret"));
}

#[test]
fn every_field_of_a_policy_can_be_named() {
    let populated = v1::Policy {
        coalesce: Some(1),
        misfire: Some(v1::policy::Misfire::MisfireUnlimited(true)),
        max_instances: Some(1),
        overlap: Some(1),
        queue_limit: Some(1),
        timeout: Some(prost_types::Duration { seconds: 1, nanos: 0 }),
        retry: Some(v1::RetryPolicy::default()),
        on_lost: Some(1),
        max_lost: Some(1),
        cancel_grace: Some(prost_types::Duration { seconds: 1, nanos: 0 }),
        priority: Some(1),
        jitter: Some(prost_types::Duration { seconds: 1, nanos: 0 }),
        max_fires: Some(1),
        history_limit: Some(1),
        failed_history_limit: Some(1),
        pause_after_failures: Some(1),
    };
    let mut named = set_fields(&populated);
    named.insert("misfire_grace");
    assert_eq!(named, POLICY.iter().map(|(name, _)| *name).collect());
    let full = policy_from_proto(populated, "job.policy", &mut <_>::default());
    let mut taken = PolicySpec::default();
    POLICY.iter().for_each(|(_, take)| take(&full, &mut taken));
    assert_eq!(taken, full);
}

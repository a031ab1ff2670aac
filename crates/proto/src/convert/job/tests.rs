use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_domain::trigger::{
    CalendarSpec, CronFields, CronForm, CronSpec, DateSpec, Dialect, Fold, Gap, IntervalSpec,
    TriggerKind, TriggerSpec,
};
use bellwether_domain::{
    Coalesce, Content, Definition, Etag, HandlerName, HttpTarget, JobDefaults, JobId, JobStatus,
    JobUid, Misfire, Namespace, OnLost, Overlap, Payload, PolicySpec, Priority, QueueName,
    RedisStreamTarget, RetrySpec, Target, Timestamp, WorkerTarget,
};
use proptest::prelude::*;

use super::*;
use crate::convert::Rejection;

fn read(job: v1::Job) -> Result<JobInput, Rejection> {
    let mut problems = Problems::default();
    let input = job_from_proto(Some(job), "job", &mut problems);
    problems.finish().map(|()| input.expect("no problem, so a job"))
}

fn noop() -> v1::Job {
    let interval = v1::IntervalTrigger {
        every: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
        ..<_>::default()
    };
    v1::Job {
        id: "tick".to_owned(),
        trigger: Some(v1::Trigger {
            kind: Some(v1::trigger::Kind::Interval(interval)),
            ..<_>::default()
        }),
        target: Some(v1::Target { kind: Some(v1::target::Kind::Noop(v1::NoopTarget {})) }),
        ..<_>::default()
    }
}

fn target(kind: v1::target::Kind) -> Option<v1::Target> {
    Some(v1::Target { kind: Some(kind) })
}

/// What is refused, and how the message begins.
fn refused() -> Vec<(v1::Job, &'static str)> {
    vec![
        (v1::Job { id: String::new(), ..noop() }, "job.id: must not be empty"),
        (v1::Job { id: "i".repeat(10_000), ..noop() }, "job.id: has 10000 characters"),
        (v1::Job { id: "a b".to_owned(), ..noop() }, "job.id: \"a b\" has the character ' '"),
        (v1::Job { namespace: "-".to_owned(), ..noop() }, "job.namespace: \"-\" stands for"),
        (v1::Job { namespace: "a/b".to_owned(), ..noop() }, "job.namespace: \"a/b\" has"),
        (v1::Job { description: "d".repeat(4_097), ..noop() }, "job.description: has 4097 bytes"),
        (v1::Job { trigger: None, ..noop() }, "job.trigger: is not set"),
        (v1::Job { target: None, ..noop() }, "job.target: is not set"),
        (v1::Job { target: Some(v1::Target { kind: None }), ..noop() }, "job.target: has no kind"),
    ]
}

#[test]
fn what_is_refused_is_named_by_its_field() {
    for (job, expected) in refused() {
        let error = read(job).expect_err(expected);
        assert!(matches!(error, Rejection::Invalid(_)), "{error}");
        assert!(error.to_string().starts_with(expected), "{expected}: {error}");
    }
    let mut problems = Problems::default();
    assert_eq!(job_from_proto(None, "job", &mut problems), None);
    let error = problems.finish().expect_err("no job").to_string();
    assert_eq!(error, "job: is not set; a job is required");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let job = v1::Job {
        namespace: "a b".to_owned(),
        id: String::new(),
        labels: [("".to_owned(), "v".to_owned())].into(),
        trigger: None,
        target: None,
        policy: Some(v1::Policy { max_instances: Some(0), ..<_>::default() }),
        ..noop()
    };
    let Err(Rejection::Invalid(violations)) = read(job) else { panic!("six violations") };
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "job.namespace",
            "job.id",
            "job.labels[\"\"]",
            "job.trigger",
            "job.target",
            "job.policy.max_instances",
        ]
    );
}

#[test]
fn target_kinds_that_are_not_built_are_named() {
    use v1::target::Kind;
    let cases = [(Kind::Command(v1::CommandTarget::default()), "job.target.command: ")];
    for (kind, expected) in cases {
        let error = read(v1::Job { target: target(kind), ..noop() }).expect_err(expected);
        assert!(matches!(error, Rejection::Unbuilt(_)), "{error}");
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn what_is_invalid_goes_before_what_is_not_built() {
    let command = target(v1::target::Kind::Command(v1::CommandTarget::default()));
    let error = read(v1::Job { id: String::new(), target: command, ..noop() }).expect_err("both");
    assert!(matches!(error, Rejection::Invalid(_)), "{error}");
}

#[test]
fn output_fields_are_ignored_as_a_read_job_can_be_sent_back() {
    let job = v1::Job {
        uid: "not a uuid".to_owned(),
        state: 99,
        etag: "?".to_owned(),
        fire_count: -1,
        pause_reason: "x".to_owned(),
        effective_policy: Some(v1::Policy { overlap: Some(99), ..<_>::default() }),
        ..noop()
    };
    assert_eq!(read(job).expect("ignored"), read(noop()).expect("valid"));
}

fn ms() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_000_i64).prop_map(Timestamp::from_millis)
}

/// Milliseconds to the year's end, and now and then a finer span.
fn span() -> impl Strategy<Value = Duration> {
    (1..31_000_000_u64, 0..1_000_000_000_u32).prop_map(|(s, ns)| Duration::new(s, ns))
}

fn kind() -> impl Strategy<Value = TriggerKind> {
    let anchor =
        prop_oneof![(Just(None), any::<bool>()), ms().prop_map(|anchor| (Some(anchor), false))];
    let interval = (1..10_000_000_u64, anchor).prop_map(|(every, (anchor, fire_immediately))| {
        let every = Duration::from_millis(every);
        TriggerKind::Interval(IntervalSpec { every, anchor, fire_immediately })
    });
    let gap = || prop_oneof![Just(Gap::Next), Just(Gap::Skip)];
    let fold = prop_oneof![Just(Fold::First), Just(Fold::Both), Just(Fold::Last)];
    let zone = || {
        prop_oneof![Just(""), Just("Europe/Berlin"), Just("America/New_York")]
            .prop_map(str::to_owned)
    };
    let form = prop_oneof![
        Just((CronForm::Expression("*/5 9-17 * * 1-5".to_owned()), Dialect::Unix)),
        Just((CronForm::Expression("0 0 12 ? * MON".to_owned()), Dialect::Quartz)),
        (0..24_u8).prop_map(|hour| {
            let hour = Some(hour.to_string());
            (CronForm::Fields(CronFields { hour, ..<_>::default() }), Dialect::Unix)
        }),
    ];
    let cron = (form, zone(), gap(), fold).prop_map(|((form, dialect), timezone, gap, fold)| {
        TriggerKind::Cron(CronSpec { form, timezone, dialect, gap, fold })
    });
    let calendar = (0..3, 1..20, zone(), gap()).prop_map(|(months, days, timezone, gap)| {
        TriggerKind::Calendar(CalendarSpec {
            years: 0,
            months,
            weeks: 0,
            days,
            at: "12:30:00".to_owned(),
            start_date: "2024-01-31".to_owned(),
            end_date: String::new(),
            timezone,
            gap,
        })
    });
    prop_oneof![ms().prop_map(|at| TriggerKind::Date(DateSpec { at })), interval, cron, calendar]
}

fn trigger() -> impl Strategy<Value = TriggerSpec> {
    let bounds = prop_oneof![
        Just((None, None)),
        (ms(), span())
            .prop_map(|(start, span)| { (Some(start), Some(start.saturating_add(span))) })
    ];
    let leaf = (kind(), bounds).prop_map(|(kind, (start_time, end_time))| TriggerSpec {
        kind,
        start_time,
        end_time,
    });
    leaf.prop_recursive(2, 6, 3, |inner| {
        proptest::collection::vec(inner, 1..3)
            .prop_map(|children| TriggerKind::Any(children).into())
    })
}

fn payload() -> impl Strategy<Value = Payload> {
    let content = prop_oneof![
        ".{0,40}".prop_map(Content::Text),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Content::Bytes)
    ];
    (content, prop_oneof![Just(""), Just("application/json")])
        .prop_map(|(content, kind)| Payload { content, content_type: kind.to_owned() })
}

fn any_target() -> impl Strategy<Value = Target> {
    let headers = proptest::collection::btree_map("x-[a-z]{1,8}", "[!-~]{0,9}", 0..4);
    let method = prop_oneof![Just("POST"), Just("GET"), Just("PURGE")];
    let http =
        (headers, method, proptest::option::of(payload())).prop_map(|(headers, method, body)| {
            let url = "https://example.com/hook?x=1".to_owned();
            let method = method.to_owned();
            Target::Http(HttpTarget { url, method, headers, body, signing_secret: None })
        });
    let stream = ("[a-z:]{1,20}", proptest::collection::btree_map("[a-z]{1,9}", ".{0,9}", 0..4))
        .prop_map(|(key, fields)| Target::RedisStream(RedisStreamTarget { key, fields }));
    let worker = ("[a-z._-]{1,9}", "[a-z/]{1,9}", proptest::option::of(payload())).prop_map(
        |(queue, handler, payload)| {
            let queue = QueueName::new(&queue).expect("a good name");
            let handler = HandlerName::new(&handler).expect("a good name");
            Target::Worker(WorkerTarget { queue, handler, payload })
        },
    );
    prop_oneof![Just(Target::Noop), http, stream, worker]
}

fn policy() -> impl Strategy<Value = PolicySpec> {
    use proptest::option::of;
    let misfire = prop_oneof![Just(Misfire::Unlimited), span().prop_map(Misfire::Grace)];
    let coalesce =
        prop_oneof![Just(Coalesce::Latest), Just(Coalesce::Earliest), Just(Coalesce::All)];
    let overlap = prop_oneof![Just(Overlap::Skip), Just(Overlap::Queue), Just(Overlap::Replace)];
    let retry = (of(1..100_u32), of(span()), of(span()), of(1.0..100.0_f64)).prop_map(
        |(max_attempts, initial_backoff, max_backoff, multiplier)| RetrySpec {
            max_attempts,
            initial_backoff,
            max_backoff,
            multiplier,
        },
    );
    let rules = (of(coalesce), of(misfire), of(overlap), of(retry));
    let lost = (of(prop_oneof![Just(OnLost::Retry), Just(OnLost::Fail)]), of(1..9_u32));
    let priority = of(prop_oneof![Just(Priority::High), Just(Priority::Low)]);
    let counts = (of(1..1_000_u32), of(0..100_u32), of(1..100_u32), of(0..9_u32), of(0..9_u32));
    let spans = (of(span()), of(span()), of(span()));
    (rules, lost, priority, counts, spans).prop_map(
        |(rules, (on_lost, max_lost), priority, counts, (timeout, jitter, cancel_grace))| {
            PolicySpec {
                coalesce: rules.0,
                misfire: rules.1,
                overlap: rules.2,
                retry: rules.3,
                on_lost,
                max_lost,
                priority,
                max_instances: counts.0,
                queue_limit: counts.1,
                max_fires: counts.2,
                history_limit: counts.3,
                failed_history_limit: counts.4,
                timeout,
                jitter,
                cancel_grace,
                pause_after_failures: None,
            }
        },
    )
}

fn spec() -> impl Strategy<Value = JobSpec> {
    let labels = proptest::collection::btree_map("[a-z./_-]{1,9}", "[a-z@:]{0,9}", 0..4);
    (".{0,30}", labels, trigger(), any_target(), policy()).prop_map(
        |(description, labels, trigger, target, policy): (_, BTreeMap<_, _>, _, _, _)| JobSpec {
            description,
            labels,
            trigger,
            target,
            policy,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_written_reads_back(spec in spec(), id in "[A-Za-z0-9._/-]{1,30}") {
        let namespace = Namespace::new("team.a").expect("a namespace");
        let key = JobKey { namespace, id: JobId::new(&id).expect("an id") };
        let now = Timestamp::from_millis(1_700_000_000_000);
        let uid = JobUid(<_>::default());
        let status = JobStatus {
            etag: Etag([7; 8]),
            state: JobState::Active,
            last_fire: None,
            next_fire: Some(now),
            fires: 3,
            catching_up: false,
            paused_since: None,
            failures: 0,
            updated: now,
        };
        let definition = Definition { key: key.clone(), uid, created: now, spec: spec.clone() };
        // Some nestings are refused for what they cost; what is refused is never written.
        prop_assume!(definition.compile().is_ok());
        let wire = job_to_proto(&Job { definition, status }, &JobDefaults::default(), View::Full);
        let input = read(wire).expect("valid");
        prop_assert_eq!(input.key, key);
        prop_assert_eq!(input.spec, spec);
    }
}

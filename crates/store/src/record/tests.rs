//! What is written is read again, whatever it is; and what cannot be read says so.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_domain::target::{
    Content, HttpTarget, Payload, RedisStreamTarget, Target, WorkerTarget,
};
use bellwether_domain::trigger::{
    CalendarSpec, CronFields, CronForm, CronSpec, DateSpec, Dialect, Fold, Gap, IntervalSpec,
    TriggerKind, TriggerSpec,
};
use bellwether_domain::{
    AttemptReport, Coalesce, Covers, Definition, Epoch, HandlerName, JobKey, JobSpec, JobUid,
    Misfire, OnLost, Overlap, Partition, PolicySpec, Priority, QueueName, RetrySpec, Run, RunCause,
    RunDraft, RunError, RunId, RunState, Timestamp,
};
use uuid::Uuid;

use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn trigger(kind: TriggerKind) -> TriggerSpec {
    TriggerSpec::from(kind)
}

fn every_trigger() -> TriggerSpec {
    let cron = |form, dialect, gap, fold| {
        trigger(TriggerKind::Cron(CronSpec {
            form,
            timezone: "Europe/Berlin".into(),
            dialect,
            gap,
            fold,
        }))
    };
    let expression = CronForm::Expression("0 9 * * MON".into());
    let fields = CronFields {
        year: Some("2030".into()),
        week: Some(String::new()),
        second: Some("*/5".into()),
        ..CronFields::default()
    };
    let bounded = TriggerSpec {
        kind: TriggerKind::Date(DateSpec { at: at(-5) }),
        start_time: Some(at(-7)),
        end_time: Some(at(0)),
    };
    let interval =
        IntervalSpec { every: Duration::new(3, 7), anchor: Some(at(0)), fire_immediately: true };
    let calendar = CalendarSpec {
        years: 1,
        months: -2,
        weeks: 3,
        days: i32::MAX,
        at: "09:30:00".into(),
        start_date: "2024-02-29".into(),
        end_date: "2030-01-01".into(),
        timezone: "UTC".into(),
        gap: Gap::Skip,
    };
    trigger(TriggerKind::All(vec![
        bounded,
        trigger(TriggerKind::Any(vec![
            trigger(TriggerKind::Interval(interval)),
            trigger(TriggerKind::Calendar(calendar)),
            trigger(TriggerKind::Any(Vec::new())),
        ])),
        cron(expression.clone(), Dialect::Quartz, Gap::Skip, Fold::Both),
        cron(CronForm::Fields(fields), Dialect::Unix, Gap::Next, Fold::Last),
        cron(expression, Dialect::Unix, Gap::Next, Fold::First),
    ]))
}

fn full_policy() -> PolicySpec {
    PolicySpec {
        coalesce: Some(Coalesce::All),
        misfire: Some(Misfire::Grace(Duration::from_millis(1500))),
        max_instances: Some(0),
        overlap: Some(Overlap::Queue),
        queue_limit: Some(9),
        timeout: Some(Duration::from_nanos(1)),
        retry: Some(RetrySpec {
            max_attempts: Some(3),
            initial_backoff: Some(Duration::ZERO),
            max_backoff: Some(Duration::from_secs(u64::MAX)),
            multiplier: Some(1.5),
        }),
        on_lost: Some(OnLost::Fail),
        max_lost: Some(u32::MAX),
        cancel_grace: Some(Duration::from_secs(5)),
        priority: Some(Priority::Low),
        jitter: Some(Duration::from_secs(1)),
        max_fires: Some(1),
        history_limit: Some(0),
        failed_history_limit: Some(2),
        pause_after_failures: Some(4),
    }
}

fn definition(trigger: TriggerSpec, target: Target, policy: PolicySpec) -> Definition {
    Definition {
        key: "ns/a/b".parse::<JobKey>().unwrap(),
        uid: JobUid(Uuid::from_u128(7)),
        created: at(1_700_000_000_123),
        spec: JobSpec {
            description: "what it is for".into(),
            labels: BTreeMap::from([("team".into(), "ops".into()), ("empty".into(), "".into())]),
            trigger,
            target,
            policy,
        },
    }
}

fn date() -> TriggerSpec {
    trigger(TriggerKind::Date(DateSpec { at: at(0) }))
}

fn http(body: Option<Payload>) -> Target {
    Target::Http(HttpTarget {
        url: "https://example.org/x".into(),
        method: "PUT".into(),
        headers: BTreeMap::from([("a".into(), "b".into())]),
        body,
        signing_secret: Some("whsec".into()),
    })
}

fn worker(payload: Option<Payload>) -> Target {
    let queue = QueueName::new("mail").unwrap();
    let handler = HandlerName::new("mail/send").unwrap();
    Target::Worker(WorkerTarget { queue, handler, payload })
}

#[test]
fn a_definition_comes_back_as_it_was() {
    let text = Payload { content: Content::Text(String::new()), content_type: "text/plain".into() };
    let policies = [
        full_policy(),
        PolicySpec::default(),
        PolicySpec { retry: Some(RetrySpec::default()), ..PolicySpec::default() },
        PolicySpec { misfire: Some(Misfire::Unlimited), ..PolicySpec::default() },
        PolicySpec { priority: Some(Priority::Normal), ..PolicySpec::default() },
    ];
    for policy in policies {
        let stream = Target::RedisStream(RedisStreamTarget {
            key: "{eu}:orders".into(),
            fields: BTreeMap::from([("kind".into(), "ü".into())]),
        });
        let targets = [Target::Noop, http(None), http(Some(text.clone())), stream];
        let workers = [None, Some(text.clone())].map(worker);
        for target in targets.into_iter().chain(workers) {
            for trigger in [date(), every_trigger()] {
                let written = definition(trigger, target.clone(), policy.clone());
                let read = decode_definition(&encode_definition(&written)).unwrap();
                assert_eq!(read, written);
            }
        }
    }
}

fn draft() -> RunDraft {
    RunDraft {
        id: RunId { partition: Partition(3), uuid: Uuid::from_u128(9) },
        job: "ns/job".parse().unwrap(),
        uid: JobUid(Uuid::from_u128(7)),
        fire_time: at(1_700_000_000_000),
        cause: RunCause::Schedule,
        covers: Covers::only(at(1_700_000_000_000)),
        start_after: at(1_700_000_000_250),
        timeout: Duration::from_secs(3600),
        payload: None,
    }
}

fn covering_draft() -> RunDraft {
    RunDraft {
        cause: RunCause::Backfill,
        covers: Covers { first: at(-1), last: at(i64::from(u32::MAX)), others: 5 },
        start_after: Timestamp::MIN,
        payload: Some(Payload { content: Content::Text("x".into()), content_type: "".into() }),
        ..draft()
    }
}

fn header(draft: &RunDraft) -> RunHeader {
    RunHeader {
        state: RunState::RUNNING,
        attempt: 2,
        lost: 1,
        epoch: Epoch(77),
        fire_time: draft.fire_time,
        claimed: at(1_700_000_000_300),
        started: Some(at(1_700_000_000_400)),
        ended: None,
        timeout: draft.timeout,
    }
}

fn read(draft: &RunDraft, body: &[u8]) -> Run {
    decode_run(draft.id, header(draft), body).unwrap()
}

fn failed_report() -> AttemptReport {
    AttemptReport {
        node: "n1".into(),
        worker: "w1".into(),
        reason: "refused".into(),
        error: Some(RunError { code: "http_status".into(), message: "503".into() }),
        output: Some(Payload { content: Content::Bytes(vec![0, 255]), content_type: "x/y".into() }),
        output_truncated: true,
        trace_id: "ab".into(),
    }
}

#[test]
fn a_draft_comes_back_as_it_was() {
    for written in [draft(), covering_draft()] {
        let run = read(&written, &encode_draft(&written));
        assert_eq!(run.draft, written);
        assert_eq!(run.report, AttemptReport::default());
        assert_eq!((run.attempt, run.lost, run.epoch), (2, 1, Epoch(77)));
        assert_eq!((run.state, run.ended), (RunState::RUNNING, None));
    }
}

#[test]
fn the_last_report_that_was_appended_counts_as_a_whole() {
    let draft = draft();
    let first = failed_report();
    let second = AttemptReport { node: "n2".into(), ..AttemptReport::default() };
    let mut body = encode_draft(&draft);
    body.extend(encode_report(&first));
    assert_eq!(read(&draft, &body).report, first);
    body.extend(encode_report(&second));
    assert_eq!(read(&draft, &body).report, second, "nothing of attempt 1 may show through");
    assert_eq!(read(&draft, &body).draft, draft);
    body.extend(encode_report(&AttemptReport::default()));
    assert_eq!(read(&draft, &body).report, AttemptReport::default());
}

#[test]
fn states_have_their_numbers() {
    let numbers: Vec<u8> =
        (0..=255).filter_map(run_state_from_number).map(run_state_number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

/// Pins the format: what an earlier version wrote must be read by every later one.
#[test]
fn the_format_stays_what_it_is() {
    let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let written = definition(every_trigger(), http(None), full_policy());
    assert_eq!(hex(encode_definition(&written)), include_str!("golden/definition.hex").trim_end());
    assert_eq!(hex(encode_draft(&covering_draft())), include_str!("golden/draft.hex").trim_end());
    assert_eq!(hex(encode_report(&failed_report())), include_str!("golden/report.hex").trim_end());
}

#[test]
fn what_cannot_be_read_says_why() {
    let cases: [(&[u8], &str); 4] = [
        (&[0xff, 0xff], "definition"),
        (b"", "it has no trigger"),
        (&[0x3a, 0x00, 0x42, 0x00], "id: must not be empty"),
        (&[0x12, 0x01, b'a', 0x3a, 0x00, 0x42, 0x00], "uid"),
    ];
    for (record, expected) in cases {
        let message = decode_definition(record).unwrap_err().to_string();
        assert!(message.contains(expected), "{record:?}: {message}");
    }
    let draft = draft();
    let mut body = encode_draft(&draft);
    body.extend([0x20, 0x63]);
    let message = decode_run(draft.id, header(&draft), &body).unwrap_err().to_string();
    assert!(message.contains("cause is 99"), "{message}");
}

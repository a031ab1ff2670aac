//! Examples here, laws in `laws`.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod laws;

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::v1;

/// Texts of the same content on both sides, so that a difference shows where it is.
fn pretty(json: &Value) -> String {
    serde_json::to_string_pretty(json).unwrap()
}

fn seconds(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

fn span(seconds: i64, nanos: i32) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds, nanos })
}

/// A job with every field set, at least one level deep.
fn full_job() -> v1::Job {
    let retry = v1::RetryPolicy {
        max_attempts: Some(3),
        initial_backoff: span(1, 500_000_000),
        max_backoff: span(300, 0),
        multiplier: Some(1.5),
    };
    let policy = v1::Policy {
        coalesce: Some(v1::Coalesce::All.into()),
        max_instances: Some(2),
        overlap: Some(v1::Overlap::Queue.into()),
        queue_limit: Some(0),
        timeout: span(90, 0),
        retry: Some(retry),
        on_lost: Some(v1::OnLost::Fail.into()),
        max_lost: Some(4),
        cancel_grace: span(0, 0),
        priority: Some(v1::Priority::Unspecified.into()),
        jitter: span(0, 1_000_000),
        max_fires: Some(9),
        history_limit: Some(5),
        failed_history_limit: Some(6),
        pause_after_failures: Some(7),
        misfire: Some(v1::policy::Misfire::MisfireGrace(span(30, 0).unwrap())),
    };
    let cron = v1::CronTrigger {
        form: Some(v1::cron_trigger::Form::Expression("0 9 * * MON".to_owned())),
        timezone: "Europe/Berlin".to_owned(),
        dialect: v1::Dialect::Quartz.into(),
        gap: v1::Gap::Skip.into(),
        fold: v1::Fold::Both.into(),
    };
    let body = v1::Payload {
        content: Some(v1::payload::Content::Data(vec![0, 255, 62])),
        content_type: "application/x-three".to_owned(),
    };
    let http = v1::HttpTarget {
        url: "https://example.test/hook".to_owned(),
        method: "PUT".to_owned(),
        headers: BTreeMap::from([("x-team".to_owned(), "ops".to_owned())]),
        body: Some(body),
        signing_secret: "s3cret".to_owned().into(),
    };
    v1::Job {
        namespace: "billing".to_owned(),
        id: "invoices/monthly".to_owned(),
        uid: "0196f0a0-0000-7000-8000-000000000001".to_owned(),
        description: "sends \"invoices\"".to_owned(),
        labels: BTreeMap::from([("tier".to_owned(), "gold".to_owned())]),
        trigger: Some(v1::Trigger {
            start_time: seconds(1_767_225_600),
            end_time: seconds(1_798_761_600),
            kind: Some(v1::trigger::Kind::Cron(cron)),
        }),
        target: Some(v1::Target { kind: Some(v1::target::Kind::Http(http)) }),
        policy: Some(policy),
        effective_policy: Some(policy),
        state: v1::JobState::Paused.into(),
        pause_reason: "maintenance".to_owned(),
        next_fire_time: seconds(1_767_571_200),
        last_fire_time: seconds(1_767_225_600),
        fire_count: i32::MAX,
        create_time: Some(prost_types::Timestamp { seconds: 1_767_000_000, nanos: 123_000_000 }),
        update_time: seconds(1_767_000_001),
        etag: "00ff".to_owned(),
    }
}

fn full_job_as_json() -> Value {
    let policy = json!({
        "coalesce": "COALESCE_ALL",
        "misfire_grace": "30s",
        "max_instances": 2,
        "overlap": "OVERLAP_QUEUE",
        "queue_limit": 0,
        "timeout": "90s",
        "retry": {
            "max_attempts": 3,
            "initial_backoff": "1.500s",
            "max_backoff": "300s",
            "multiplier": 1.5,
        },
        "on_lost": "ON_LOST_FAIL",
        "max_lost": 4,
        "cancel_grace": "0s",
        "priority": "PRIORITY_UNSPECIFIED",
        "jitter": "0.001s",
        "max_fires": 9,
        "history_limit": 5,
        "failed_history_limit": 6,
        "pause_after_failures": 7,
    });
    json!({
        "namespace": "billing",
        "id": "invoices/monthly",
        "uid": "0196f0a0-0000-7000-8000-000000000001",
        "description": "sends \"invoices\"",
        "labels": {"tier": "gold"},
        "trigger": {
            "cron": {
                "expression": "0 9 * * MON",
                "timezone": "Europe/Berlin",
                "dialect": "DIALECT_QUARTZ",
                "gap": "GAP_SKIP",
                "fold": "FOLD_BOTH",
            },
            "start_time": "2026-01-01T00:00:00Z",
            "end_time": "2027-01-01T00:00:00Z",
        },
        "target": {
            "http": {
                "url": "https://example.test/hook",
                "method": "PUT",
                "headers": {"x-team": "ops"},
                "body": {"data": "AP8+", "content_type": "application/x-three"},
                "signing_secret": "s3cret",
            },
        },
        "policy": policy,
        "effective_policy": policy,
        "state": "JOB_STATE_PAUSED",
        "pause_reason": "maintenance",
        "next_fire_time": "2026-01-05T00:00:00Z",
        "last_fire_time": "2026-01-01T00:00:00Z",
        "fire_count": 2_147_483_647,
        "create_time": "2025-12-29T09:20:00.123Z",
        "update_time": "2025-12-29T09:20:01Z",
        "etag": "00ff",
    })
}

#[test]
fn a_full_job_goes_out_and_comes_back() {
    assert_eq!(pretty(&to_json(&full_job())), pretty(&full_job_as_json()));
    assert_eq!(from_json::<v1::Job>(full_job_as_json()).unwrap(), full_job());
}

#[test]
fn what_has_no_presence_is_always_written_and_what_has_only_when_set() {
    let empty = json!({
        "namespace": "", "id": "", "uid": "", "description": "", "labels": {},
        "state": "JOB_STATE_UNSPECIFIED", "pause_reason": "", "fire_count": 0, "etag": "",
    });
    assert_eq!(pretty(&to_json(&v1::Job::default())), pretty(&empty));
    assert_eq!(to_json(&v1::Policy::default()), json!({}));
    assert_eq!(to_json(&v1::Trigger::default()), json!({}));
    let zero = v1::Policy { max_instances: Some(0), ..Default::default() };
    assert_eq!(to_json(&zero), json!({"max_instances": 0}));
}

#[test]
fn an_integer_of_64_bits_is_a_string() {
    let run = v1::Run { epoch: 9_007_199_254_740_993, ..Default::default() };
    assert_eq!(to_json(&run)["epoch"], "9007199254740993");
    for epoch in [json!("9007199254740993"), json!(9_007_199_254_740_993_i64)] {
        let read = from_json::<v1::Run>(json!({"epoch": epoch})).unwrap();
        assert_eq!(read.epoch, 9_007_199_254_740_993);
    }
}

#[test]
fn enum_values_are_taken_by_full_and_short_name_in_any_case() {
    let quartz = i32::from(v1::Dialect::Quartz);
    for text in ["DIALECT_QUARTZ", "dialect_quartz", "QUARTZ", "quartz", "Quartz"] {
        let read = from_json::<v1::CronTrigger>(json!({"dialect": text}));
        assert_eq!(read.unwrap().dialect, quartz, "{text}");
    }
    assert_eq!(from_json::<v1::CronTrigger>(json!({"dialect": 2})).unwrap().dialect, quartz);
    let unset = from_json::<v1::CronTrigger>(json!({"dialect": "unspecified"})).unwrap();
    assert_eq!(unset.dialect, i32::from(v1::Dialect::Unspecified));
}

#[test]
fn enum_values_are_expanded_wherever_they_stand() {
    let listed = json!({"states": ["timed_out", "RUN_STATE_LOST"]});
    let listed: v1::ListRunsRequest = from_json(listed).unwrap();
    assert_eq!(listed.states, [v1::RunState::TimedOut as i32, v1::RunState::Lost as i32]);

    let nested = json!({"any": {"triggers": [{"cron": {"expression": "@daily", "gap": "skip"}}]}});
    let nested = to_json(&from_json::<v1::Trigger>(nested).unwrap());
    assert_eq!(nested["any"]["triggers"][0]["cron"]["gap"], "GAP_SKIP");

    let optional = json!({"on_lost": "fail"});
    let optional: v1::Policy = from_json(optional).unwrap();
    assert_eq!(optional.on_lost, Some(v1::OnLost::Fail.into()));
}

#[test]
fn both_ways_to_write_a_name_are_read() {
    let snake = json!({"start_time": "2026-01-01T00:00:00Z"});
    let camel = json!({"startTime": "2026-01-01T01:00:00+01:00"});
    let read = |json| from_json::<v1::Trigger>(json).unwrap();
    assert_eq!(read(snake), read(camel));
}

#[test]
fn durations_are_read_as_people_write_them() {
    let cases = [
        ("300s", (300, 0)),
        ("1.5s", (1, 500_000_000)),
        ("0s", (0, 0)),
        ("-1.5s", (-1, -500_000_000)),
        ("5m", (300, 0)),
        ("1h30m", (5_400, 0)),
        ("1h 30m", (5_400, 0)),
        ("2d", (172_800, 0)),
        ("1w", (604_800, 0)),
        ("500ms", (0, 500_000_000)),
        ("1s250ms", (1, 250_000_000)),
        ("1.5h", (5_400, 0)),
    ];
    for (text, (seconds, nanos)) in cases {
        let read = from_json::<v1::IntervalTrigger>(json!({"every": text}));
        assert_eq!(read.unwrap().every, span(seconds, nanos), "{text}");
    }
}

#[test]
fn what_is_no_duration_is_refused() {
    let words = [
        "",
        "5",
        "m",
        "5 lightyears",
        "5M",
        "1month",
        "2 years",
        "1y",
        "-5m",
        "1h-30m",
        "1.00001h",
        ".5s",
        "1.s",
        "+1s",
    ];
    let words = words.into_iter().map(Value::from);
    let huge = [
        "999999999999999s",
        "99999999999999999999h",
        "1.0000000001s",
        "18446744073709551615s 1000000000ns",
    ]
    .map(Value::from);
    for value in words.chain(huge).chain([json!(5), json!({}), json!(["5m"])]) {
        let read = from_json::<v1::IntervalTrigger>(json!({"every": value}));
        let Err(JsonError::Value { path, allowed, .. }) = read else {
            panic!("{value} was read as {read:?}");
        };
        assert_eq!((path.as_str(), allowed.contains("1h30m")), ("every", true), "{value}");
    }
}

#[test]
fn null_is_a_field_left_out() {
    let read: v1::Job = from_json(json!({"id": null, "trigger": null, "labels": null})).unwrap();
    assert_eq!(read, v1::Job::default());
}

#[test]
fn a_field_mask_is_read_in_either_spelling() {
    for text in ["description,policy.max_instances", "description,policy.maxInstances"] {
        let read: v1::UpdateJobRequest = from_json(json!({"update_mask": text})).unwrap();
        let paths = read.update_mask.unwrap().paths;
        assert_eq!(paths, ["description", "policy.max_instances"], "{text}");
    }
}

#[test]
fn an_error_names_the_place_the_value_and_what_is_allowed() {
    let cases = [
        (json!(5), "top level: 5 is not allowed; write an object"),
        (
            json!({"labels": ["a"]}),
            "labels: a list of 1 is not allowed; write an object of names and values",
        ),
        (json!({"labels": {"a b": 1}}), "labels[\"a b\"]: 1 is not allowed; write a string"),
        (
            json!({"fire_count": "many"}),
            "fire_count: \"many\" is not allowed; write a whole number from -2147483648 to 2147483647",
        ),
        (
            json!({"fire_count": 2_147_483_648_u32}),
            "fire_count: 2147483648 is not allowed; write a whole number from -2147483648 to 2147483647",
        ),
        (
            json!({"fire_count": 1.5}),
            "fire_count: 1.5 is not allowed; write a whole number from -2147483648 to 2147483647",
        ),
        (json!({"trigger": "daily"}), "trigger: \"daily\" is not allowed; write an object"),
        (
            json!({"trigger": {"cron": {"dialect": "vixie"}}}),
            "trigger.cron.dialect: \"vixie\" is not allowed; write one of UNIX, QUARTZ",
        ),
        (
            json!({"trigger": {"cron": {"dialect": 7}}}),
            "trigger.cron.dialect: 7 is not allowed; write one of UNIX, QUARTZ",
        ),
        (
            json!({"trigger": {"any": {"triggers": [{}, {"date": {"at": "tomorrow"}}]}}}),
            "trigger.any.triggers[1].date.at: \"tomorrow\" is not allowed; write an RFC 3339 time with its offset, such as \"2026-01-31T09:00:00Z\"",
        ),
        (
            json!({"trigger": {"date": {"at": "2026-01-31T09:00:00"}}}),
            "trigger.date.at: \"2026-01-31T09:00:00\" is not allowed; write an RFC 3339 time with its offset, such as \"2026-01-31T09:00:00Z\"",
        ),
        (
            json!({"trigger": {"any": {"triggers": {}}}}),
            "trigger.any.triggers: {} is not allowed; write a list",
        ),
        (
            json!({"trigger": {"any": {"triggers": [null]}}}),
            "trigger.any.triggers[0]: null is not allowed; write an object",
        ),
        (
            json!({"trigger": {"corn": {}}}),
            "trigger.corn: there is no such field; there are date, interval, cron, calendar, all, any, start_time, end_time",
        ),
        (
            json!({"target": {"noop": {"x": 1}}}),
            "target.noop.x: there is no such field; the message has none",
        ),
        (
            json!({"trigger": {"cron": {}, "date": {}}}),
            "trigger.date: excluded by cron beside it; write one of date, interval, cron, calendar, all, any",
        ),
        (
            json!({"policy": {"maxLost": 1, "max_lost": 1}}),
            "policy.max_lost: the field is given twice, in snake_case and in camelCase; write it once",
        ),
        (
            json!({"policy": {"misfire_unlimited": "yes"}}),
            "policy.misfire_unlimited: \"yes\" is not allowed; write true or false",
        ),
        (
            json!({"policy": {"retry": {"multiplier": "two"}}}),
            "policy.retry.multiplier: \"two\" is not allowed; write a number",
        ),
        (
            json!({"policy": {"timeout": 30}}),
            "policy.timeout: 30 is not allowed; write a duration such as \"90s\", \"1.5s\", \"5m\" or \"1h30m\"",
        ),
        (
            json!({"target": {"http": {"body": {"data": "…"}}}}),
            "target.http.body.data: \"…\" is not allowed; write a string of base64",
        ),
        (
            json!({"target": {"http": {"a": 1, "b": 2}}}),
            "target.http.a: there is no such field; there are url, method, headers, body, signing_secret",
        ),
        (
            json!({"id": {"a": 1, "b": 2, "c": 3, "d": 4}}),
            "id: an object with a, b, c, … is not allowed; write a string",
        ),
        (
            json!({"state": "x".repeat(100)}),
            &format!(
                "state: \"{}…\" is not allowed; write one of ACTIVE, PAUSED, FINISHED",
                "x".repeat(80)
            ),
        ),
    ];
    for (json, expected) in cases {
        let error = from_json::<v1::Job>(json.clone()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{json}");
    }
}

#[test]
fn nesting_ends_in_an_error_before_it_ends_the_stack() {
    let mut trigger = json!({"date": {"at": "2026-01-31T09:00:00Z"}});
    for _ in 0..60 {
        trigger = json!({"all": {"triggers": [trigger]}});
    }
    let error = from_json::<v1::Trigger>(trigger).unwrap_err();
    assert!(matches!(error, JsonError::TooDeep { allowed: 64, .. }), "{error}");
}

#[test]
fn an_instant_that_json_cannot_say_is_left_out_of_it() {
    let bad = prost_types::Timestamp { seconds: i64::MAX, nanos: -1 };
    let reply = v1::GetJobResponse {
        job: Some(v1::Job { id: "a".to_owned(), create_time: Some(bad), ..Default::default() }),
        next_fire_times: vec![seconds(0).unwrap(), bad],
        backfills: Vec::new(),
        recent_runs: vec![v1::Run { end_time: Some(bad), ..Default::default() }],
    };
    let json = to_json(&reply);
    assert_eq!(json["job"]["id"], "a");
    assert_eq!(json["job"].get("create_time"), None);
    assert_eq!(json["next_fire_times"], json!(["1970-01-01T00:00:00Z"]));
    assert_eq!(json["recent_runs"][0].get("end_time"), None);
}

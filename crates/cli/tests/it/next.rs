//! `next`: no server, exact times, and nothing on stdout when the input is wrong.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::process::{Ended, run, run_with};

/// The rows that every implementation of the triggers must get right.
fn conformance() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/data/conformance.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn next(arguments: &[&str]) -> Ended {
    run(&[&["next"], arguments].concat())
}

fn instant(text: &Value) -> jiff::Timestamp {
    text.as_str().unwrap().parse().unwrap()
}

#[test]
fn every_row_of_the_conformance_table_holds() {
    let table = conformance();
    let rows = table["rows"].as_array().unwrap();
    assert!(rows.len() >= 40, "{} rows", rows.len());
    for row in rows {
        let count = row["count"].to_string();
        let (trigger, after) = (row["trigger"].to_string(), row["after"].as_str().unwrap());
        let arguments = ["--trigger", &trigger, "--after", after, "--count", &count, "-o", "json"];
        let found = next(&arguments).json();
        let times: Vec<_> = found["fire_times"].as_array().unwrap().iter().map(instant).collect();
        let expected: Vec<_> = row["expect"].as_array().unwrap().iter().map(instant).collect();
        assert_eq!(times, expected, "{row}");
        assert_eq!(found["exhausted"], row["exhausted"], "{row}");
        let fields: Vec<_> = found.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["fire_times", "exhausted"], "{row}");
    }
}

#[test]
fn expressions_that_must_be_refused_are() {
    let table = conformance();
    let rows = table["invalid"].as_array().unwrap();
    assert!(rows.len() >= 13, "{} rows", rows.len());
    for row in rows {
        let expression = row["expression"].as_str().unwrap();
        let dialect = row["dialect"].as_str().unwrap();
        next(&["--cron", expression, "--dialect", dialect, "-o", "json"]).error(2);
    }
}

#[test]
fn times_are_in_the_zone_of_the_trigger() {
    let cases: [(&[&str], [&str; 2]); 5] = [
        (
            &["--cron", "0 2 * * *", "--after", "2026-01-01T00:00:00Z"],
            ["2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z"],
        ),
        (
            &["--cron", "0 2 * * *", "--tz", "Europe/London", "--after", "2026-03-28T12:00:00Z"],
            ["2026-03-29T02:00:00+01:00", "2026-03-30T02:00:00+01:00"],
        ),
        (
            &["--cron", "0 0 * * *", "--tz", "Europe/London", "--after", "2026-01-01T12:00:00Z"],
            ["2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00+00:00"],
        ),
        (
            &["--trigger", r#"{"interval": {"every": "1.5s"}}"#, "--after", "2026-01-01T00:00:00Z"],
            ["2026-01-01T00:00:01.500Z", "2026-01-01T00:00:03Z"],
        ),
        // The offset was -00:44:30, which RFC 3339 cannot say.
        (
            &["--cron", "0 0 * * *", "--tz", "Africa/Monrovia", "--after", "1970-06-01T00:00:00Z"],
            ["1970-06-01T00:44:30Z", "1970-06-02T00:44:30Z"],
        ),
    ];
    for (arguments, expected) in cases {
        let found = next(&[arguments, &["--count", "2", "-o", "json"]].concat()).json();
        assert_eq!(found, json!({ "fire_times": expected, "exhausted": false }), "{arguments:?}");
    }
}

#[test]
fn an_instant_between_two_milliseconds_is_before_the_next_one() {
    let every = r#"{"interval": {"every": "1ms", "anchor": "1969-12-31T23:59:59Z"}}"#;
    for (after, expected) in [
        ("1969-12-31T23:59:59.0005Z", "1969-12-31T23:59:59.001Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.001Z"),
        ("1970-01-01T00:00:00.0005Z", "1970-01-01T00:00:00.001Z"),
    ] {
        let arguments = ["--trigger", every, "--after", after, "--count", "1", "-o", "name"];
        assert_eq!(next(&arguments).text().trim(), expected, "{after}");
    }
}

#[test]
fn what_is_wrong_is_said_and_nothing_printed() {
    let cases: [(&[&str], &str); 17] = [
        (&[], "--cron"),
        (&["--trigger", "{}", "--tz", "Europe/Berlin"], "--tz"),
        (&["--cron", "* * * *"], "trigger.cron.expression"),
        (&["--cron", ""], "trigger.cron.expression"),
        (&["--cron", "-5 * * * *"], "trigger.cron.expression"),
        (&["--cron", "* * * * *", "--tz", "Nowhere/Town"], "trigger.cron.timezone"),
        (&["--cron", "* * * * *", "--dialect", "sundial"], "sundial"),
        (&["--cron", "* * * * *", "--after", "tomorrow"], "RFC 3339"),
        (&["--cron", "* * * * *", "--after", "2026-01-01T00:00:00"], "RFC 3339"),
        (&["--cron", "* * * * *", "--count", "0"], "--count"),
        (&["--cron", "* * * * *", "--count", "-1"], "-1"),
        (&["--cron", "* * * * *", "--uid", "x"], "--uid"),
        (&["--cron", "* * * * *", "--trigger", "{}"], "--trigger"),
        (&["--trigger", "{"], "not JSON"),
        (&["--trigger", r#"{"cron": {"expresion": "* * * * *"}}"#], "expresion"),
        (&["--trigger", r#"{"interval": {"every": "0s"}}"#], "trigger.interval.every"),
        (&["--file", "/nonexistent/trigger.json"], "/nonexistent/trigger.json"),
    ];
    for (arguments, expected) in cases {
        let said = next(&[arguments, &["-o", "json"]].concat()).error(2);
        assert!(said.contains(expected), "{arguments:?} said: {said}");
    }
}

#[test]
fn a_trigger_is_read_from_a_file_of_any_form_or_out_of_a_job() {
    let after = ["--after", "2026-01-01T00:00:00Z", "--count", "1", "-o", "name"];
    let inputs = [
        r#"{"cron": {"expression": "30 4 * * *"}}"#,
        "cron:\n  expression: 30 4 * * *\n",
        "id: backup\ntrigger:\n  cron: {expression: 30 4 * * *}\ntarget: {noop: {}}\n",
    ];
    for input in inputs {
        let found = run_with(&[&["next", "--file", "-"], &after[..]].concat(), input).text();
        assert_eq!(found, "2026-01-01T04:30:00Z\n", "{input}");
    }
    let two = "date: {at: 2026-01-01T00:00:00Z}\n---\ndate: {at: 2026-01-02T00:00:00Z}\n";
    let said = run_with(&["next", "--file", "-"], two).error(2);
    assert!(said.contains("2 documents"), "{said}");
}

#[test]
fn an_explanation_comes_beside_the_times() {
    let arguments = ["--cron", "30 2 * * *", "--tz", "America/New_York"];
    let after = ["--after", "2026-03-07T12:00:00-05:00", "--explain", "-o", "json"];
    let found = next(&[&arguments[..], &after].concat()).json();
    let fields: Vec<_> = found.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["fire_times", "exhausted", "explanation", "warnings"]);
    assert_eq!(found["fire_times"][0], "2026-03-08T03:00:00-04:00");
    let said = "at 02:30 every day in America/New_York; on 2026-03-08 at 03:00, because 02:30 does \
                not exist that day";
    assert_eq!(found["explanation"], said);
    assert_eq!(found["warnings"].as_array().unwrap().len(), 1);

    let table = ["--after", "2026-03-07T12:00:00-05:00", "--explain", "--count", "1"];
    let found = next(&[&arguments[..], &table].concat()).text();
    let lines: Vec<_> = found.lines().collect();
    assert_eq!(lines[0], said);
    assert!(lines[1].starts_with("warning: gap: the clocks of America/New_York"), "{found}");
    assert_eq!(lines[2], "");
    assert_eq!(lines[4], "Sun  2026-03-08T03:00:00-04:00  2026-03-08T07:00:00Z");
}

#[test]
fn a_table_has_a_line_for_each_time_and_the_end_is_said_on_stderr() {
    let once = ["--trigger", r#"{"date": {"at": "2026-01-01T12:00:00Z"}}"#];
    let found = next(&[&once[..], &["--after", "2026-01-01T00:00:00Z"]].concat());
    assert_eq!(found.stderr, "no more fire times\n");
    assert_eq!(found.text(), "DAY  FIRE TIME\nThu  2026-01-01T12:00:00Z\n");

    let never = next(&["--cron", "0 0 30 2 *", "--after", "2026-01-01T00:00:00Z"]);
    assert_eq!(never.stderr, "no fire times\n");
    assert_eq!(never.text(), "DAY  FIRE TIME\n");

    let zoned = ["--cron", "0 9 1 1 *", "--tz", "Asia/Kathmandu", "--count", "1"];
    let found = next(&[&zoned[..], &["--after", "2026-06-01T00:00:00Z"]].concat()).text();
    let expected = "DAY  FIRE TIME                  UTC\n\
                    Fri  2027-01-01T09:00:00+05:45  2027-01-01T03:15:00Z\n";
    assert_eq!(found, expected);
}

#[test]
fn without_an_instant_it_is_now() {
    // What a file system calls now, as tests read no clock either.
    let file = tempfile::NamedTempFile::new().unwrap();
    let now = jiff::Timestamp::try_from(file.as_file().metadata().unwrap().modified().unwrap());
    let found = next(&["--cron", "* * * * * *", "--count", "1", "-o", "name"]).text();
    let first: jiff::Timestamp = found.trim().parse().unwrap();
    assert!(first > now.unwrap(), "{first}");
}

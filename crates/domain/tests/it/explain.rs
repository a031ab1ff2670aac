//! Triggers in plain words, held by snapshots: each is read by a person once, and kept.

use bellwether_domain::JobUid;
use bellwether_domain::trigger::JobContext;
use bellwether_domain::trigger::explain::explain;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use crate::generate::{self, Density};
use crate::wire;

/// Two weeks before the clocks of New York go forward.
const AFTER: &str = "2026-02-22T00:00:00Z";

/// The explanation as a block of lines: the trigger, its words, its warnings.
fn explained(trigger: &Value) -> String {
    let context = wire::context(wire::at(AFTER));
    let explanation = explain(&wire::trigger(trigger), &context, context.created, 5);
    let explanation = explanation.unwrap_or_else(|error| panic!("{trigger}: {error}"));
    let mut block = format!("{}\n    {}\n", wire::line(trigger), explanation.text);
    for warning in explanation.warnings {
        block += &format!("    ! {warning}\n");
    }
    block
}

fn all(triggers: impl IntoIterator<Item = Value>) -> String {
    triggers.into_iter().map(|trigger| explained(&trigger)).collect::<Vec<_>>().join("\n")
}

fn hold(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, text) });
}

/// Expressions of dialect UNIX in UTC.
fn unix(expressions: &[&str]) -> String {
    all(expressions.iter().map(|text| json!({ "cron": { "expression": text } })))
}

#[test]
fn times_of_the_day() {
    hold(
        "times",
        &unix(&[
            "* * * * *",
            "* * * * * *",
            "*/15 * * * *",
            "*/7 * * * *",
            "*/10 * * * * *",
            "0 * * * *",
            "30 * * * *",
            "5,20 * * * *",
            "10-20 * * * *",
            "2-58/7 * * * *",
            "0-10,30,40/5 * * * *",
            "30 2 * * *",
            "0 9,17 * * *",
            "15,45 9-17 * * *",
            "0 9-17 * * *",
            "30 22-2 * * *",
            "0 */2 * * *",
            "0 */12 * * *",
            "15 */5 * * *",
            "0 4,9-17/2 * * *",
            "* 9 * * *",
            "*/5 9-17 * * *",
            "*/20 8,9,10 * * *",
            "* 2,14 * * *",
            "15 30 2 * * *",
            "5,35 0 9-17 * * *",
            "30 * 9-17 * * *",
            "* 30 2 * * *",
            "*/10 * 9-17 * * *",
            "*/10 */5 */3 * * *",
            "0 12 5 * * *",
            "7 12 * * * *",
        ]),
    );
}

#[test]
fn days_months_and_years() {
    hold(
        "days",
        &unix(&[
            "0 9 * * MON-FRI",
            "0 9 * * 1-5",
            "0 9 * * 0,6",
            "0 9 * * tue",
            "0 9 * * */2",
            "0 9 * * SAT-MON",
            "0 9 * * 1-3,5",
            "0 9 1 * *",
            "0 9 1,15 * *",
            "0 9 1-7 * *",
            "0 9 */2 * *",
            "0 9 28-3 * *",
            "0 9 L * *",
            "0 9 L-1 * *",
            "0 9 L-3 * *",
            "0 9 LW * *",
            "0 9 15W * *",
            "0 9 L-2W,1 * *",
            "0 9 31 * *",
            "0 9 29 2 *",
            "0 9 30 2 *",
            "0 9 * * FRIL",
            "0 9 * * 2#2,MON",
            "0 9 * * FRI#5",
            "0 9 13 * FRI",
            "0 9 1 JAN,jul MON",
            "0 0 */2 * SUN",
            "0 0 * 3-8 *",
            "0 0 1 */3 *",
            "0 0 12 25 12 * 2027",
            "0 0 12 1 1 * 2027-2030,2040/5",
            "@weekly",
            "@hourly",
            "H H(1-5) * * *",
            "H/15 * * * *",
            "0 0 * * 0-7",
        ]),
    );
}

#[test]
fn quartz_and_named_fields() {
    let quartz = [
        "0 0 12 * * ?",
        "0 15 10 ? * MON-FRI",
        "0 15 10 ? * 2-6",
        "0 0 9 ? * L",
        "0 0 9 ? * 6L 2026-2028",
        "0 0 9 ? * 2#1",
        "0 0/5 14,18 * * ?",
    ];
    let quartz = quartz.map(|text| json!({ "cron": { "expression": text, "dialect": "QUARTZ" } }));
    let fields = [
        json!({ "minute": "30" }),
        json!({ "day_of_week": "mon-fri", "hour": "5", "minute": "30" }),
        json!({ "month": "6-8,11-12", "day": "3rd fri", "hour": "0-3" }),
        json!({ "day": "13", "day_of_week": "fri" }),
        json!({ "day": "last", "day_of_week": "mon,wed" }),
        json!({ "week": "1-10/3", "day_of_week": "0" }),
        json!({ "year": "2030" }),
        json!({ "second": "*/10" }),
        json!({ "day": "1,last fri" }),
    ];
    let fields = fields.map(|fields| json!({ "cron": { "fields": fields } }));
    hold("quartz_and_fields", &all(quartz.into_iter().chain(fields)));
}

#[test]
fn changes_of_the_clocks() {
    let cron = |text: &str, zone: &str, rest: Value| {
        let mut cron = json!({ "expression": text, "timezone": zone });
        for (name, value) in rest.as_object().expect("an object") {
            cron[name] = value.clone();
        }
        json!({ "cron": cron })
    };
    hold(
        "changes",
        &all([
            cron("30 2 * * *", "America/New_York", json!({})),
            cron("30 2 * * *", "America/New_York", json!({ "gap": "SKIP" })),
            cron("30 1 * * *", "America/New_York", json!({})),
            cron("30 1 * * *", "America/New_York", json!({ "fold": "BOTH" })),
            cron("30 1 * * *", "America/New_York", json!({ "fold": "LAST" })),
            cron("0,20,40 1,2 * * *", "America/New_York", json!({})),
            cron("* 2 * * *", "America/New_York", json!({})),
            cron("*/15 * * * *", "America/New_York", json!({})),
            cron("0 */2 * * *", "America/New_York", json!({})),
            cron("30 1-3 * * *", "America/New_York", json!({})),
            cron("0 9 * * *", "America/New_York", json!({})),
            cron("30 2 8 3 *", "America/New_York", json!({})),
            cron("0 0 * * *", "America/Santiago", json!({})),
            cron("15 2 * * *", "Australia/Lord_Howe", json!({})),
            cron("20 * * * *", "Australia/Lord_Howe", json!({})),
            cron("30 2 * * *", "europe/berlin", json!({})),
            cron("30 3 * * *", "America/Vancouver", json!({})),
        ]),
    );
}

#[test]
fn a_day_that_a_zone_left_out_is_dated_by_where_its_times_went() {
    let context = JobContext {
        uid: JobUid(uuid::Uuid::from_u128(1)),
        ..wire::context(wire::at("2011-12-01T00:00:00Z"))
    };
    let spec = wire::trigger(
        &json!({ "cron": { "expression": "0 12 * * *", "timezone": "Pacific/Apia" } }),
    );
    let explanation = explain(&spec, &context, context.created, 5).expect("valid");
    hold("lost_day", &format!("{}\n{}", explanation.text, explanation.warnings.join("\n")));
}

#[test]
fn the_other_kinds() {
    let anchored = json!({ "every": "5400s", "anchor": "2026-01-01T00:00:00Z" });
    let daily = json!({ "days": 1, "start_date": "2026-01-01", "at": "02:30:00",
        "timezone": "America/New_York" });
    let half =
        json!({ "years": 1, "months": 6, "start_date": "2024-08-31", "end_date": "2030-12-31" });
    hold(
        "kinds",
        &all([
            json!({ "date": { "at": "2027-01-01T00:00:00Z" } }),
            json!({ "date": { "at": "2020-01-01T00:00:00.250Z" } }),
            json!({ "interval": anchored }),
            json!({ "interval": { "every": "300s" } }),
            json!({ "interval": { "every": "86400s", "fire_immediately": true } }),
            json!({ "interval": { "every": "0.250s", "anchor": "2026-01-01T00:00:00Z" } }),
            json!({ "calendar": { "months": 1, "start_date": "2026-01-31" } }),
            json!({ "calendar": daily }),
            json!({ "calendar": half }),
            json!({ "calendar": { "years": 4, "start_date": "2024-02-29", "at": "08:15:30" } }),
            json!({ "all": { "triggers": [
            { "cron": { "expression": "0 0 13 * *" } }, { "cron": { "expression": "0 0 * * FRI" } },
        ] } }),
            json!({ "any": { "triggers": [
            { "cron": { "expression": "30 2 31 * *", "timezone": "America/New_York" } },
            { "all": { "triggers": [
                { "interval": { "every": "60s" }, "end_time": "2026-03-01T00:00:00Z" },
                { "cron": { "expression": "H 12 * * *" } },
            ] } },
        ] }, "start_time": "2026-02-25T00:00:00Z" }),
            json!({ "all": { "triggers": [
            { "interval": { "every": "2s", "anchor": "2026-01-01T00:00:00Z" } },
            { "interval": { "every": "2s", "anchor": "2026-01-01T00:00:01Z" } },
        ] } }),
        ]),
    );
}

proptest! {
    #![proptest_config(Config { cases: 1500, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_trigger_has_whole_sentences(
        spec in generate::trigger(wire::at(AFTER), Density::Any, 2), uid: u128,
    ) {
        let context = JobContext {
            uid: JobUid(uuid::Uuid::from_u128(uid)),
            ..wire::context(wire::at(AFTER))
        };
        // What is too large to search is refused, by both alike.
        let trigger = spec.compile(&context);
        let explanation = explain(&spec, &context, context.created, 2);
        prop_assert_eq!(trigger.is_ok(), explanation.is_ok());
        let Ok(explanation) = explanation else { return Ok(()) };
        let texts = std::iter::once(&explanation.text).chain(&explanation.warnings);
        for text in texts {
            let holes = ["  ", " ,", " ;", "( ", " )", "()", "at and", "on and", "every and", "in in"];
            let hole = holes.into_iter().find(|hole| text.contains(hole));
            prop_assert_eq!(hole, None, "{:?}: {}", spec, text);
            prop_assert!(!text.ends_with([' ', ',', ';']), "{:?}: {}", spec, text);
        }
    }
}

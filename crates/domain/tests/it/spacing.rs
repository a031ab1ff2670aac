//! How close the fire times of a trigger come.

use std::time::Duration;

use serde_json::json;

use crate::wire;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

#[test]
fn the_shortest_interval_of_each_kind() {
    let cron = |expression: &str| json!({ "cron": { "expression": expression } });
    let every =
        |every: &str, anchor: &str| json!({ "interval": { "every": every, "anchor": anchor } });
    let calendar = |months: i32, days: i32, start: &str| json!({ "calendar": { "months": months, "days": days, "start_date": start } });
    let midnight = "2026-01-01T00:00:00Z";
    let any = |triggers: serde_json::Value| json!({ "any": { "triggers": triggers } });
    let at = |at: &str| json!({ "date": { "at": at } });
    let cases = [
        (at("2027-01-01T00:00:00Z"), None),
        (every("10s", midnight), Some(10)),
        (cron("*/5 * * * *"), Some(5 * MINUTE)),
        // Not every ten minutes: 50 past and the hour.
        (cron("0,50 * * * *"), Some(10 * MINUTE)),
        (cron("*/7 * * * * *"), Some(4)),
        (cron("59 59 8 * * *"), Some(DAY)),
        // Two seconds apart, once a year.
        (cron("0,2 30 4 9 11 *"), Some(2)),
        (cron("0 0 * * MON"), Some(7 * DAY)),
        // From 23:00 to the next day's 00:00, where there is a next day.
        (cron("0 0,23 * * *"), Some(HOUR)),
        (cron("0 0,23 * * MON"), Some(23 * HOUR)),
        (cron("0 0,23 * * MON,TUE"), Some(HOUR)),
        (cron("0 0,23 1,31 * *"), Some(HOUR)),
        (cron("0 12 29 2 *"), Some(4 * 365 * DAY + DAY)),
        (calendar(0, 2, "2026-01-01"), Some(2 * DAY)),
        (calendar(1, 0, "2026-01-31"), Some(31 * DAY)),
        (any(json!([every("60s", midnight), every("60s", "2026-01-01T00:00:07Z")])), Some(7)),
        (any(json!([cron("0 * * * *"), at("2026-07-01T09:59:30Z")])), Some(30)),
        (
            any(json!([cron("0 9 * * *"), cron("0 * * * *"), cron("*/20 * * * *")])),
            Some(20 * MINUTE),
        ),
        (
            json!({ "all": { "triggers": [every("45s", midnight), cron("* * * * *")] } }),
            Some(3 * MINUTE),
        ),
    ];
    let now = wire::at("2026-06-15T11:22:33Z");
    for (trigger, seconds) in cases {
        let compiled = wire::trigger(&trigger).compile(&wire::context(now)).expect("a trigger");
        let shortest = compiled.shortest_interval(now);
        assert_eq!(shortest, seconds.map(Duration::from_secs), "{trigger}");
    }
}

#[test]
fn it_is_said_within_milliseconds() {
    let now = wire::at("2026-06-15T11:22:33Z");
    for expression in ["* * * * * *", "0 0 29 2 *", "0 0 31 12 *"] {
        let trigger = json!({ "cron": { "expression": expression } });
        let compiled = wire::trigger(&trigger).compile(&wire::context(now)).expect("a trigger");
        let began = std::time::Instant::now();
        let shortest = compiled.shortest_interval(now);
        let took = began.elapsed();
        assert!(took < Duration::from_millis(100), "{expression}: {took:?}");
        assert!(shortest.is_some(), "{expression}");
    }
}

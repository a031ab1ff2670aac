//! What a client reads whose trigger is refused: field, item, position, what is allowed, a hint.
//! Held by snapshots, because the words are the feature.

use bellwether_domain::Timestamp;
use serde_json::{Value, json};

use crate::wire;

fn refused(trigger: &Value) -> String {
    let context = wire::context(Timestamp::UNIX_EPOCH);
    match wire::trigger(trigger).compile(&context) {
        Ok(_) => panic!("{trigger} must be refused"),
        Err(error) => format!("{}\n    {error}\n", wire::line(trigger)),
    }
}

fn hold(name: &str, triggers: impl IntoIterator<Item = Value>) {
    let text = triggers.into_iter().map(|trigger| refused(&trigger)).collect::<Vec<_>>().join("\n");
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, text) });
}

fn expressions(name: &str, dialect: &str, texts: &[&str]) {
    let trigger = |text: &&str| json!({ "cron": { "expression": text, "dialect": dialect } });
    hold(name, texts.iter().map(trigger));
}

#[test]
fn expressions_of_dialect_unix() {
    let long = format!("{} * * * *", vec!["1"; 130].join(","));
    expressions(
        "unix",
        "UNIX",
        &[
            "",
            "   ",
            "* * * *",
            "0 0 0 0 0 0 0 0",
            "60 * * * *",
            "0 24 * * *",
            "0 0 0 * *",
            "0 0 1 13 *",
            "0 0 * * 8",
            "*/0 * * * *",
            "*/60 * * * *",
            "0 */24 * * *",
            "1,,2 * * * *",
            "1, * * * *",
            "? * * * *",
            "0 0 ?,1 * *",
            "0 0 W * *",
            "0 0 32W * *",
            "0 0 L-31 * *",
            "0 0 * * L",
            "0 0 * * mon#2x",
            "0 0 * * mon#6",
            "0 0 * * lastfoo",
            "0 0 * * TUES",
            "0 0 * SEPT *",
            "0 0 MON * *",
            "0 JAN * * *",
            "5-1-2 * * * *",
            "*5 * * * *",
            "/5 * * * *",
            "5/ * * * *",
            "-5 * * * *",
            "1.5 * * * *",
            "٣ * * * *",
            "0 0 1 1 *\n",
            "H(0-5)/10 * * * *",
            "H(5 * * * *",
            "0 0 0 1 1 * H",
            "0 0 0 1 1 * 2030-2020",
            "0 0 0 1 1 * 2100",
            "99999999999999999999 * * * *",
            "@every 5m",
            "@reboot",
            "@sometimes",
            "@daily 5",
            &long,
        ],
    );
}

#[test]
fn expressions_of_dialect_quartz() {
    expressions(
        "quartz",
        "QUARTZ",
        &[
            "0 9 * * 1-5",
            "0 0 12 * * *",
            "0 0 12 1 * *",
            "0 0 12 * * 2",
            "0 0 12 1 * 2",
            "0 0 12 ? * ?",
            "0 0 12 ? * 0",
            "0 0 12 ? * 8",
            "@daily",
        ],
    );
}

#[test]
fn named_fields() {
    let fields = [
        json!({}),
        json!({ "hour": "" }),
        json!({ "hour": "24" }),
        json!({ "hour": "22-2" }),
        json!({ "day_of_week": "7" }),
        json!({ "day_of_week": "sat-mon" }),
        json!({ "day": "6th mon" }),
        json!({ "day": "2st mon" }),
        json!({ "day": "last foo" }),
        json!({ "day": "lastfoo" }),
        json!({ "day": "L" }),
        json!({ "week": "54" }),
        json!({ "minute": "H" }),
        json!({ "day": "?" }),
        json!({ "year": "1969" }),
        json!({ "minute": "1, 2,, 3" }),
    ];
    hold("fields", fields.map(|fields| json!({ "cron": { "fields": fields } })));
}

#[test]
fn the_other_kinds() {
    let calendar = |rest: Value| {
        let mut calendar = json!({ "days": 1, "start_date": "2026-01-01" });
        for (name, value) in rest.as_object().expect("an object") {
            calendar[name] = value.clone();
        }
        json!({ "calendar": calendar })
    };
    let cron = |timezone: &str| json!({ "cron": { "expression": "@daily", "timezone": timezone } });
    let mut deep = cron("");
    for _ in 0..8 {
        deep = json!({ "any": { "triggers": [deep] } });
    }
    hold(
        "kinds",
        [
            json!({ "interval": { "every": "0s" } }),
            json!({ "interval": { "every": "0.0005s" } }),
            calendar(json!({ "days": 0 })),
            calendar(json!({ "months": -1 })),
            calendar(json!({ "start_date": "" })),
            calendar(json!({ "start_date": "2026-02-30" })),
            calendar(json!({ "start_date": "1.1.2026" })),
            calendar(json!({ "end_date": "tomorrow" })),
            calendar(json!({ "at": "25:00:00" })),
            calendar(json!({ "at": "9:00" })),
            cron("Europe/Berln"),
            cron("America/New York"),
            cron("EST5EDT4"),
            cron("+02:00"),
            json!({ "all": { "triggers": [] } }),
            json!({ "any": { "triggers": [cron(""), { "all": { "triggers": [cron("Mars")] } }] } }),
            deep,
        ],
    );
}

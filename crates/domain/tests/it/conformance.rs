//! The tables: the shared one, which every implementation must meet, and our own.

use bellwether_domain::Timestamp;
use bellwether_domain::trigger::{
    CronForm, CronSpec, Dialect, Fold, Gap, Trigger, TriggerKind, TriggerSpec,
};
use serde_json::Value;

use crate::{oracle, wire};

const SHARED: &str = include_str!("../data/conformance.json");
const OWN: &str = include_str!("../data/table.json");

/// How far the oracle looks behind the last fire time of a row that has no more.
const AFTERWARDS: i64 = 100 * 86_400_000;

/// What a row finds: the fire times as text, and whether there were fewer than asked for.
fn fire_times(trigger: &Trigger, row: &Value) -> (Vec<String>, bool) {
    let count = row["count"].as_u64().expect("a count") as usize;
    let mut found = Vec::new();
    let mut at = wire::instant(&row["after"]);
    while found.len() < count {
        let Some(next) = trigger.next_after(at) else { return (found, true) };
        assert!(next > at, "{}: {next} is not after {at}", row["id"]);
        assert_eq!(trigger.last_at_or_before(next), Some(next), "{}", row["id"]);
        found.push(wire::shown(next, trigger.timezone()));
        at = next;
    }
    (found, false)
}

/// What the oracle finds up to the last expected fire time, or well behind it where no more come.
fn oracle_says(spec: &TriggerSpec, row: &Value) -> Vec<Timestamp> {
    let after = wire::instant(&row["after"]);
    let from = Timestamp::from_millis(after.as_millis() + 1);
    let last =
        row["expect"].as_array().and_then(|expect| expect.last()).map_or(after, wire::instant);
    let until = if row["exhausted"] == true {
        Timestamp::from_millis(last.as_millis() + AFTERWARDS)
    } else {
        last
    };
    oracle::fire_times(spec, &wire::context(after), from, until)
}

fn check_rows(table: &Value) -> usize {
    let rows = table["rows"].as_array().expect("rows");
    let mut failures = Vec::new();
    for row in rows {
        let spec = wire::trigger(&row["trigger"]);
        let trigger = match spec.compile(&wire::context(wire::instant(&row["after"]))) {
            Ok(trigger) => trigger,
            Err(error) => {
                failures.push(format!("{}: {error}", row["id"]));
                continue;
            }
        };
        let (found, exhausted) = fire_times(&trigger, row);
        // Compared as instants: a table may show them in the offset of its choice.
        let instants = |texts: Vec<&str>| texts.into_iter().map(wire::at).collect::<Vec<_>>();
        let expect: Vec<&str> = row["expect"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|text| text.as_str().expect("a text"))
            .collect();
        if instants(found.iter().map(String::as_str).collect()) != instants(expect.clone())
            || row["exhausted"] != exhausted
        {
            failures.push(format!("{}: found {found:?}, expected {expect:?}", row["id"]));
        }
        if oracle_says(&spec, row) != instants(expect.clone()) {
            failures.push(format!("{}: the oracle does not expect {expect:?}", row["id"]));
        }
    }
    assert!(
        failures.is_empty(),
        "{} in {} rows:\n{}",
        failures.len(),
        rows.len(),
        failures.join("\n")
    );
    rows.len()
}

fn check_invalid(table: &Value) -> usize {
    let rows = table["invalid"].as_array().expect("a list");
    for row in rows {
        let dialect = match row["dialect"].as_str() {
            Some("QUARTZ") => Dialect::Quartz,
            _ => Dialect::Unix,
        };
        let expression = row["expression"].as_str().expect("a text");
        let spec = TriggerSpec::from(TriggerKind::Cron(CronSpec {
            form: CronForm::Expression(expression.to_owned()),
            timezone: String::new(),
            dialect,
            gap: Gap::Next,
            fold: Fold::First,
        }));
        let error = spec
            .compile(&wire::context(Timestamp::UNIX_EPOCH))
            .expect_err(&format!("{expression:?} must be refused"));
        assert_eq!(error.field, "cron.expression");
        assert_eq!(error.value, expression);
    }
    rows.len()
}

#[test]
fn the_shared_table_holds_row_by_row() {
    let table: Value = serde_json::from_str(SHARED).expect("JSON");
    assert_eq!((check_rows(&table), check_invalid(&table)), (40, 13));
}

#[test]
fn our_table_holds_row_by_row() {
    let table: Value = serde_json::from_str(OWN).expect("JSON");
    let ids: std::collections::HashSet<_> =
        table["rows"].as_array().expect("rows").iter().map(|row| row["id"].to_string()).collect();
    assert_eq!((check_rows(&table), check_invalid(&table)), (ids.len(), 70));
    assert!(ids.len() >= 100);
}

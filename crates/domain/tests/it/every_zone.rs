//! Every zone of the database, around changes of its own clocks.
//!
//! The random properties choose zones; this leaves none out. For each change that is looked at, one
//! trigger is fixed to the very reading that is left out or repeated, under each of the rules, and
//! one goes by elapsed time.

use bellwether_domain::Timestamp;
use bellwether_domain::trigger::{
    CronForm, CronSpec, Dialect, Fold, Gap, TriggerKind, TriggerSpec,
};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::properties::compare_window;
use crate::{oracle, wire};

const DAY: i64 = 86_400_000;

/// How many changes of each zone are looked at: the first and the last ones from 1970 to 2099.
const ENDS: usize = 2;

/// An instant at which a zone's offset changes, with the offsets before and after it.
struct Change {
    at: jiff::Timestamp,
    before: jiff::tz::Offset,
    after: jiff::tz::Offset,
}

fn changes(zone: &TimeZone) -> Vec<Change> {
    let mut before = zone.to_offset(jiff::Timestamp::UNIX_EPOCH);
    let mut changes = Vec::new();
    for change in zone.following(jiff::Timestamp::UNIX_EPOCH) {
        let (at, after) = (change.timestamp(), change.offset());
        if at.as_second() >= 4_070_908_800 {
            break;
        }
        if before != after {
            changes.push(Change { at, before, after });
        }
        before = after;
    }
    if changes.len() > 2 * ENDS {
        changes.drain(ENDS..changes.len() - ENDS);
    }
    changes
}

fn cron(expression: &str, timezone: &str, gap: Gap, fold: Fold) -> TriggerSpec {
    TriggerSpec::from(TriggerKind::Cron(CronSpec {
        form: CronForm::Expression(expression.to_owned()),
        timezone: timezone.to_owned(),
        dialect: Dialect::Unix,
        gap,
        fold,
    }))
}

/// Compares engine and oracle in the days around `middle`; returns how often.
fn compared(spec: &TriggerSpec, middle: Timestamp) -> u64 {
    let probes: Vec<u64> = (1..9_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    compare_window(spec, &wire::context(middle), middle, 3 * DAY, &probes)
        .unwrap_or_else(|error| panic!("{spec:?} around {middle}: {error}"))
}

#[test]
fn each_zone_agrees_with_the_oracle_around_its_first_and_last_changes() {
    let (mut zones, mut changed, mut compared_in_all) = (0, 0, 0);
    for name in TimeZoneDatabase::bundled().available() {
        let name = name.as_str();
        if name == "Etc/Unknown" {
            continue;
        }
        zones += 1;
        let zone = oracle::zone(name);
        let quiet = wire::at("2026-03-29T00:00:00Z");
        compared_in_all += compared(&cron("30 2 * * *", name, Gap::Next, Fold::First), quiet);
        for Change { at, before, after } in changes(&zone) {
            changed += 1;
            let middle = Timestamp::from_millis(at.as_millisecond());
            // The first reading that is left out, or that comes a second time.
            let reading = before.min(after).to_datetime(at);
            let fixed =
                format!("{} {} {} * * *", reading.second(), reading.minute(), reading.hour());
            for (gap, fold) in
                [(Gap::Next, Fold::First), (Gap::Skip, Fold::Last), (Gap::Next, Fold::Both)]
            {
                compared_in_all += compared(&cron(&fixed, name, gap, fold), middle);
            }
            compared_in_all +=
                compared(&cron("*/40 * * * *", name, Gap::Next, Fold::First), middle);
        }
    }
    println!("{zones} zones, {changed} changes, {compared_in_all} comparisons");
    assert!(zones > 500 && changed > 1000, "{zones} zones, {changed} changes");
}

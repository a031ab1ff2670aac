//! The engine against the crate `cron`, where both speak of the same: readings in UTC, numbers and
//! plain ranges, one day field at a time.
//!
//! Known of the crate and kept out of the way: six or seven fields, Sunday is 1, day fields are
//! always joined by "and", nothing wraps, and with a real zone it goes back in time in folds.

use std::str::FromStr;

use bellwether_domain::Timestamp;
use bellwether_domain::trigger::{
    CronForm, CronSpec, Dialect, Fold, Gap, TriggerKind, TriggerSpec,
};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::wire;

/// A list of values, ranges and steps that both read alike.
fn list(min: u32, max: u32) -> BoxedStrategy<String> {
    let item = prop_oneof![
        4 => (min..=max).prop_map(|value| value.to_string()),
        2 => (min..=max, min..=max).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (1..=max - min).prop_map(|step| format!("*/{step}")),
        1 => (min..=max, 1..=max - min).prop_map(|(from, step)| format!("{from}/{step}")),
        1 => Just("*".to_owned()),
    ];
    prop_oneof![
        3 => item.clone(),
        1 => prop::collection::vec(item, 1..4).prop_map(|items| items.join(",")),
    ]
    .boxed()
}

/// Weekdays in Quartz's numbers, which are those of the crate.
fn days() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        (list(1, 31), Just("?".to_owned())),
        (Just("?".to_owned()), list(1, 7)),
        (Just("?".to_owned()), Just("mon-fri".to_owned())),
    ]
}

proptest! {
    #![proptest_config(Config { cases: 3000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn both_find_the_same_in_utc(
        second in list(0, 59), minute in list(0, 59), hour in list(0, 23), days in days(),
        month in list(1, 12), year in prop_oneof![Just("*".to_owned()), list(1970, 2099)],
        at in 0..4_000_000_000_i64,
    ) {
        let (day, weekday) = days;
        let text = format!("{second} {minute} {hour} {day} {month} {weekday} {year}");
        let spec = TriggerSpec::from(TriggerKind::Cron(CronSpec {
            form: CronForm::Expression(text.clone()),
            timezone: String::new(),
            dialect: Dialect::Quartz,
            gap: Gap::Next,
            fold: Fold::First,
        }));
        let trigger = spec.compile(&wire::context(Timestamp::UNIX_EPOCH)).expect("valid");
        let theirs = cron::Schedule::from_str(&text).expect("the crate reads it");
        let start = DateTime::<Utc>::from_timestamp(at, 0).expect("in range");
        let ours = |at: Option<Timestamp>| at.map(|at| at.as_millis() / 1000);
        let theirs_in = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp());
        let mut next = Timestamp::from_millis(at * 1000);
        for found in theirs.after(&start).take(5).filter(|at| at.timestamp() < 4_102_444_800) {
            let found_here = trigger.next_after(next);
            prop_assert_eq!(ours(found_here), Some(found.timestamp()), "{} after {}", text, start);
            next = found_here.expect("just compared");
        }
        let before = Timestamp::from_millis(at * 1000 - 1);
        let last = theirs_in(theirs.after(&start).next_back());
        // Going back into another year than the one it starts in, the crate keeps to the month it
        // came from: `0 0 0 1 * ? 1970` before 1971 is the 1st of January 1970 to it.
        if year == "*" {
            prop_assert_eq!(ours(trigger.last_at_or_before(before)), last, "{} before {}", text, start);
        }
    }
}

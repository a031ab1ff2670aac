//! No answer takes longer than it may, counted in steps.

use crate::trigger::walk::steps::taken_by;
use crate::trigger::{JobContext, Trigger};
use crate::{JobUid, Timestamp};

#[path = "../../benches/worst/cases.rs"]
mod cases;

/// 5 ms, the promise, in nanoseconds.
const LIMIT: u64 = 5_000_000;
/// Zones that have little in common: many changes, half an hour of them, seconds, and none.
const ZONES: [&str; 4] = ["America/New_York", "Africa/Casablanca", "Africa/Monrovia", "UTC"];
/// How many random combinations are tried beside the listed triggers.
const RANDOM: usize = 300;

/// A question to a trigger, by name, and what the answer costs by its steps.
type Question = (&'static str, fn(&Trigger) -> u64);

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_123);

const QUESTIONS: [Question; 6] = [
    ("next from 0001", |trigger| taken_by(|| trigger.next_after(Timestamp::MIN))),
    ("next from 1970", |trigger| taken_by(|| trigger.next_after(Timestamp::UNIX_EPOCH))),
    ("next", |trigger| taken_by(|| trigger.next_after(NOW))),
    ("last", |trigger| taken_by(|| trigger.last_at_or_before(NOW))),
    ("last before the end", |trigger| taken_by(|| trigger.last_at_or_before(Timestamp::MAX))),
    ("count", |trigger| {
        taken_by(|| trigger.count_between(Timestamp::UNIX_EPOCH, Timestamp::MAX, 1000))
    }),
];

#[test]
fn no_accepted_trigger_takes_more_steps_than_it_may() {
    let mut dice = cases::Dice::new();
    let mut all = cases::listed(&ZONES);
    all.extend((0..RANDOM).map(|at| {
        let spec = dice.spec();
        cases::Case { name: format!("random {at}, {spec:?}"), spec }
    }));
    let context = JobContext { uid: JobUid(uuid::Uuid::nil()), created: NOW };
    let (mut accepted, mut most) = (0, (0, String::new()));
    for case in &all {
        let mut compiled = None;
        let mut note = |what: &str, taken: u64| {
            assert!(taken <= LIMIT, "{what} of {}: {taken} ns by its steps", case.name);
            most = most.clone().max((taken, format!("{what} of {}", case.name)));
        };
        note("compile", taken_by(|| compiled = case.spec.compile(&context).ok()));
        let Some(trigger) = compiled else { continue };
        accepted += 1;
        for (what, ask) in QUESTIONS {
            note(what, ask(&trigger));
        }
    }
    // The cases would be of no use if they were all refused, or easy.
    assert!(accepted > all.len() / 2, "only {accepted} of {} are accepted", all.len());
    assert!(most.0 > LIMIT / 10, "the worst is only {} ns: {}", most.0, most.1);
}

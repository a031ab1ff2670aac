//! The engine against the oracle, on random triggers around random moments.
//!
//! `BELLWETHER_TRIGGER_CASES` sets the number of cases of each property; the long run is
//! `BELLWETHER_TRIGGER_CASES=60000 cargo test --release -p bellwether-domain --test it properties
//! -- --nocapture`, which prints how many comparisons were made.

use std::sync::atomic::{AtomicU64, Ordering};

use bellwether_domain::trigger::{JobContext, Trigger, TriggerError, TriggerKind, TriggerSpec};
use bellwether_domain::{JobUid, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::generate::{self, Density};
use crate::oracle;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

fn config(share: u32) -> Config {
    let cases = std::env::var("BELLWETHER_TRIGGER_CASES");
    let cases = cases.map_or(2000, |cases| cases.parse().expect("a number of cases"));
    Config {
        cases: (cases / share).max(1),
        failure_persistence: None,
        max_global_rejects: 1_000_000,
        ..Config::default()
    }
}

/// Counts comparisons and says how many there were.
struct Tally(&'static str, AtomicU64);

impl Tally {
    const fn new(name: &'static str) -> Self {
        Self(name, AtomicU64::new(0))
    }

    fn add(&self, count: u64) {
        let before = self.1.fetch_add(count, Ordering::Relaxed);
        if (before + count) / 100_000 > before / 100_000 {
            println!("{}: {} comparisons", self.0, before + count);
        }
    }
}

/// A moment to look at: anywhere from 1970 to 2099, or around the n-th change of some zone's
/// clocks.
#[derive(Clone, Debug)]
enum Moment {
    At(i64),
    Change { zone: String, nth: usize, by: i64 },
}

impl Moment {
    fn instant(&self) -> Timestamp {
        match self {
            Self::At(ms) => Timestamp::from_millis(*ms),
            Self::Change { zone, nth, by } => {
                let zone = oracle::zone(zone);
                let start = jiff::Timestamp::UNIX_EPOCH;
                let changes: Vec<i64> = zone
                    .following(start)
                    .map(|change| change.timestamp().as_millisecond())
                    .take_while(|ms| *ms < 130 * YEAR)
                    .take(260)
                    .collect();
                let at = changes.get(nth % changes.len().max(1)).copied().unwrap_or(50 * YEAR);
                Timestamp::from_millis(at + by)
            }
        }
    }
}

fn moment() -> impl Strategy<Value = Moment> {
    prop_oneof![
        1 => (0..130 * YEAR).prop_map(Moment::At),
        3 => (generate::zone(), any::<usize>(), -2 * HOUR..2 * HOUR)
            .prop_map(|(zone, nth, by)| Moment::Change { zone, nth, by }),
    ]
}

/// A moment around a change in the zone of the trigger itself.
fn moment_for(kind: &TriggerKind, moment: &Moment) -> Timestamp {
    let zone = match kind {
        TriggerKind::Cron(cron) => cron.timezone.clone(),
        TriggerKind::Calendar(calendar) => calendar.timezone.clone(),
        _ => return moment.instant(),
    };
    match moment {
        Moment::At(_) => moment.instant(),
        Moment::Change { nth, by, .. } => Moment::Change { zone, nth: *nth, by: *by }.instant(),
    }
}

fn context(uid: u128, created: Timestamp) -> JobContext {
    JobContext { uid: JobUid(uuid::Uuid::from_u128(uid)), created }
}

/// Compares all answers of `trigger` in `from..=until` with the oracle's list; `probes` choose the
/// instants to ask at. Returns the number of comparisons.
fn compare(
    trigger: &Trigger,
    expect: &[Timestamp],
    from: Timestamp,
    until: Timestamp,
    probes: &[u64],
) -> Result<u64, TestCaseError> {
    let inside = |at: &Timestamp| (from..=until).contains(at);
    let ms = |ms: i64| Timestamp::from_millis(ms);
    let mut compared = 0;
    let mut at = ms(from.as_millis() - 1);
    for expected in expect.iter().take(200) {
        prop_assert_eq!(trigger.next_after(at), Some(*expected), "next_after({})", at);
        at = *expected;
        compared += 1;
    }
    if expect.len() <= 200 {
        let next = trigger.next_after(at).filter(inside);
        prop_assert_eq!(next, None, "next_after({}), too many", at);
        compared += 1;
    }
    for pair in probes.chunks(2) {
        let span = (until.as_millis() - from.as_millis()) as u64;
        let mut points = pair.iter().map(|probe| {
            // Half of the probes lie at a fire time or a millisecond beside it.
            let near = expect.get((probe / 6) as usize % expect.len().max(1));
            match (probe % 2, near) {
                (0, Some(near)) => ms(near.as_millis() + (probe / 2 % 3) as i64 - 1),
                _ => ms(from.as_millis() + (probe / 2 % span) as i64),
            }
        });
        let (one, other) = (points.next().unwrap_or(from), points.next().unwrap_or(until));
        let (one, other) = (one.clamp(from, until), other.clamp(from, until));
        for at in [one, other] {
            let next = expect.iter().find(|fire| **fire > at).copied();
            prop_assert_eq!(trigger.next_after(at).filter(inside), next, "next_after({})", at);
            let last = expect.iter().rfind(|fire| **fire <= at).copied();
            let found = trigger.last_at_or_before(at).filter(inside);
            prop_assert_eq!(found, last, "last_at_or_before({})", at);
            compared += 2;
        }
        let (after, before) = (one.min(other), one.max(other));
        let count = expect.iter().filter(|fire| **fire > after && **fire <= before).count() as u64;
        let found = trigger.count_between(after, before, u64::MAX);
        prop_assert_eq!((found.count, found.exact), (count, true), "({}, {}]", after, before);
        compared += 1;
    }
    Ok(compared)
}

/// Compares engine and oracle in a stretch of `span` milliseconds around `middle`; returns the
/// number of comparisons.
pub(crate) fn compare_window(
    spec: &TriggerSpec,
    context: &JobContext,
    middle: Timestamp,
    span: i64,
    probes: &[u64],
) -> Result<u64, TestCaseError> {
    let from = Timestamp::from_millis(middle.as_millis() - span / 2);
    let until = Timestamp::from_millis(middle.as_millis() + span / 2);
    let trigger = match spec.compile(context) {
        Ok(trigger) => trigger,
        Err(error) if is_too_large(&error) => return Err(TestCaseError::reject("too large")),
        Err(error) => return Err(TestCaseError::fail(error.to_string())),
    };
    let expect = oracle::fire_times(spec, context, from, until);
    compare(&trigger, &expect, from, until, probes)
}

/// Whether a trigger is right, and refused for its size alone.
fn is_too_large(error: &TriggerError) -> bool {
    ["must hold at once", "longer than a scheduler can wait", "ways to combine"]
        .iter()
        .any(|reason| error.message.contains(reason))
}

fn probes() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(any::<u64>(), 12)
}

static CRON: Tally = Tally::new("cron");
static SPARSE: Tally = Tally::new("sparse cron");
static CALENDAR: Tally = Tally::new("calendar");
static COMBINED: Tally = Tally::new("combined");
static FAR: Tally = Tally::new("combined, beyond 2100");
static LONG: Tally = Tally::new("combined, sparse");

proptest! {
    #![proptest_config(config(1))]

    #[test]
    fn cron_around_changes_of_the_clocks(
        kind in generate::cron(Density::Any), moment in moment(), uid: u128,
        span in HOUR..5 * DAY, probes in probes(),
    ) {
        let middle = moment_for(&kind, &moment);
        let spec = TriggerSpec::from(kind);
        CRON.add(compare_window(&spec, &context(uid, middle), middle, span, &probes)?);
    }

    #[test]
    fn calendars_around_changes_of_the_clocks(
        (moment, kind) in moment().prop_flat_map(|moment| {
            let near = moment.instant();
            (Just(moment), generate::calendar(near))
        }),
        span in 5 * DAY..3 * YEAR, probes in probes(),
    ) {
        let middle = moment_for(&kind, &moment);
        let spec = TriggerSpec::from(kind);
        CALENDAR.add(compare_window(&spec, &context(0, middle), middle, span, &probes)?);
    }
}

proptest! {
    #![proptest_config(config(4))]

    #[test]
    fn sparse_cron_over_years(
        kind in generate::cron(Density::Sparse), at in -YEAR..131 * YEAR, uid: u128,
        span in YEAR..12 * YEAR, probes in probes(),
    ) {
        let middle = Timestamp::from_millis(at);
        let spec = TriggerSpec::from(kind);
        SPARSE.add(compare_window(&spec, &context(uid, middle), middle, span, &probes)?);
    }

    #[test]
    fn combinations_of_all_kinds(
        (middle, spec) in moment().prop_flat_map(|moment| {
            let near = moment.instant();
            (Just(near), generate::trigger(near, Density::Any, 3))
        }),
        uid: u128, span in HOUR..2 * DAY, probes in probes(),
    ) {
        COMBINED.add(compare_window(&spec, &context(uid, middle), middle, span, &probes)?);
    }

    #[test]
    fn sparse_combinations_over_months(
        (middle, spec) in moment().prop_flat_map(|moment| {
            let near = moment.instant();
            (Just(near), generate::trigger(near, Density::Sparse, 3))
        }),
        uid: u128, span in DAY..400 * DAY, probes in probes(),
    ) {
        LONG.add(compare_window(&spec, &context(uid, middle), middle, span, &probes)?);
    }

    #[test]
    fn sparse_combinations_beyond_2100(
        (middle, spec) in (130 * YEAR..7_900 * YEAR).prop_flat_map(|at| {
            let near = Timestamp::from_millis(at);
            (Just(near), generate::trigger(near, Density::Sparse, 2))
        }),
        span in DAY..400 * DAY, probes in probes(),
    ) {
        FAR.add(compare_window(&spec, &context(0, middle), middle, span, &probes)?);
    }
}

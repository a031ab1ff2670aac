//! Random triggers: valid by construction, and dense enough in what is rare to be worth trying.

use std::time::Duration;

use bellwether_domain::Timestamp;
use bellwether_domain::trigger::{
    CalendarSpec, CronFields, CronForm, CronSpec, DateSpec, Dialect, Fold, Gap, IntervalSpec,
    TriggerKind, TriggerSpec,
};
use proptest::prelude::*;
use proptest::sample::select;

/// Zones in which something went wrong for somebody: half-hour and two-hour changes, odd offsets,
/// a day that was left out, changes at midnight, a daylight saving time that is the winter's.
const CHOSEN: [&str; 20] = [
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Africa/Casablanca",
    "America/Santiago",
    "America/New_York",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Kwajalein",
    "Africa/Monrovia",
    "America/St_Johns",
    "Asia/Gaza",
    "Africa/Cairo",
    "Antarctica/Casey",
    "Asia/Pyongyang",
    "America/Vancouver",
    "",
];

/// Any name of the database.
pub(crate) fn zone() -> impl Strategy<Value = String> {
    let all: Vec<String> = jiff::tz::TimeZoneDatabase::bundled()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name != "Etc/Unknown")
        .collect();
    prop_oneof![2 => select(CHOSEN.to_vec()).prop_map(str::to_owned), 1 => select(all)]
}

/// How often a cron trigger fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Density {
    /// Any times of the day.
    Any,
    /// A few times a day.
    Sparse,
}

/// What may stand in a field, by its name in an expression.
#[derive(Clone, Copy, Debug)]
struct Slot {
    min: u32,
    max: u32,
    names: &'static [&'static str],
    wraps: bool,
    hash: bool,
}

const MONTHS: &[&str] = &[
    "JAN", "feb", "Mar", "APRIL", "may", "June", "JUL", "August", "sep", "OCT", "nov", "December",
];
const WEEKDAYS: &[&str] = &["MON", "tue", "Wednesday", "THU", "FRIDAY", "sat", "Sun"];

fn slot(min: u32, max: u32) -> Slot {
    Slot { min, max, names: &[], wraps: true, hash: true }
}

/// A value: a number or a name.
fn value(slot: Slot) -> BoxedStrategy<String> {
    let number = (slot.min..=slot.max).prop_map(|value| value.to_string());
    if slot.names.is_empty() {
        return number.boxed();
    }
    prop_oneof![number, select(slot.names).prop_map(str::to_owned)].boxed()
}

/// A range; in order where nothing wraps.
fn range(slot: Slot) -> BoxedStrategy<String> {
    if slot.wraps {
        return (value(slot), value(slot)).prop_map(|(a, b)| format!("{a}-{b}")).boxed();
    }
    (slot.min..=slot.max, slot.min..=slot.max)
        .prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b)))
        .boxed()
}

/// An item that any field may have.
fn item(slot: Slot) -> BoxedStrategy<String> {
    let step = 1..=slot.max - slot.min;
    let small = 1..=(slot.max - slot.min).min(7);
    let plain = prop_oneof![
        6 => value(slot),
        2 => range(slot),
        1 => Just("*".to_owned()),
        1 => small.clone().prop_map(|n| format!("*/{n}")),
        1 => step.clone().prop_map(|n| format!("*/{n}")),
        1 => (value(slot), step.clone()).prop_map(|(a, n)| format!("{a}/{n}")),
        1 => (range(slot), small.clone()).prop_map(|(r, n)| format!("{r}/{n}")),
    ];
    if !slot.hash {
        return plain.boxed();
    }
    let hash = prop_oneof![
        Just("H".to_owned()),
        small.prop_map(|n| format!("H/{n}")),
        range(slot).prop_map(|r| format!("h({r})")),
        range(slot).prop_map(|r| format!("H({r})/1")),
    ];
    prop_oneof![8 => plain, 1 => hash].boxed()
}

fn list(item: BoxedStrategy<String>) -> BoxedStrategy<String> {
    prop_oneof![
        4 => item.clone(),
        1 => prop::collection::vec(item, 2..4).prop_map(|items| items.join(",")),
    ]
    .boxed()
}

fn day_of_month(slot: Slot) -> BoxedStrategy<String> {
    let special = prop_oneof![
        Just("L".to_owned()),
        Just("lw".to_owned()),
        (1..=30).prop_map(|n| format!("L-{n}")),
        (1..=31).prop_map(|n| format!("{n}W")),
        (1..=30).prop_map(|n| format!("L-{n}W")),
    ];
    list(prop_oneof![3 => item(slot), 2 => special].boxed())
}

fn day_of_week(slot: Slot, dialect: Dialect) -> BoxedStrategy<String> {
    let special = prop_oneof![
        value(slot).prop_map(|day| format!("{day}L")),
        (value(slot), 1..=5).prop_map(|(day, nth)| format!("{day}#{nth}")),
    ];
    let special = match dialect {
        Dialect::Unix => prop_oneof![
            8 => special,
            1 => Just("7".to_owned()),
            1 => (0..=6).prop_map(|day| format!("{day}-7")),
            1 => (0..=7).prop_map(|day| format!("7-{day}")),
        ]
        .boxed(),
        Dialect::Quartz => prop_oneof![8 => special, 1 => Just("L".to_owned())].boxed(),
    };
    list(prop_oneof![3 => item(slot), 2 => special].boxed())
}

fn time_field(max: u32, density: Density) -> BoxedStrategy<String> {
    let few = prop_oneof![
        4 => value(slot(0, max)),
        1 => (value(slot(0, max)), value(slot(0, max))).prop_map(|(a, b)| format!("{a},{b}")),
    ];
    match density {
        Density::Any => prop_oneof![1 => few, 2 => list(item(slot(0, max)))].boxed(),
        Density::Sparse => few.boxed(),
    }
}

/// Seconds: mostly one, so that a day has no more than some thousand fire times.
fn seconds(density: Density) -> BoxedStrategy<String> {
    match density {
        Density::Any => prop_oneof![8 => value(slot(0, 59)), 1 => list(item(slot(0, 59)))].boxed(),
        Density::Sparse => value(slot(0, 59)),
    }
}

fn hours(density: Density) -> BoxedStrategy<String> {
    // The hours in which clocks are moved.
    let night = prop_oneof![0..4_u32, Just(23)].prop_map(|hour| hour.to_string());
    let range = (0..4_u32, 0..5_u32).prop_map(|(a, n)| format!("{a}-{}", a + n));
    prop_oneof![3 => night, 1 => range, 4 => time_field(23, density)].boxed()
}

fn expression(dialect: Dialect, density: Density) -> BoxedStrategy<String> {
    let months = Slot { names: MONTHS, ..slot(1, 12) };
    let weekdays = match dialect {
        Dialect::Unix => Slot { names: WEEKDAYS, ..slot(0, 6) },
        Dialect::Quartz => Slot { names: WEEKDAYS, ..slot(1, 7) },
    };
    let years = Slot { wraps: false, hash: false, ..slot(1970, 2099) };
    let all = || Just("*".to_owned());
    let days = prop_oneof![
        (day_of_month(slot(1, 31)), Just("?".to_owned())),
        (Just("?".to_owned()), day_of_week(weekdays, dialect)),
        (Just("?".to_owned()), all()),
    ];
    let days = match dialect {
        Dialect::Quartz => days.boxed(),
        Dialect::Unix => prop_oneof![
            2 => days,
            2 => (all(), all()),
            3 => (day_of_month(slot(1, 31)), all()),
            3 => (all(), day_of_week(weekdays, dialect)),
            3 => (day_of_month(slot(1, 31)), day_of_week(weekdays, dialect)),
        ]
        .boxed(),
    };
    let month = prop_oneof![3 => all(), 1 => list(item(months))];
    let year = prop_oneof![5 => all(), 1 => list(item(years))];
    let blank = select(vec![" ", "  ", "\t"]);
    let fields = (seconds(density), time_field(59, density), hours(density), days, month, year);
    (fields, 5..=7, blank)
        .prop_map(move |((second, minute, hour, (day, weekday), month, year), count, blank)| {
            let fields = [second, minute, hour, day, month, weekday, year];
            match (count, dialect) {
                (5, Dialect::Unix) => fields[1..6].join(blank),
                (7, _) => fields.join(blank),
                _ => fields[..6].join(blank),
            }
        })
        .boxed()
}

fn named_fields(density: Density) -> BoxedStrategy<CronFields> {
    let ordered = |slot: Slot| list(item(Slot { wraps: false, hash: false, ..slot }));
    let maybe = |field: BoxedStrategy<String>| prop_oneof![Just(None), field.prop_map(Some)];
    let special = prop_oneof![
        Just("last".to_owned()),
        select(WEEKDAYS).prop_map(|day| format!("last {day}")),
        (select(vec!["1st", "2nd", "3rd", "4th", "5th"]), select(WEEKDAYS))
            .prop_map(|(nth, day)| format!("{nth} {day}")),
    ];
    let day = list(prop_oneof![ordered(slot(1, 31)), special].boxed());
    let hour = prop_oneof![2 => time_field(23, Density::Sparse), 1 => ordered(slot(0, 23))];
    let minute = match density {
        Density::Any => prop_oneof![2 => value(slot(0, 59)), 1 => ordered(slot(0, 59))].boxed(),
        Density::Sparse => value(slot(0, 59)),
    };
    let weekday = Slot { names: WEEKDAYS, ..slot(0, 6) };
    (
        maybe(ordered(slot(1970, 2099))),
        maybe(ordered(Slot { names: MONTHS, ..slot(1, 12) })),
        maybe(day),
        maybe(ordered(slot(1, 53))),
        maybe(prop_oneof![ordered(weekday), value(weekday)].boxed()),
        maybe(hour.boxed()),
        minute.prop_map(Some),
        maybe(value(slot(0, 59))),
        0..4_u32,
    )
        .prop_map(|(year, month, day, week, day_of_week, hour, minute, second, drop)| {
            // Now and then leave out the tail, so that it takes its minimum.
            let minute = if drop == 0 && second.is_none() { None } else { minute };
            let hour = if drop == 1 { hour.or(Some("2".to_owned())) } else { hour };
            CronFields { year, month, day, week, day_of_week, hour, minute, second }
        })
        .prop_filter("a field", |fields| *fields != CronFields::default())
        .boxed()
}

fn gap() -> impl Strategy<Value = Gap> {
    select(vec![Gap::Next, Gap::Skip])
}

/// A cron trigger of any form.
pub(crate) fn cron(density: Density) -> BoxedStrategy<TriggerKind> {
    let dialect = select(vec![Dialect::Unix, Dialect::Quartz]);
    let expression = dialect.prop_flat_map(move |dialect| {
        (expression(dialect, density).prop_map(CronForm::Expression), Just(dialect))
    });
    let fields = named_fields(density).prop_map(|fields| (CronForm::Fields(fields), Dialect::Unix));
    let fold = select(vec![Fold::First, Fold::Both, Fold::Last]);
    (prop_oneof![3 => expression, 1 => fields], zone(), gap(), fold)
        .prop_map(|((form, dialect), timezone, gap, fold)| {
            TriggerKind::Cron(CronSpec { form, timezone, dialect, gap, fold })
        })
        .boxed()
}

/// A calendar trigger that begins within some years of `near`.
pub(crate) fn calendar(near: Timestamp) -> BoxedStrategy<TriggerKind> {
    let step = prop_oneof![
        (0..3, 0..20, Just(0), Just(0)),
        (Just(0), Just(0), 0..5, 0..40),
        (0..2, 0..4, 0..2, 0..9),
    ]
    .prop_filter("a step", |(years, months, weeks, days)| years + months + weeks + days > 0);
    let at = (0..4, 0..60, 0..60, 0..24, any::<bool>()).prop_map(|(night, m, s, hour, any)| {
        let hour = if any { hour } else { night };
        format!("{hour:02}:{m:02}:{s:02}")
    });
    let at = prop_oneof![Just(String::new()), at, Just("02:30:00".to_owned())];
    (step, at, -4000..400_i64, 0..6000_i64, zone(), gap())
        .prop_map(move |((years, months, weeks, days), at, before, length, timezone, gap)| {
            let date = |days: i64| {
                let at = near.as_millis() + days * 86_400_000;
                let at = jiff::Timestamp::from_millisecond(at).expect("in range");
                jiff::tz::Offset::UTC.to_datetime(at).date().to_string()
            };
            let end_date = if length % 2 == 0 { date(before + length) } else { String::new() };
            let start_date = date(before);
            TriggerKind::Calendar(CalendarSpec {
                years,
                months,
                weeks,
                days,
                at,
                start_date,
                end_date,
                timezone,
                gap,
            })
        })
        .boxed()
}

/// An interval with an anchor around `near`, or none.
pub(crate) fn interval(near: Timestamp, least: u64) -> BoxedStrategy<TriggerKind> {
    let every = prop_oneof![
        2 => (1..100_u64).prop_map(|seconds| seconds * 1000),
        1 => 1..100_000_u64,
        2 => (1..2000_u64).prop_map(|minutes| minutes * 60_000),
        1 => (1..60_u64).prop_map(|hours| hours * 3_600_000),
        1 => (1..9_u64).prop_map(|days| days * 86_400_000),
    ];
    let anchor = (-400_000_000..100_000_000_i64, any::<bool>())
        .prop_map(|(ms, whole)| if whole { ms / 1000 * 1000 } else { ms });
    (every, prop::option::weighted(0.8, anchor), any::<bool>())
        .prop_map(move |(every, anchor, fire_immediately)| {
            TriggerKind::Interval(IntervalSpec {
                every: Duration::from_millis(every.max(least)),
                anchor: anchor.map(|ms| Timestamp::from_millis(near.as_millis() + ms)),
                fire_immediately,
            })
        })
        .boxed()
}

/// A trigger of any kind, nested up to `depth` levels, that has something to do with `near`.
pub(crate) fn trigger(near: Timestamp, density: Density, depth: u32) -> BoxedStrategy<TriggerSpec> {
    let least = if density == Density::Sparse { 3_600_000 } else { 500 };
    let date = (-100_000_000..100_000_000_i64)
        .prop_map(move |ms| Timestamp::from_millis(near.as_millis() + ms))
        .prop_map(|at| TriggerKind::Date(DateSpec { at }));
    let leaf = prop_oneof![
        5 => cron(density),
        2 => interval(near, least),
        2 => calendar(near),
        1 => date,
    ];
    bounded(leaf.boxed(), near)
        .prop_recursive(depth, 8, 3, move |child| {
            let children = prop::collection::vec(child, 1..4);
            let kind = prop_oneof![
                children.clone().prop_map(TriggerKind::All),
                children.prop_map(TriggerKind::Any),
            ];
            bounded(kind.boxed(), near).boxed()
        })
        .boxed()
}

fn bounded(
    kind: BoxedStrategy<TriggerKind>,
    near: Timestamp,
) -> impl Strategy<Value = TriggerSpec> + Clone {
    let bound = move |range: std::ops::Range<i64>| {
        let at = range.prop_map(move |ms| Timestamp::from_millis(near.as_millis() + ms));
        prop::option::weighted(0.1, at)
    };
    let (start, end) = (bound(-200_000_000..20_000_000), bound(-20_000_000..200_000_000));
    (kind, start, end).prop_map(|(kind, start_time, end_time)| TriggerSpec {
        kind,
        start_time,
        end_time,
    })
}

//! Triggers made to be searched for ever; the bench times them, and a test of the library counts
//! their steps.

use std::time::Duration;

use bellwether_domain::Timestamp;
use bellwether_domain::trigger::{
    CalendarSpec, CronFields, CronForm, CronSpec, Dialect, Fold, Gap, IntervalSpec, TriggerKind,
    TriggerSpec,
};

/// Zones with many changes of their clocks, and some without.
pub(crate) const ZONES: [&str; 16] = [
    "America/New_York",
    "Europe/Berlin",
    "Antarctica/Casey",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "America/Sao_Paulo",
    "Asia/Gaza",
    "Asia/Tehran",
    "America/St_Johns",
    "Pacific/Auckland",
    "Africa/Cairo",
    "Africa/Monrovia",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
];

/// A trigger, and what to call it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) spec: TriggerSpec,
}

/// Triggers that were thought of, in each of `zones` and each pair of them.
pub(crate) fn listed(zones: &[&str]) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, spec: TriggerSpec| {
        cases.push(Case { name: name.to_owned(), spec });
    };
    for &zone in zones {
        add(&format!("30 February, {zone}"), cron("0 0 30 2 *", zone));
        add(&format!("29 February, {zone}"), cron("30 2 29 2 *", zone));
        add(&format!("year 2099, {zone}"), cron("0 30 2 31 12 * 2099", zone));
        add(&format!("week 53 in June, {zone}"), fields(Some("6"), Some("53"), zone));
        add(&format!("every second, {zone}"), cron("* * * * * *", zone));
        for &other in zones {
            let pair = format!("{zone} and {other}");
            let odd = "1/2 * * * * *";
            let even = "*/2 * * * * *";
            add(
                &format!("odd and even seconds, {pair}"),
                all([cron(odd, zone), cron(even, other)]),
            );
            add(
                &format!("odd and even minutes, {pair}"),
                all([cron("1/2 * * * *", zone), cron("*/2 * * * *", other)]),
            );
            add(
                &format!("two hours, {pair}"),
                all([cron("0 3 * * *", zone), cron("0 17 * * *", other)]),
            );
            add(
                &format!("two times on other days, {pair}"),
                all([cron("*/7 1-20 1-15 * *", zone), cron("*/5 2-23 18-31 * *", other)]),
            );
            add(
                &format!("calendars of the 30th and 31st, {pair}"),
                all([calendar(1, 0, "2024-01-31", zone), calendar(1, 0, "2024-01-30", other)]),
            );
            add(
                &format!("calendars of Monday and Tuesday, {pair}"),
                all([calendar(0, 7, "2024-01-01", zone), calendar(0, 7, "2024-01-02", other)]),
            );
            add(
                &format!("calendars of each day, {pair}"),
                all([calendar(0, 1, "0001-01-01", zone), calendar(0, 3, "0001-01-02", other)]),
            );
            add(
                &format!("mixed calendars, {pair}"),
                all([mixed("2024-01-31", zone), mixed("2024-01-30", other)]),
            );
        }
        for every in
            [2, 7, 59, 61, 301, 420, 601, 3599, 3607, 7 * 3600, 43201, 86399, 86401, 604801]
        {
            let beat = || interval(every * 1000, 1_700_000_001_000);
            let name = format!("every {every} s and");
            add(&format!("{name} 29 February, {zone}"), all([beat(), cron("0 3 29 2 *", zone)]));
            add(
                &format!("{name} times in sevens, {zone}"),
                all([beat(), cron("*/7 */7 */7 * * MON-SAT", zone)]),
            );
            add(
                &format!("{name} every other second, {zone}"),
                all([beat(), cron("*/2 * * 1 * *", zone)]),
            );
            add(
                &format!("{name} the even seconds of Sundays, {zone}"),
                all([beat(), cron("*/2 * * * * SUN", zone)]),
            );
            add(
                &format!("{name} five of seven seconds of Sundays, {zone}"),
                all([beat(), cron("1-5,8-12,15-19,22-26 */7 */7 * * SUN", zone)]),
            );
            add(
                &format!("{name} weekdays, {zone}"),
                all([beat(), cron("0 */5 9-17 * * MON-FRI", zone)]),
            );
            add(
                &format!("{name} a daily calendar, {zone}"),
                all([beat(), calendar(0, 1, "0001-01-01", zone)]),
            );
            add(
                &format!("{name} a monthly calendar, {zone}"),
                all([beat(), calendar(1, 0, "0001-01-31", zone)]),
            );
        }
        add(
            &format!("a slow beat of odd milliseconds, {zone}"),
            all([interval(86_400_001, 1), cron("0 0 * * *", zone)]),
        );
    }
    let hours = |first: usize, last: usize| -> Vec<TriggerSpec> {
        (first..last).map(|at| cron(&format!("0 {at} * * *"), ZONES[at % 16])).collect()
    };
    add("eight zones", TriggerKind::All(odd_in_zones(8)).into());
    add("nine zones", TriggerKind::All(odd_in_zones(9)).into());
    for size in [2, 4, 8, 12, 16] {
        let (one, other) = (hours(0, size), hours(1, size + 1));
        add(
            &format!("{size} hours and {size} other minutes"),
            all([
                TriggerKind::Any(one.clone()).into(),
                TriggerKind::Any(
                    (0..size).map(|at| cron(&format!("{at} * 1 * *"), ZONES[at])).collect(),
                )
                .into(),
            ]),
        );
        add(&format!("any of {size} hours"), TriggerKind::Any(other).into());
        add(
            &format!("{size} beats and {size} clocks"),
            all([
                TriggerKind::Any(
                    (0..size).map(|at| interval(7_000 * (at as u64 + 1), at as i64)).collect(),
                )
                .into(),
                TriggerKind::Any(one).into(),
            ]),
        );
    }
    add(
        "a hundred dates",
        TriggerKind::Any(
            (0..100)
                .map(|at| {
                    let at = Timestamp::from_millis(1_800_000_000_000 + at * 77_000_000);
                    TriggerKind::Date(bellwether_domain::trigger::DateSpec { at }).into()
                })
                .collect(),
        )
        .into(),
    );
    add(
        "beats that meet after the end",
        all([
            interval(999_999_999_989, 1),
            interval(999_999_999_961, 2),
            interval(999_999_999_937, 3),
        ]),
    );
    cases
}

fn odd_in_zones(count: usize) -> Vec<TriggerSpec> {
    (0..count)
        .map(|at| {
            let minutes = if at == 0 { "1/2" } else { "*/2" };
            cron(&format!("{minutes} * * * *"), ZONES[at])
        })
        .collect()
}

fn cron(expression: &str, zone: &str) -> TriggerSpec {
    cron_of(CronForm::Expression(expression.to_owned()), zone)
}

fn fields(month: Option<&str>, week: Option<&str>, zone: &str) -> TriggerSpec {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let fields = CronFields { month: text(month), week: text(week), ..CronFields::default() };
    cron_of(CronForm::Fields(fields), zone)
}

fn cron_of(form: CronForm, zone: &str) -> TriggerSpec {
    let timezone = zone.to_owned();
    let (dialect, gap, fold) = (Dialect::Unix, Gap::Next, Fold::First);
    TriggerKind::Cron(CronSpec { form, timezone, dialect, gap, fold }).into()
}

fn interval(every: u64, anchor: i64) -> TriggerSpec {
    TriggerKind::Interval(IntervalSpec {
        every: Duration::from_millis(every),
        anchor: Some(Timestamp::from_millis(anchor)),
        fire_immediately: false,
    })
    .into()
}

fn calendar(months: i32, days: i32, start: &str, zone: &str) -> TriggerSpec {
    TriggerKind::Calendar(CalendarSpec {
        years: 0,
        months,
        weeks: 0,
        days,
        at: "02:30:00".to_owned(),
        start_date: start.to_owned(),
        end_date: String::new(),
        timezone: zone.to_owned(),
        gap: Gap::Next,
    })
    .into()
}

fn mixed(start: &str, zone: &str) -> TriggerSpec {
    calendar(1, 1, start, zone)
}

fn all(children: impl Into<Vec<TriggerSpec>>) -> TriggerSpec {
    TriggerKind::All(children.into()).into()
}

/// A small generator of numbers: the same triggers in every run.
pub(crate) struct Dice(u64);

impl Dice {
    /// The same dice each time.
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len() as u64) as usize]
    }

    /// A random combination.
    pub(crate) fn spec(&mut self) -> TriggerSpec {
        let children: Vec<TriggerSpec> = (0..self.roll(3) + 2).map(|_| self.child()).collect();
        TriggerKind::All(children).into()
    }

    fn child(&mut self) -> TriggerSpec {
        let zone = self.pick(&ZONES);
        match self.roll(12) {
            0 | 1 => {
                let every = [1_000, 1_001, 7_000, 60_000, 419_000, 3_601_000, 86_399_000];
                let every = every[self.roll(7) as usize] * (self.roll(9) + 1);
                interval(every, self.roll(1 << 41) as i64 / 1000 * 1000)
            }
            2 | 3 => {
                let start = format!("{:04}-{:02}-31", self.roll(2000) + 1, 1);
                let months = self.roll(3) as i32;
                calendar(months, self.roll(8) as i32 + i32::from(months == 0), &start, zone)
            }
            4 => TriggerKind::Any((0..self.roll(3) + 1).map(|_| self.child()).collect()).into(),
            _ => {
                let seconds = self.pick(&["0", "*/2", "1/2", "*/7", "3,5", "*"]);
                let minutes = self.pick(&["0", "*/2", "1/2", "*/7", "30", "*", "59"]);
                let hours = self.pick(&["2", "*", "*/5", "1-4", "23", "9-17"]);
                let days = self.pick(&["*", "1", "29", "31", "L", "15W", "*/2"]);
                let months = self.pick(&["*", "2", "4,6", "*/5"]);
                let weekdays = self.pick(&["*", "*", "MON-SAT", "0", "*/3", "FRI#5"]);
                cron(&format!("{seconds} {minutes} {hours} {days} {months} {weekdays}"), zone)
            }
        }
    }
}

//! How fast fire times are found, beside the crates `cron` and `croner`.
//!
//! `cargo bench -p bellwether-domain` prints one table. Each form runs in America/New_York from the
//! same two thousand instants for each contender, in rounds by turns; the best round counts, so
//! that a busy machine disturbs all alike. The ratio is the faster peer's time to ours: above 1 we
//! are faster. A peer that has no equivalent of a form is left out there.

use std::hint::black_box;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Instant;

use bellwether_domain::trigger::{
    CronForm, CronSpec, Dialect, Fold, Gap, JobContext, Trigger, TriggerKind, TriggerSpec,
};
use bellwether_domain::{JobUid, Timestamp};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

const ZONE: Tz = chrono_tz::America::New_York;
const STARTS: usize = 2_000;
const ROUNDS: usize = 15;

/// A form and its equivalents: `cron` wants seconds, and neither peer has all.
struct Form {
    name: &'static str,
    ours: &'static str,
    cron: Option<&'static str>,
    croner: Option<&'static str>,
    way: Way,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Next,
    Last,
}

const FORMS: [Form; 8] = [
    Form {
        name: "next: every minute",
        ours: "* * * * *",
        cron: Some("0 * * * * *"),
        croner: Some("* * * * *"),
        way: Way::Next,
    },
    Form {
        name: "next: weekdays at nine",
        ours: "0 9 * * MON-FRI",
        cron: Some("0 0 9 * * Mon-Fri"),
        croner: Some("0 9 * * MON-FRI"),
        way: Way::Next,
    },
    Form {
        name: "next: 29 February",
        ours: "0 0 29 2 *",
        cron: Some("0 0 0 29 2 *"),
        croner: Some("0 0 29 2 *"),
        way: Way::Next,
    },
    Form {
        name: "next: last weekday of the month",
        ours: "0 18 LW * *",
        cron: None,
        croner: Some("0 18 LW * *"),
        way: Way::Next,
    },
    Form {
        name: "next: last Friday of the month",
        ours: "0 18 * * FRIL",
        cron: None,
        croner: Some("0 18 * * FRIL"),
        way: Way::Next,
    },
    Form {
        name: "last: every minute",
        ours: "* * * * *",
        cron: Some("0 * * * * *"),
        croner: Some("* * * * *"),
        way: Way::Last,
    },
    Form {
        name: "last: weekdays at nine",
        ours: "0 9 * * MON-FRI",
        cron: Some("0 0 9 * * Mon-Fri"),
        croner: Some("0 9 * * MON-FRI"),
        way: Way::Last,
    },
    Form {
        name: "last: 29 February",
        ours: "0 0 29 2 *",
        cron: Some("0 0 0 29 2 *"),
        croner: Some("0 0 29 2 *"),
        way: Way::Last,
    },
];

fn main() -> ExitCode {
    println!("{:<34}{:>9}{:>9}{:>9}{:>9}", "ns a call", "ours", "cron", "croner", "ratio");
    let mut slower = 0;
    for form in &FORMS {
        let [ours, cron, croner] = measure(form);
        let peer = [cron, croner].into_iter().flatten().fold(f64::INFINITY, f64::min);
        let ours = ours.unwrap_or(f64::NAN);
        let ratio = peer / ours;
        slower += usize::from(ratio < 1.0);
        let shown = |ns: Option<f64>| ns.map_or("-".to_owned(), |ns| format!("{ns:.0}"));
        println!("{:<34}{ours:>9.0}{:>9}{:>9}{ratio:>8.1}x", form.name, shown(cron), shown(croner));
    }
    ten_years();
    if slower > 0 {
        eprintln!("{slower} forms are slower than the faster peer");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// What catching up on a trigger costs that nobody looked at for ten years.
fn ten_years() {
    let then = Timestamp::from_millis(1_767_225_600_000);
    let now = Timestamp::from_millis(then.as_millis() + 10 * 365 * 86_400_000);
    println!("\n{:<34}{:>9}", "after ten years of downtime", "ns a call");
    for (name, expression) in
        [("every second", "* * * * * *"), ("every minute", "* * * * *"), ("at nine", "0 9 * * *")]
    {
        let trigger = ours(expression);
        let last = best(|| {
            for _ in 0..STARTS {
                black_box(trigger.last_at_or_before(black_box(now)));
            }
        });
        let count = best(|| {
            for _ in 0..STARTS {
                black_box(trigger.count_between(black_box(then), black_box(now), 0));
            }
        });
        println!("{:<34}{last:>9.0}", format!("last_at_or_before: {name}"));
        println!("{:<34}{count:>9.0}", format!("count_between: {name}"));
    }
}

fn measure(form: &Form) -> [Option<f64>; 3] {
    let starts: Vec<DateTime<Utc>> = (0..STARTS as i64)
        .map(|i| DateTime::UNIX_EPOCH + TimeDelta::seconds(1_420_070_400 + i * 315_576 + i % 60))
        .collect();
    let zoned: Vec<DateTime<Tz>> =
        starts.iter().map(|at| ZONE.from_utc_datetime(&at.naive_utc())).collect();
    let stamps: Vec<Timestamp> =
        starts.iter().map(|at| Timestamp::from_millis(at.timestamp_millis())).collect();
    let trigger = ours(form.ours);
    let cron = form.cron.map(|text| cron::Schedule::from_str(text).expect("cron reads it"));
    let croner = form.croner.map(|text| croner::Cron::from_str(text).expect("croner reads it"));
    check_equal(form, &trigger, cron.as_ref(), croner.as_ref(), &zoned);
    let mut found = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        found[0] = found[0].min(time(|| {
            for at in &stamps {
                black_box(match form.way {
                    Way::Next => trigger.next_after(*at),
                    Way::Last => trigger.last_at_or_before(*at),
                });
            }
        }));
        if let Some(cron) = &cron {
            found[1] = found[1].min(time(|| {
                for at in &zoned {
                    let mut times = cron.after(at);
                    black_box(match form.way {
                        Way::Next => times.next(),
                        Way::Last => times.next_back(),
                    });
                }
            }));
        }
        if let Some(croner) = &croner {
            found[2] = found[2].min(time(|| {
                for at in &zoned {
                    let time = match form.way {
                        Way::Next => croner.find_next_occurrence(at, false),
                        Way::Last => croner.find_previous_occurrence(at, true),
                    };
                    let _ = black_box(time);
                }
            }));
        }
    }
    found.map(|ns| ns.is_finite().then_some(ns))
}

/// That all contenders are asked the same: each `next` has one answer, but around changes of the
/// clocks, where they differ in their rules (and in being right). The peers' `last` begins at
/// another moment than ours, so it has no answer in common.
fn check_equal(
    form: &Form,
    ours: &Trigger,
    cron: Option<&cron::Schedule>,
    croner: Option<&croner::Cron>,
    starts: &[DateTime<Tz>],
) {
    if form.way == Way::Last {
        return;
    }
    let mut other = [0; 2];
    for start in starts {
        let found = ours.next_after(Timestamp::from_millis(start.timestamp_millis()));
        let found = found.map(|at| at.as_millis() / 1000);
        let peers = [
            cron.map(|cron| cron.after(start).next()),
            croner.map(|croner| croner.find_next_occurrence(start, false).ok()),
        ];
        for (other, peer) in other.iter_mut().zip(peers) {
            *other += usize::from(peer.is_some_and(|at| at.map(|at| at.timestamp()) != found));
        }
    }
    assert!(other.iter().all(|other| *other <= STARTS / 100), "{}: {other:?}", form.name);
}

fn ours(expression: &str) -> Trigger {
    let spec = TriggerSpec::from(TriggerKind::Cron(CronSpec {
        form: CronForm::Expression(expression.to_owned()),
        timezone: ZONE.name().to_owned(),
        dialect: Dialect::Unix,
        gap: Gap::Next,
        fold: Fold::First,
    }));
    let uid = JobUid(uuid::Uuid::nil());
    let context = JobContext { uid, created: Timestamp::UNIX_EPOCH };
    spec.compile(&context).expect("we read it")
}

fn best(run: impl Fn()) -> f64 {
    (0..ROUNDS).map(|_| time(&run)).fold(f64::INFINITY, f64::min)
}

/// Nanoseconds a call, for a run over all starts.
fn time(run: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    run();
    begin.elapsed().as_nanos() as f64 / STARTS as f64
}

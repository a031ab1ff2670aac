//! The slowest answers there are: triggers made to be searched for ever.
//!
//! `cargo bench -p bellwether-domain --bench worst` asks each trigger for the next fire time from
//! 1970 and from 2026, for the last one before the end, and for the count from 1970 on, and prints
//! the slowest. More than 5 ms for any call is a failure. `BELLWETHER_WORST_CASES` sets how many
//! random combinations are tried beside those listed; `BELLWETHER_WORST_REFUSED` names what is
//! refused.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

mod cases;

use bellwether_domain::trigger::JobContext;
use bellwether_domain::{JobUid, Timestamp};
use cases::{Case, Dice, ZONES, listed};

const LIMIT: Duration = Duration::from_millis(5);
const SHOWN: usize = 25;
/// How often a slow call is repeated: the processor's time is counted in ticks of some ms.
const REPEATS: u32 = 25;

fn main() -> ExitCode {
    let mut cases = listed(&ZONES);
    let random = std::env::var("BELLWETHER_WORST_CASES");
    let random = random.map_or(300, |count| count.parse().expect("a number of cases"));
    let mut dice = Dice::new();
    cases.extend((0..random).map(|at| {
        let spec = dice.spec();
        Case { name: format!("random {at}, {spec:?}"), spec }
    }));
    let (mut slowest, mut refused) = (Vec::new(), 0);
    for case in &cases {
        match measure(case) {
            Some(found) => slowest.extend(found),
            None => refused += 1,
        }
    }
    slowest.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
    println!("{} triggers, {refused} refused; the slowest calls:", cases.len());
    for (took, what) in slowest.iter().take(SHOWN) {
        println!("{:>10.3} ms  {what}", took.as_secs_f64() * 1e3);
    }
    if slowest.first().is_some_and(|(took, _)| *took > LIMIT) {
        eprintln!("a call took more than {LIMIT:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The time of each kind of call; `None` where the trigger is refused.
fn measure(case: &Case) -> Option<Vec<(Duration, String)>> {
    let now = Timestamp::from_millis(1_780_000_000_123);
    let context = JobContext { uid: JobUid(uuid::Uuid::nil()), created: now };
    // Once before, so that no zone is read for the first time.
    let trigger = match case.spec.compile(&context) {
        Ok(trigger) => trigger,
        Err(error) => {
            if std::env::var_os("BELLWETHER_WORST_REFUSED").is_some() {
                println!("refused: {}: {error}", case.name);
            }
            return None;
        }
    };
    let time = |what: &str, run: &dyn Fn()| {
        let wall = Instant::now();
        run();
        let mut took = wall.elapsed();
        if took > LIMIT / 5 {
            // A machine with other work stretches a single run; what counts is our share of it.
            let begin = clock();
            (0..REPEATS).for_each(|_| run());
            took = clock().saturating_sub(begin) / REPEATS;
        }
        (took, format!("{what}: {}", case.name))
    };
    Some(vec![
        time("compile", &|| {
            let _ = black_box(case.spec.compile(&context));
        }),
        time("next from 1970", &|| {
            black_box(trigger.next_after(Timestamp::UNIX_EPOCH));
        }),
        time("next", &|| {
            black_box(trigger.next_after(now));
        }),
        time("next from 0001", &|| {
            black_box(trigger.next_after(Timestamp::MIN));
        }),
        time("last", &|| {
            black_box(trigger.last_at_or_before(now));
        }),
        time("last before the end", &|| {
            black_box(trigger.last_at_or_before(Timestamp::MAX));
        }),
        time("count", &|| {
            black_box(trigger.count_between(Timestamp::UNIX_EPOCH, Timestamp::MAX, 1000));
        }),
    ])
}

/// The time that this thread has spent on a processor, so that other work on the machine does not
/// count; elsewhere than on Linux the time that has passed.
fn clock() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let start = START.get_or_init(Instant::now);
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|text| text.split(' ').next()?.parse().ok());
    spent.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

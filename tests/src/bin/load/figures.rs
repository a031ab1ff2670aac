//! The figures, counted from the records.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bellwether_client::v1::RunState;
use bellwether_domain::Timestamp;
use bellwether_tests::record::RunRecord;
use serde_json::{Value, json};

use crate::Options;
use crate::load::Measured;

/// How many findings are shown.
const SHOWN: usize = 10;

/// The figures of a measurement.
pub(crate) struct Figures {
    asked: String,
    seconds: f64,
    expected: usize,
    runs: usize,
    succeeded: usize,
    within: usize,
    slowest_second: usize,
    coalesced: u64,
    skipped: usize,
    lateness: Lateness,
    early: usize,
    lost: usize,
    duplicate: usize,
    findings: Vec<String>,
    settled: Duration,
    node_cpu: Duration,
    redis_cpu: Duration,
    redis_us_per_run: f64,
    node_us_per_run: f64,
    redis_memory: u64,
    worker_cpu: Option<Duration>,
    worker_us_per_run: Option<f64>,
}

/// How long after they were due runs were started, in milliseconds.
struct Lateness {
    p50: i64,
    p99: i64,
    max: i64,
}

impl Figures {
    pub(crate) fn of(options: &Options, measured: &Measured) -> Self {
        let Measured { began, ended, runs, verdict, .. } = measured;
        let done: Vec<&RunRecord> =
            runs.iter().filter(|run| run.state == RunState::Succeeded).collect();
        let ends: Vec<Timestamp> = done.iter().filter_map(|run| run.ended).collect();
        let within = ends.iter().filter(|end| *end < ended).count();
        let last = ends.iter().max().copied().unwrap_or(*ended);
        let seconds = ended.since(*began).as_secs_f64();
        let per_run = |cost: Duration| cost.as_secs_f64() * 1e6 / as_f64(within.max(1));
        Self {
            asked: format!(
                "{} jobs{}, each every {:?}{}, for {seconds} s; {} partitions, persistence {:?}",
                options.jobs,
                if options.worker { " for one worker" } else { "" },
                options.every,
                if options.aligned { ", all at once" } else { ", spread" },
                options.partitions,
                options.persistence,
            ),
            seconds,
            expected: verdict.summary.expected,
            runs: runs.len(),
            succeeded: done.len(),
            within,
            slowest_second: slowest_second(&ends, *began, *ended),
            coalesced: done.iter().map(|run| u64::from(run.covers.others)).sum(),
            skipped: runs.iter().filter(|run| run.state == RunState::Skipped).count(),
            lateness: Lateness::of(&done),
            early: runs.iter().filter(|run| is_early(run)).count(),
            lost: verdict.summary.lost,
            duplicate: verdict.summary.duplicate,
            findings: verdict.findings.iter().map(ToString::to_string).collect(),
            settled: last.since(*ended),
            node_cpu: measured.node_cpu,
            redis_cpu: measured.redis_cpu,
            redis_us_per_run: per_run(measured.redis_cpu),
            node_us_per_run: per_run(measured.node_cpu),
            redis_memory: measured.redis_memory,
            worker_cpu: measured.worker_cpu,
            worker_us_per_run: measured.worker_cpu.map(per_run),
        }
    }

    /// Whether every fire time was run, or accounted for, once and not before its time.
    pub(crate) fn is_sound(&self) -> bool {
        self.findings.is_empty() && self.early == 0 && self.expected > 0
    }

    fn due_per_second(&self) -> f64 {
        as_f64(self.expected) / self.seconds
    }

    fn runs_per_second(&self) -> f64 {
        as_f64(self.within) / self.seconds
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "asked": self.asked,
            "due_per_s": self.due_per_second(),
            "runs_per_s": self.runs_per_second(),
            "slowest_second": self.slowest_second,
            "fire_times": self.expected,
            "runs": self.runs,
            "succeeded": self.succeeded,
            "coalesced": self.coalesced,
            "skipped": self.skipped,
            "lateness_ms": {
                "p50": self.lateness.p50,
                "p99": self.lateness.p99,
                "max": self.lateness.max,
            },
            "early": self.early,
            "lost": self.lost,
            "duplicate": self.duplicate,
            "findings": self.findings.len(),
            "settled_s": self.settled.as_secs_f64(),
            "node_cpu_s": self.node_cpu.as_secs_f64(),
            "redis_cpu_s": self.redis_cpu.as_secs_f64(),
            "node_us_per_run": self.node_us_per_run,
            "redis_us_per_run": self.redis_us_per_run,
            "redis_memory_bytes": self.redis_memory,
            "worker_cpu_s": self.worker_cpu.map(|cpu| cpu.as_secs_f64()),
            "worker_us_per_run": self.worker_us_per_run,
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (due, ran) = (self.due_per_second(), self.runs_per_second());
        let Lateness { p50, p99, max } = self.lateness;
        writeln!(f, "{}", self.asked)?;
        writeln!(f, "fire times   {} ({due:.0}/s due)", self.expected)?;
        writeln!(
            f,
            "runs         {} succeeded, {} of them in time ({ran:.0}/s; slowest second {})",
            self.succeeded, self.within, self.slowest_second
        )?;
        writeln!(
            f,
            "             {} fire times coalesced into others' runs, {} skipped, {} records in all",
            self.coalesced, self.skipped, self.runs
        )?;
        writeln!(f, "lateness     p50 {p50} ms, p99 {p99} ms, max {max} ms")?;
        writeln!(
            f,
            "checker      {} early, {} lost, {} duplicate, {} findings",
            self.early,
            self.lost,
            self.duplicate,
            self.findings.len()
        )?;
        let settled = self.settled.as_secs_f64();
        writeln!(f, "backlog      gone {settled:.3} s after the last fire time")?;
        let (node, redis) = (self.node_cpu.as_secs_f64(), self.redis_cpu.as_secs_f64());
        writeln!(
            f,
            "CPU          node {node:.2} s ({:.1} us a run), Redis {redis:.2} s ({:.1} us a run)",
            self.node_us_per_run, self.redis_us_per_run
        )?;
        if let Some((cpu, each)) = self.worker_cpu.zip(self.worker_us_per_run) {
            writeln!(f, "             worker {:.2} s ({each:.1} us a run)", cpu.as_secs_f64())?;
        }
        write!(f, "Redis        {} MiB with every record kept", self.redis_memory >> 20)?;
        for finding in self.findings.iter().take(SHOWN) {
            write!(f, "\n  {finding}")?;
        }
        Ok(())
    }
}

impl Lateness {
    fn of(runs: &[&RunRecord]) -> Self {
        let late =
            |run: &&RunRecord| run.started.map(|at| at.as_millis() - run.start_after.as_millis());
        let mut sorted: Vec<i64> = runs.iter().filter_map(late).collect();
        sorted.sort_unstable();
        let at = |share: usize| {
            let place = (sorted.len() * share / 100).min(sorted.len().saturating_sub(1));
            sorted.get(place).copied().unwrap_or(0)
        };
        Self { p50: at(50), p99: at(99), max: sorted.last().copied().unwrap_or(0) }
    }
}

fn is_early(run: &RunRecord) -> bool {
    run.claimed < run.start_after || run.started.is_some_and(|at| at < run.start_after)
}

/// The fewest runs that ended in one of the full seconds.
fn slowest_second(ends: &[Timestamp], began: Timestamp, ended: Timestamp) -> usize {
    let second = |at: &Timestamp| at.since(began).as_secs();
    let mut counts: BTreeMap<u64, usize> = (0..second(&ended)).map(|at| (at, 0)).collect();
    for end in ends {
        if let Some(count) = counts.get_mut(&second(end)) {
            *count += 1;
        }
    }
    counts.into_values().min().unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^52")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

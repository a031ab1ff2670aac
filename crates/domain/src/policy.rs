//! The policy of a job: what happens to fire times that come due late, together or while earlier
//! runs still go on. Defaults and meaning: the table in `docs/policy.md`.

use std::time::Duration;

use crate::Violation;

/// Which of the fire times that are due together is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coalesce {
    /// The latest; its run covers the others.
    #[default]
    Latest,
    /// The earliest; its run covers the others.
    Earliest,
    /// Each has a run of its own, in order, at most `max_instances` at a time.
    All,
}

/// How late a run may start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Misfire {
    /// However late.
    #[default]
    Unlimited,
    /// Later than this after its `start_after`, a fire time is recorded `missed` and not run.
    Grace(Duration),
}

/// What a fire time that comes due at the limit of running attempts does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlap {
    /// It becomes a `skipped` record.
    #[default]
    Skip,
    /// It waits, up to `queue_limit` of them; beyond, it is skipped.
    Queue,
    /// The oldest attempt is cancelled and it starts when that one has ended.
    Replace,
}

/// What becomes of a run whose attempt was cut off with its node or worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnLost {
    /// Another attempt, up to `max_lost` lost ones.
    #[default]
    Retry,
    /// The run ends `lost`.
    Fail,
}

/// Which runs of a queue go first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Before the others.
    High,
    /// The rest.
    #[default]
    Normal,
    /// After the others, never starved.
    Low,
}

impl Priority {
    /// All, in the order in which they are served.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];
}

/// How failed attempts are repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    /// Attempts in all, at least 1. Lost attempts do not count.
    pub max_attempts: u32,
    /// The wait before the second attempt.
    pub initial_backoff: Duration,
    /// The longest wait.
    pub max_backoff: Duration,
    /// What the wait grows by each time, at least 1.
    pub multiplier: f64,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: 1,
            initial_backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(300),
            multiplier: 2.0,
        }
    }
}

impl Retry {
    /// The wait before the attempt that follows `counted` failed ones, with full jitter of its
    /// upper half: `spread` in 0..1 picks the place. Half is kept so that a backoff stays one.
    #[must_use]
    pub fn backoff(&self, counted: u32, spread: f64) -> Duration {
        let exponent = i32::try_from(counted.saturating_sub(1)).unwrap_or(i32::MAX);
        let grown = self.initial_backoff.as_secs_f64() * self.multiplier.powi(exponent);
        let capped = grown.min(self.max_backoff.as_secs_f64());
        Duration::from_secs_f64(capped * (0.5 + 0.5 * spread.clamp(0.0, 1.0)))
    }
}

/// A policy with every field settled.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Which of several due fire times runs.
    pub coalesce: Coalesce,
    /// How late a run may start.
    pub misfire: Misfire,
    /// Running attempts at once, at least 1.
    pub max_instances: u32,
    /// What a fire time at the limit does.
    pub overlap: Overlap,
    /// How many wait under [`Overlap::Queue`].
    pub queue_limit: u32,
    /// The longest that one attempt may take.
    pub timeout: Duration,
    /// How failed attempts are repeated.
    pub retry: Retry,
    /// What becomes of a cut-off attempt's run.
    pub on_lost: OnLost,
    /// Lost attempts after which the run ends `lost`.
    pub max_lost: u32,
    /// How long a cancelled attempt has to end before its successor starts.
    pub cancel_grace: Duration,
    /// Which runs go first.
    pub priority: Priority,
    /// The most by which a run is delayed; a stable hash of (uid, fire time) says how much.
    pub jitter: Duration,
    /// Scheduled runs after which the job is finished.
    pub max_fires: Option<u32>,
    /// Succeeded runs kept.
    pub history_limit: u32,
    /// Other finished runs kept.
    pub failed_history_limit: u32,
    /// Failed runs in a row after which the job is paused.
    pub pause_after_failures: Option<u32>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            coalesce: Coalesce::default(),
            misfire: Misfire::default(),
            max_instances: 1,
            overlap: Overlap::default(),
            queue_limit: 1,
            timeout: Duration::from_secs(3600),
            retry: Retry::default(),
            on_lost: OnLost::default(),
            max_lost: 3,
            cancel_grace: Duration::from_secs(5),
            priority: Priority::default(),
            jitter: Duration::ZERO,
            max_fires: None,
            history_limit: 20,
            failed_history_limit: 20,
            pause_after_failures: None,
        }
    }
}

/// A policy as a client gives it: every field may be left out, and what is left out follows the
/// defaults for as long as it stays so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicySpec {
    /// See [`Policy::coalesce`].
    pub coalesce: Option<Coalesce>,
    /// See [`Policy::misfire`].
    pub misfire: Option<Misfire>,
    /// See [`Policy::max_instances`].
    pub max_instances: Option<u32>,
    /// See [`Policy::overlap`].
    pub overlap: Option<Overlap>,
    /// See [`Policy::queue_limit`].
    pub queue_limit: Option<u32>,
    /// See [`Policy::timeout`].
    pub timeout: Option<Duration>,
    /// See [`Policy::retry`].
    pub retry: Option<RetrySpec>,
    /// See [`Policy::on_lost`].
    pub on_lost: Option<OnLost>,
    /// See [`Policy::max_lost`].
    pub max_lost: Option<u32>,
    /// See [`Policy::cancel_grace`].
    pub cancel_grace: Option<Duration>,
    /// See [`Policy::priority`].
    pub priority: Option<Priority>,
    /// See [`Policy::jitter`].
    pub jitter: Option<Duration>,
    /// See [`Policy::max_fires`].
    pub max_fires: Option<u32>,
    /// See [`Policy::history_limit`].
    pub history_limit: Option<u32>,
    /// See [`Policy::failed_history_limit`].
    pub failed_history_limit: Option<u32>,
    /// See [`Policy::pause_after_failures`].
    pub pause_after_failures: Option<u32>,
}

/// [`Retry`] as a client gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RetrySpec {
    /// See [`Retry::max_attempts`].
    pub max_attempts: Option<u32>,
    /// See [`Retry::initial_backoff`].
    pub initial_backoff: Option<Duration>,
    /// See [`Retry::max_backoff`].
    pub max_backoff: Option<Duration>,
    /// See [`Retry::multiplier`].
    pub multiplier: Option<f64>,
}

/// The longest duration that a policy may hold: 366 days.
pub const MAX_DURATION: Duration = Duration::from_secs(366 * 86_400);

impl PolicySpec {
    /// The policy that results where `defaults` fill what this leaves out.
    #[must_use]
    pub fn resolve(&self, defaults: &Policy) -> Policy {
        let retry = self.retry.unwrap_or_default();
        Policy {
            coalesce: self.coalesce.unwrap_or(defaults.coalesce),
            misfire: self.misfire.unwrap_or(defaults.misfire),
            max_instances: self.max_instances.unwrap_or(defaults.max_instances),
            overlap: self.overlap.unwrap_or(defaults.overlap),
            queue_limit: self.queue_limit.unwrap_or(defaults.queue_limit),
            timeout: self.timeout.unwrap_or(defaults.timeout),
            retry: Retry {
                max_attempts: retry.max_attempts.unwrap_or(defaults.retry.max_attempts),
                initial_backoff: retry.initial_backoff.unwrap_or(defaults.retry.initial_backoff),
                max_backoff: retry.max_backoff.unwrap_or(defaults.retry.max_backoff),
                multiplier: retry.multiplier.unwrap_or(defaults.retry.multiplier),
            },
            on_lost: self.on_lost.unwrap_or(defaults.on_lost),
            max_lost: self.max_lost.unwrap_or(defaults.max_lost),
            cancel_grace: self.cancel_grace.unwrap_or(defaults.cancel_grace),
            priority: self.priority.unwrap_or(defaults.priority),
            jitter: self.jitter.unwrap_or(defaults.jitter),
            max_fires: self.max_fires.or(defaults.max_fires),
            history_limit: self.history_limit.unwrap_or(defaults.history_limit),
            failed_history_limit: self
                .failed_history_limit
                .unwrap_or(defaults.failed_history_limit),
            pause_after_failures: self.pause_after_failures.or(defaults.pause_after_failures),
        }
    }

    /// Every field whose value is out of bounds, by its path below the policy.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let retry = self.retry.unwrap_or_default();
        let grace = match self.misfire {
            Some(Misfire::Grace(grace)) => Some(grace),
            Some(Misfire::Unlimited) | None => None,
        };
        let counts = [
            ("max_instances", self.max_instances, 1, 1_000),
            ("queue_limit", self.queue_limit, 0, 10_000),
            ("max_lost", self.max_lost, 1, 1_000),
            ("max_fires", self.max_fires, 1, i32::MAX.unsigned_abs()),
            ("history_limit", self.history_limit, 0, 10_000),
            ("failed_history_limit", self.failed_history_limit, 0, 10_000),
            ("pause_after_failures", self.pause_after_failures, 1, 1_000_000),
            ("retry.max_attempts", retry.max_attempts, 1, 10_000),
        ];
        let ms = Duration::from_millis(1);
        let spans = [
            ("misfire_grace", grace, Duration::ZERO),
            ("timeout", self.timeout, ms),
            ("cancel_grace", self.cancel_grace, Duration::ZERO),
            ("jitter", self.jitter, Duration::ZERO),
            ("retry.initial_backoff", retry.initial_backoff, Duration::ZERO),
            ("retry.max_backoff", retry.max_backoff, Duration::ZERO),
        ];
        let counts = counts.into_iter().filter_map(|(field, value, least, most)| {
            let value = value.filter(|value| !(least..=most).contains(value))?;
            Some(Violation::new(field, format!("{value} is not allowed; {least} to {most} is")))
        });
        let spans = spans.into_iter().filter_map(|(field, value, least)| {
            let value = value.filter(|value| !(least..=MAX_DURATION).contains(value))?;
            let allowed = format!("{least:?} to 366 days");
            Some(Violation::new(field, format!("{value:?} is not allowed; {allowed} is")))
        });
        let multiplier = retry.multiplier.filter(|value| !(1.0..=100.0).contains(value));
        let multiplier = multiplier.map(|value| {
            Violation::new("retry.multiplier", format!("{value} is not allowed; 1 to 100 is"))
        });
        counts.chain(spans).chain(multiplier).collect()
    }
}

//! Jobs and moments for the tests of decisions. Instants are in milliseconds, triggers in seconds.

use std::sync::LazyLock;
use std::time::Duration;

use bellwether_domain::address::AddressPolicy;
use bellwether_domain::trigger::{
    CronForm, CronSpec, DateSpec, Dialect, Fold, Gap, IntervalSpec, TriggerKind, TriggerSpec,
};
use bellwether_domain::{
    Etag, HttpTarget, Job, JobDefaults, JobSpec, JobState, Limits, PartitionCount, PolicySpec,
    StreamPolicy, Target, Timestamp,
};
use bellwether_proto::convert::{JobInput, SecretInput};

use super::{Fresh, Moment, create};

static DEFAULTS: LazyLock<JobDefaults> = LazyLock::new(JobDefaults::default);
static ADDRESSES: LazyLock<AddressPolicy> = LazyLock::new(AddressPolicy::default);
static STREAMS: LazyLock<StreamPolicy> = LazyLock::new(StreamPolicy::default);
static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);

pub(super) fn ms(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

pub(super) fn moment(now: i64) -> Moment<'static> {
    Moment {
        now: ms(now),
        fresh: Fresh { etag: Etag(now.to_be_bytes()), entropy: [7; 10] },
        hurried: false,
        partitions: PartitionCount::DEFAULT,
        defaults: &DEFAULTS,
        addresses: &ADDRESSES,
        streams: &STREAMS,
        limits: &LIMITS,
    }
}

fn interval(every: u64, fire_immediately: bool) -> TriggerSpec {
    let every = Duration::from_secs(every);
    TriggerKind::Interval(IntervalSpec { every, anchor: None, fire_immediately }).into()
}

pub(super) fn every(seconds: u64) -> TriggerSpec {
    interval(seconds, false)
}

pub(super) fn immediately(seconds: u64) -> TriggerSpec {
    interval(seconds, true)
}

pub(super) fn date(seconds: i64) -> TriggerSpec {
    TriggerKind::Date(DateSpec { at: ms(seconds * 1_000) }).into()
}

pub(super) fn cron(expression: &str) -> TriggerSpec {
    TriggerKind::Cron(CronSpec {
        form: CronForm::Expression(expression.to_owned()),
        timezone: String::new(),
        dialect: Dialect::Unix,
        gap: Gap::Next,
        fold: Fold::First,
    })
    .into()
}

pub(super) fn until(trigger: TriggerSpec, seconds: i64) -> TriggerSpec {
    TriggerSpec { end_time: Some(ms(seconds * 1_000)), ..trigger }
}

pub(super) fn http(url: &str) -> Target {
    Target::Http(HttpTarget {
        url: url.to_owned(),
        method: "POST".to_owned(),
        headers: <_>::default(),
        body: None,
        signing_secret: None,
    })
}

pub(super) fn input(trigger: TriggerSpec) -> JobInput {
    let spec = JobSpec {
        description: String::new(),
        labels: <_>::default(),
        trigger,
        target: Target::Noop,
        policy: PolicySpec::default(),
    };
    let key = "default/tick".parse().expect("a key");
    JobInput { key, spec, secret: SecretInput::Given }
}

pub(super) fn with_target(input: JobInput, target: Target) -> JobInput {
    JobInput { spec: JobSpec { target, ..input.spec }, ..input }
}

/// A job as it is right after its creation at `created`.
pub(super) fn job(trigger: TriggerSpec, created: i64) -> Job {
    create(&moment(created), &input(trigger)).expect("a valid job").job
}

pub(super) fn paused(mut job: Job, reason: &str) -> Job {
    job.status.state = JobState::Paused { reason: reason.to_owned() };
    job.status.next_fire = None;
    job
}

/// The job after its last fire time, `last`, was claimed.
pub(super) fn finished(mut job: Job, last: i64) -> Job {
    job.status.state = JobState::Finished;
    job.status.next_fire = None;
    job.status.last_fire = Some(ms(last));
    job.status.fires += 1;
    job
}

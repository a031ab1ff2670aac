//! Policies.

use bellwether_domain::{Misfire, Policy, PolicySpec, Retry, RetrySpec};

use super::Problems;
use super::enums::{self, WireEnum};
use super::time::{duration_from_proto, duration_to_proto};
use crate::v1;

/// Reads a policy.
pub fn policy_from_proto(value: v1::Policy, field: &str, problems: &mut Problems) -> PolicySpec {
    let mut reader = Reader { field, problems };
    let spec = PolicySpec {
        coalesce: reader.variant(value.coalesce, "coalesce"),
        misfire: reader.misfire(value.misfire),
        max_instances: reader.count(value.max_instances, "max_instances"),
        overlap: reader.variant(value.overlap, "overlap"),
        queue_limit: reader.count(value.queue_limit, "queue_limit"),
        timeout: reader.span(value.timeout, "timeout"),
        retry: value.retry.map(|retry| reader.retry(retry)),
        on_lost: reader.variant(value.on_lost, "on_lost"),
        max_lost: reader.count(value.max_lost, "max_lost"),
        cancel_grace: reader.span(value.cancel_grace, "cancel_grace"),
        priority: reader.variant(value.priority, "priority"),
        jitter: reader.span(value.jitter, "jitter"),
        max_fires: reader.count(value.max_fires, "max_fires"),
        history_limit: reader.count(value.history_limit, "history_limit"),
        failed_history_limit: reader.count(value.failed_history_limit, "failed_history_limit"),
        pause_after_failures: reader.count(value.pause_after_failures, "pause_after_failures"),
    };
    for violation in spec.violations() {
        problems.invalid(format!("{field}.{}", violation.field), violation.message);
    }
    spec
}

/// Reads the fields of a policy.
struct Reader<'a> {
    field: &'a str,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn variant<T: WireEnum>(&mut self, number: Option<i32>, name: &str) -> Option<T> {
        let field = format!("{}.{name}", self.field);
        number.and_then(|number| enums::read(number, &field, self.problems))
    }

    /// A count; its upper bound is the policy's to know.
    fn count(&mut self, number: Option<i32>, name: &str) -> Option<u32> {
        let number = number?;
        let count = u32::try_from(number).ok();
        if count.is_none() {
            let message = format!("{number} is not allowed; a count is at least 0");
            self.problems.invalid(format!("{}.{name}", self.field), message);
        }
        count
    }

    fn span(
        &mut self,
        value: Option<prost_types::Duration>,
        name: &str,
    ) -> Option<std::time::Duration> {
        duration_from_proto(value, &format!("{}.{name}", self.field), self.problems)
    }

    fn misfire(&mut self, value: Option<v1::policy::Misfire>) -> Option<Misfire> {
        use v1::policy::Misfire as Wire;
        match value? {
            Wire::MisfireGrace(grace) => {
                self.span(Some(grace), "misfire_grace").map(Misfire::Grace)
            }
            Wire::MisfireUnlimited(true) => Some(Misfire::Unlimited),
            Wire::MisfireUnlimited(false) => {
                let field = format!("{}.misfire_unlimited", self.field);
                let message = "false is not allowed; true is, or misfire_grace in its place";
                self.problems.invalid(field, message);
                None
            }
        }
    }

    fn retry(&mut self, value: v1::RetryPolicy) -> RetrySpec {
        RetrySpec {
            max_attempts: self.count(value.max_attempts, "retry.max_attempts"),
            initial_backoff: self.span(value.initial_backoff, "retry.initial_backoff"),
            max_backoff: self.span(value.max_backoff, "retry.max_backoff"),
            multiplier: value.multiplier,
        }
    }
}

/// The message of a policy as a client gave it; `None` when it left out everything.
#[must_use]
pub fn policy_to_proto(spec: &PolicySpec) -> Option<v1::Policy> {
    if *spec == PolicySpec::default() {
        return None;
    }
    Some(v1::Policy {
        coalesce: spec.coalesce.map(WireEnum::to_wire),
        misfire: spec.misfire.map(misfire_to_proto),
        max_instances: spec.max_instances.map(count_to_proto),
        overlap: spec.overlap.map(WireEnum::to_wire),
        queue_limit: spec.queue_limit.map(count_to_proto),
        timeout: spec.timeout.map(duration_to_proto),
        retry: spec.retry.map(|retry| v1::RetryPolicy {
            max_attempts: retry.max_attempts.map(count_to_proto),
            initial_backoff: retry.initial_backoff.map(duration_to_proto),
            max_backoff: retry.max_backoff.map(duration_to_proto),
            multiplier: retry.multiplier,
        }),
        on_lost: spec.on_lost.map(WireEnum::to_wire),
        max_lost: spec.max_lost.map(count_to_proto),
        cancel_grace: spec.cancel_grace.map(duration_to_proto),
        priority: spec.priority.map(WireEnum::to_wire),
        jitter: spec.jitter.map(duration_to_proto),
        max_fires: spec.max_fires.map(count_to_proto),
        history_limit: spec.history_limit.map(count_to_proto),
        failed_history_limit: spec.failed_history_limit.map(count_to_proto),
        pause_after_failures: spec.pause_after_failures.map(count_to_proto),
    })
}

/// The message of a policy with every field settled: all are set but those without a limit.
#[must_use]
pub fn effective_policy_to_proto(policy: &Policy) -> v1::Policy {
    let Policy { retry, .. } = policy;
    let Retry { max_attempts, initial_backoff, max_backoff, multiplier } = *retry;
    let spec = PolicySpec {
        coalesce: Some(policy.coalesce),
        misfire: Some(policy.misfire),
        max_instances: Some(policy.max_instances),
        overlap: Some(policy.overlap),
        queue_limit: Some(policy.queue_limit),
        timeout: Some(policy.timeout),
        retry: Some(RetrySpec {
            max_attempts: Some(max_attempts),
            initial_backoff: Some(initial_backoff),
            max_backoff: Some(max_backoff),
            multiplier: Some(multiplier),
        }),
        on_lost: Some(policy.on_lost),
        max_lost: Some(policy.max_lost),
        cancel_grace: Some(policy.cancel_grace),
        priority: Some(policy.priority),
        jitter: Some(policy.jitter),
        max_fires: policy.max_fires,
        history_limit: Some(policy.history_limit),
        failed_history_limit: Some(policy.failed_history_limit),
        pause_after_failures: policy.pause_after_failures,
    };
    policy_to_proto(&spec).unwrap_or_default()
}

fn misfire_to_proto(misfire: Misfire) -> v1::policy::Misfire {
    match misfire {
        Misfire::Grace(grace) => v1::policy::Misfire::MisfireGrace(duration_to_proto(grace)),
        Misfire::Unlimited => v1::policy::Misfire::MisfireUnlimited(true),
    }
}

/// A count on the wire, which stops at what an `int32` can carry.
pub(super) fn count_to_proto(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::convert::Rejection;

    fn read(policy: v1::Policy) -> Result<PolicySpec, Rejection> {
        let mut problems = Problems::default();
        let spec = policy_from_proto(policy, "job.policy", &mut problems);
        problems.finish().map(|()| spec)
    }

    fn span(seconds: i64) -> Option<prost_types::Duration> {
        Some(prost_types::Duration { seconds, nanos: 0 })
    }

    /// A policy with one field set, and what the message about it says.
    fn invalid() -> Vec<(v1::Policy, &'static str)> {
        use v1::policy::Misfire;
        let none = v1::Policy::default;
        let retry = |retry| v1::Policy { retry: Some(retry), ..none() };
        let no_retry = v1::RetryPolicy::default;
        let grace = prost_types::Duration { seconds: -1, nanos: 0 };
        vec![
            (v1::Policy { coalesce: Some(9), ..none() }, "coalesce: 9 is no Coalesce"),
            (v1::Policy { overlap: Some(-1), ..none() }, "overlap: -1 is no Overlap"),
            (v1::Policy { on_lost: Some(3), ..none() }, "on_lost: 3 is no OnLost"),
            (v1::Policy { priority: Some(4), ..none() }, "priority: 4 is no Priority"),
            (v1::Policy { max_instances: Some(0), ..none() }, "max_instances: 0 is not"),
            (v1::Policy { max_instances: Some(-1), ..none() }, "max_instances: -1 is not"),
            (v1::Policy { max_instances: Some(1_001), ..none() }, "max_instances: 1001 is"),
            (v1::Policy { queue_limit: Some(-1), ..none() }, "queue_limit: -1 is not"),
            (v1::Policy { max_lost: Some(0), ..none() }, "max_lost: 0 is not"),
            (v1::Policy { max_fires: Some(0), ..none() }, "max_fires: 0 is not"),
            (v1::Policy { history_limit: Some(-5), ..none() }, "history_limit: -5 is not"),
            (v1::Policy { timeout: span(0), ..none() }, "timeout: 0ns is not"),
            (v1::Policy { cancel_grace: span(-1), ..none() }, "cancel_grace: -1 s"),
            (v1::Policy { timeout: span(-1), ..none() }, "timeout: -1 s and 0 ns are negative"),
            (v1::Policy { timeout: span(367 * 86_400), ..none() }, "timeout: 31708800s is not"),
            (v1::Policy { jitter: span(i64::MAX), ..none() }, "jitter: 9223372036854775807 s"),
            (
                v1::Policy { misfire: Some(Misfire::MisfireUnlimited(false)), ..none() },
                "misfire_unlimited: false is not",
            ),
            (
                v1::Policy { misfire: Some(Misfire::MisfireGrace(grace)), ..none() },
                "misfire_grace: -1 s",
            ),
            (
                retry(v1::RetryPolicy { max_attempts: Some(0), ..no_retry() }),
                "retry.max_attempts: 0 is not",
            ),
            (
                retry(v1::RetryPolicy { multiplier: Some(f64::NAN), ..no_retry() }),
                "retry.multiplier: NaN is not",
            ),
            (
                retry(v1::RetryPolicy { multiplier: Some(0.5), ..no_retry() }),
                "retry.multiplier: 0.5 is not",
            ),
            (
                retry(v1::RetryPolicy { max_backoff: span(-2), ..no_retry() }),
                "retry.max_backoff: -2 s",
            ),
        ]
    }

    #[test]
    fn values_out_of_bounds_are_refused_by_field() {
        for (policy, expected) in invalid() {
            let error = read(policy).expect_err(expected);
            assert!(matches!(error, Rejection::Invalid(_)), "{error}");
            let error = error.to_string();
            assert!(error.starts_with(&format!("job.policy.{expected}")), "{error}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let policy = v1::Policy {
            max_instances: Some(-1),
            overlap: Some(7),
            timeout: span(-1),
            pause_after_failures: Some(3),
            ..<_>::default()
        };
        let Err(Rejection::Invalid(violations)) = read(policy) else { panic!("three violations") };
        let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(
            fields,
            ["job.policy.max_instances", "job.policy.overlap", "job.policy.timeout"]
        );
    }

    #[test]
    fn an_unspecified_value_is_left_to_the_default() {
        let policy = v1::Policy { overlap: Some(0), coalesce: Some(0), ..<_>::default() };
        assert_eq!(read(policy).expect("allowed"), PolicySpec::default());
    }

    #[test]
    fn the_effective_policy_shows_every_default_but_those_without_a_limit() {
        let wire = effective_policy_to_proto(&Policy::default());
        assert_eq!(wire.max_fires, None);
        assert_eq!(wire.pause_after_failures, None);
        assert_eq!(wire.misfire, Some(v1::policy::Misfire::MisfireUnlimited(true)));
        assert_eq!(wire.timeout, Some(duration_to_proto(Duration::from_secs(3600))));
        assert_eq!(wire.overlap, Some(v1::Overlap::Skip as i32));
        assert_eq!(wire.retry.and_then(|retry| retry.max_attempts), Some(1));
    }
}

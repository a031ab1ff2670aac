//! Instants and spans of time.

use std::time::Duration;

use bellwether_domain::Timestamp;

use super::Problems;

/// What `google.protobuf.Timestamp` allows, in seconds since the Unix epoch.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// What `google.protobuf.Duration` allows, in seconds: about 10,000 years.
const MAX_SPAN: u64 = 315_576_000_000;

const MAX_NANOS: i32 = 999_999_999;

/// Reads an instant, floored to whole milliseconds. `None` where it is unset or noted as invalid.
pub fn timestamp_from_proto(
    value: Option<prost_types::Timestamp>,
    field: &str,
    problems: &mut Problems,
) -> Option<Timestamp> {
    let prost_types::Timestamp { seconds, nanos } = value?;
    if !SECONDS.contains(&seconds) || !(0..=MAX_NANOS).contains(&nanos) {
        problems.invalid(
            field,
            format!(
                "{seconds} s and {nanos} ns are out of range; allowed are 0001-01-01T00:00:00Z to \
                 9999-12-31T23:59:59.999999999Z with 0 to {MAX_NANOS} ns"
            ),
        );
        return None;
    }
    Some(Timestamp::from_millis(seconds * 1_000 + i64::from(nanos / 1_000_000)))
}

/// The message of an instant.
#[must_use]
pub fn timestamp_to_proto(at: Timestamp) -> prost_types::Timestamp {
    let ms = at.as_millis();
    // Below 1,000,000,000, as the remainder of a division by 1,000 is below 1,000.
    let nanos = i32::try_from(ms.rem_euclid(1_000) * 1_000_000).unwrap_or(MAX_NANOS);
    prost_types::Timestamp { seconds: ms.div_euclid(1_000), nanos }
}

/// Reads a span of time, which here is never negative. `None` where it is unset or noted as
/// invalid.
pub fn duration_from_proto(
    value: Option<prost_types::Duration>,
    field: &str,
    problems: &mut Problems,
) -> Option<Duration> {
    let prost_types::Duration { seconds, nanos } = value?;
    if seconds < 0 || nanos < 0 {
        problems.invalid(
            field,
            format!("{seconds} s and {nanos} ns are negative; a span is at least 0"),
        );
        return None;
    }
    let span = u64::try_from(seconds).ok().filter(|seconds| *seconds <= MAX_SPAN);
    let (Some(seconds), 0..=MAX_NANOS) = (span, nanos) else {
        problems.invalid(
            field,
            format!(
                "{seconds} s and {nanos} ns are out of range; allowed are 0 to {MAX_SPAN} s with \
                 0 to {MAX_NANOS} ns"
            ),
        );
        return None;
    };
    Some(Duration::new(seconds, nanos.unsigned_abs()))
}

/// The message of a span of time, at most what the message can carry.
#[must_use]
pub fn duration_to_proto(span: Duration) -> prost_types::Duration {
    let seconds = i64::try_from(span.as_secs().min(MAX_SPAN)).unwrap_or(i64::MAX);
    let nanos = i32::try_from(span.subsec_nanos()).unwrap_or(MAX_NANOS);
    prost_types::Duration { seconds, nanos }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(seconds: i64, nanos: i32) -> Result<i64, String> {
        let mut problems = Problems::default();
        let value = Some(prost_types::Timestamp { seconds, nanos });
        let read = timestamp_from_proto(value, "at", &mut problems);
        problems.finish().map_err(|rejection| rejection.to_string())?;
        Ok(read.map(Timestamp::as_millis).expect("a valid value"))
    }

    #[test]
    fn instants_are_floored_to_milliseconds() {
        let cases = [
            ((0, 0), 0),
            ((0, 1_999_999), 1),
            ((1, 999_999_999), 1_999),
            // Half a second before the epoch is written as second -1 and a positive rest.
            ((-1, 500_000_000), -500),
            ((-1, 999_999_999), -1),
            ((-62_135_596_800, 0), Timestamp::MIN.as_millis()),
            ((253_402_300_799, 999_999_999), Timestamp::MAX.as_millis()),
        ];
        for ((seconds, nanos), ms) in cases {
            assert_eq!(read_at(seconds, nanos), Ok(ms), "{seconds} s {nanos} ns");
        }
    }

    #[test]
    fn instants_out_of_range_are_refused() {
        let cases = [
            (-62_135_596_801, 999_999_999),
            (253_402_300_800, 0),
            (i64::MAX, 0),
            (i64::MIN, 0),
            (0, -1),
            (0, 1_000_000_000),
            (0, i32::MAX),
        ];
        for (seconds, nanos) in cases {
            let error = read_at(seconds, nanos).expect_err("out of range");
            assert!(error.starts_with(&format!("at: {seconds} s and {nanos} ns")), "{error}");
        }
    }

    #[test]
    fn spans_out_of_range_are_refused() {
        let cases = [
            ((-1, 0), "negative"),
            ((0, -1), "negative"),
            ((i64::MIN, i32::MIN), "negative"),
            ((315_576_000_001, 0), "out of range"),
            ((i64::MAX, i32::MAX), "out of range"),
            ((1, 1_000_000_000), "out of range"),
        ];
        for ((seconds, nanos), expected) in cases {
            let mut problems = Problems::default();
            let value = Some(prost_types::Duration { seconds, nanos });
            assert_eq!(duration_from_proto(value, "every", &mut problems), None);
            let error = problems.finish().expect_err("out of range").to_string();
            assert!(error.starts_with("every: ") && error.contains(expected), "{error}");
        }
    }

    #[test]
    fn what_is_unset_is_no_problem() {
        let mut problems = Problems::default();
        assert_eq!(timestamp_from_proto(None, "at", &mut problems), None);
        assert_eq!(duration_from_proto(None, "every", &mut problems), None);
        assert!(problems.is_empty());
    }
}

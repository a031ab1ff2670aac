//! The wait that a reply asks for.

use std::time::{Duration, SystemTime};

use bellwether_domain::Timestamp;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// The wait of `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3); none when it is absent
/// or neither. A date counts from the reply's own `Date`, since it is the same clock's, and without
/// one from `now`.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let asked = text(headers, RETRY_AFTER)?;
    if !asked.is_empty() && asked.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than a number holds are a wait that nobody sits out either.
        return Some(Duration::from_secs(asked.parse().unwrap_or(u64::MAX)));
    }
    let until = since_epoch(asked)?;
    let now = match text(headers, DATE).and_then(since_epoch) {
        Some(date) => date,
        None => Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(0)),
    };
    Some(until.saturating_sub(now))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn since_epoch(date: &str) -> Option<Duration> {
    httpdate::parse_http_date(date).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    /// 1994-11-06T08:49:37Z, the instant of the examples in RFC 9110.
    const NOW: Timestamp = Timestamp::from_millis(784_111_777_000);

    #[test]
    fn seconds_and_dates_are_honoured() {
        let cases: &[(&str, Option<&str>, Option<u64>)] = &[
            ("0", None, Some(0)),
            ("120", None, Some(120)),
            (" 7 ", None, Some(7)),
            ("99999999999999999999999", None, Some(u64::MAX)),
            ("", None, None),
            ("-1", None, None),
            ("+1", None, None),
            ("1.5", None, None),
            ("soon", None, None),
            // Without a Date, from our own time.
            ("Sun, 06 Nov 1994 08:50:37 GMT", None, Some(60)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", None, Some(0)),
            // The two obsolete forms.
            ("Sunday, 06-Nov-94 08:50:07 GMT", None, Some(30)),
            ("Sun Nov  6 08:49:47 1994", None, Some(10)),
            // A server whose clock is a year ahead.
            ("Mon, 06 Nov 1995 08:50:37 GMT", Some("Mon, 06 Nov 1995 08:50:32 GMT"), Some(5)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some("not a date"), Some(60)),
            // Seconds need no clock.
            ("3", Some("Mon, 06 Nov 1995 08:50:32 GMT"), Some(3)),
        ];
        for (asked, date, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(asked).expect("a header value"));
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_str(date).expect("a header value"));
            }
            let wait = retry_after(&headers, NOW);
            assert_eq!(wait, expected.map(Duration::from_secs), "{asked:?} with Date {date:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), NOW), None);
    }
}

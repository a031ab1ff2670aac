//! The small languages of flags: instants, labels, payloads.

use std::fs;
use std::str::FromStr;

use bellwether_proto::v1::Payload;
use bellwether_proto::v1::payload::Content;

use crate::failure::Failure;

/// An instant as RFC 3339 writes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub(crate) jiff::Timestamp);

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = "write RFC 3339 with an offset, as in 2026-03-08T02:30:00-05:00 or \
                       2026-03-08T07:30:00Z";
        // jiff reads more than RFC 3339; what has a zone in brackets could contradict its offset.
        if text.contains('[') {
            return Err(allowed.to_owned());
        }
        text.parse().map(Self).map_err(|_| allowed.to_owned())
    }
}

impl Instant {
    /// As the wire has it.
    pub(crate) fn to_proto(self) -> prost_types::Timestamp {
        // The parts of a number below zero go down from the second before it.
        let seconds = self.0.as_second().saturating_sub(i64::from(self.0.subsec_nanosecond() < 0));
        let nanos = self.0.subsec_nanosecond().rem_euclid(1_000_000_000);
        prost_types::Timestamp { seconds, nanos }
    }
}

/// A label, `key=value`.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                Ok(Self { key: key.to_owned(), value: value.to_owned() })
            }
            _ => Err("write KEY=VALUE, as in team=billing".to_owned()),
        }
    }
}

/// The payload that `text` says: itself, or after `@` the content of a file.
///
/// # Errors
/// The file cannot be read: exit 2.
pub(crate) fn payload(text: &str) -> Result<Payload, Failure> {
    let Some(path) = text.strip_prefix('@') else {
        return Ok(Payload { content: Some(Content::Text(text.to_owned())), ..Payload::default() });
    };
    let bytes = fs::read(path)
        .map_err(|error| Failure::usage(format!("--payload: cannot read {path}: {error}")))?;
    let content = match String::from_utf8(bytes) {
        Ok(text) => Content::Text(text),
        Err(error) => Content::Data(error.into_bytes()),
    };
    Ok(Payload { content: Some(content), ..Payload::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_need_an_offset() {
        let cases = [
            ("1970-01-01T00:00:01Z", Some((1, 0))),
            ("1970-01-01T01:00:01.5+01:00", Some((1, 500_000_000))),
            ("1969-12-31T23:59:59.25Z", Some((-1, 250_000_000))),
            ("1970-01-01T00:00:01", None),
            ("1970-01-01", None),
            ("1970-01-01T00:00:01Z[Europe/Berlin]", None),
            ("soon", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = text.parse::<Instant>().ok().map(|at| at.to_proto());
            assert_eq!(found.map(|at| (at.seconds, at.nanos)), expected, "{text}");
        }
    }

    #[test]
    fn a_label_has_a_key() {
        let cases = [
            ("team=billing", Some(("team", "billing"))),
            ("empty=", Some(("empty", ""))),
            ("a=b=c", Some(("a", "b=c"))),
            ("=x", None),
            ("x", None),
        ];
        for (text, expected) in cases {
            let label = text.parse::<Label>().ok();
            let found = label.as_ref().map(|label| (label.key.as_str(), label.value.as_str()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay_bytes() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let said = format!("@{}", file.path().display());
        fs::write(file.path(), [0xff, 0]).expect("written");
        assert_eq!(payload(&said).expect("read").content, Some(Content::Data(vec![0xff, 0])));
        fs::write(file.path(), "{}").expect("written");
        assert_eq!(payload(&said).expect("read").content, Some(Content::Text("{}".to_owned())));
        assert!(payload("@/nonexistent/file").is_err());
    }
}

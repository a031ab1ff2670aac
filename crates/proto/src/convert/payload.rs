//! Payloads: bodies that clients send and outputs that they get.

use bellwether_domain::target::MAX_PAYLOAD;
use bellwether_domain::{Content, Payload};

use super::text::quoted;
use super::{Problems, View};
use crate::v1;

/// The longest media type, in characters.
const MAX_CONTENT_TYPE: usize = 256;

/// Reads a payload.
pub fn payload_from_proto(value: v1::Payload, field: &str, problems: &mut Problems) -> Payload {
    use v1::payload::Content as Wire;
    let content = match value.content {
        Some(Wire::Text(text)) => Content::Text(text),
        Some(Wire::Data(bytes)) => Content::Bytes(bytes),
        None => Content::default(),
    };
    if content.len() > MAX_PAYLOAD {
        let part = match content {
            Content::Text(_) => "text",
            Content::Bytes(_) => "data",
        };
        problems.invalid(
            format!("{field}.{part}"),
            format!("has {} bytes; at most {MAX_PAYLOAD} (256 KiB) are allowed", content.len()),
        );
    }
    let content_type = value.content_type;
    let printable = |c: char| c == ' ' || c.is_ascii_graphic();
    if content_type.len() > MAX_CONTENT_TYPE || !content_type.chars().all(printable) {
        problems.invalid(
            format!("{field}.content_type"),
            format!(
                "{} is no media type; at most {MAX_CONTENT_TYPE} visible ASCII characters are \
                 allowed, as in application/json",
                quoted(&content_type)
            ),
        );
    }
    Payload { content, content_type }
}

/// The message of a payload; in the basic view its media type alone.
#[must_use]
pub fn payload_to_proto(payload: &Payload, view: View) -> v1::Payload {
    use v1::payload::Content as Wire;
    let content = match (view, &payload.content) {
        (View::Basic, _) => None,
        (View::Full, Content::Text(text)) => Some(Wire::Text(text.clone())),
        (View::Full, Content::Bytes(bytes)) => Some(Wire::Data(bytes.clone())),
    };
    v1::Payload { content_type: payload.content_type.clone(), content }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: v1::payload::Content, content_type: &str) -> Result<Payload, String> {
        let mut problems = Problems::default();
        let content_type = content_type.to_owned();
        let value = v1::Payload { content: Some(content), content_type };
        let payload = payload_from_proto(value, "job.target.http.body", &mut problems);
        problems.finish().map(|()| payload).map_err(|rejection| rejection.to_string())
    }

    #[test]
    fn content_is_bounded_and_the_message_says_how_large_it_was() {
        use v1::payload::Content as Wire;
        let most = MAX_PAYLOAD;
        read(Wire::Data(vec![0; most]), "").expect("256 KiB are allowed");
        let error = read(Wire::Data(vec![0; 307_200]), "").expect_err("300 KiB are not");
        assert_eq!(
            error,
            "job.target.http.body.data: has 307200 bytes; at most 262144 (256 KiB) are allowed"
        );
        // Bytes count, not characters.
        let error = read(Wire::Text("ß".repeat(most / 2 + 1)), "").expect_err("2 bytes too many");
        assert!(error.starts_with("job.target.http.body.text: has 262146 bytes"), "{error}");
    }

    #[test]
    fn a_media_type_fits_into_a_header() {
        use v1::payload::Content as Wire;
        let text = || Wire::Text("{}".to_owned());
        for good in ["", "application/json", "text/plain; charset=utf-8", &"x".repeat(256)] {
            read(text(), good).expect(good);
        }
        for bad in ["a/b\r\nx-evil: 1", "text/ä", "a\0b", "a\tb", &"x".repeat(257)] {
            let error = read(text(), bad).expect_err(bad);
            assert!(error.starts_with("job.target.http.body.content_type: "), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}

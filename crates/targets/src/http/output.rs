//! What is kept of a body.

use bellwether_domain::{Content, Payload};

/// The largest output, in bytes: 64 KiB.
pub(super) const MAX_OUTPUT: usize = 64 * 1024;

/// The longest content type that a payload may have. A longer one is left out.
const MAX_CONTENT_TYPE: usize = 256;

/// `body`, of which there was more if `cut`, as an output, and whether that is cut; none when
/// empty. It is text when it is UTF-8 or is said to be text, else bytes. A character that the cut
/// went through is left out.
pub(super) fn payload(content_type: &str, body: Vec<u8>, cut: bool) -> (Option<Payload>, bool) {
    let (content, cut) = match String::from_utf8(body) {
        Ok(text) => (Content::Text(text), cut),
        Err(error) => {
            let fault = error.utf8_error();
            let mut body = error.into_bytes();
            if cut && fault.error_len().is_none() {
                body.truncate(fault.valid_up_to());
            }
            match String::from_utf8(body) {
                Ok(text) => (Content::Text(text), cut),
                Err(error) if is_text(content_type) => lossy(error.as_bytes(), cut),
                Err(error) => (Content::Bytes(error.into_bytes()), cut),
            }
        }
    };
    if content.is_empty() {
        return (None, cut);
    }
    let fits = content_type.len() <= MAX_CONTENT_TYPE;
    let content_type = if fits { content_type.to_owned() } else { String::new() };
    (Some(Payload { content, content_type }), cut)
}

/// Text in another encoding, what is foreign in it replaced: to be read by people all the same.
fn lossy(body: &[u8], cut: bool) -> (Content, bool) {
    let mut text = String::from_utf8_lossy(body).into_owned();
    let whole = text.len();
    text.truncate(text.floor_char_boundary(MAX_OUTPUT));
    let cut = cut || text.len() < whole;
    (Content::Text(text), cut)
}

fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/") || essence == "application/json" || essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Content {
        Content::Text(text.to_owned())
    }

    fn bytes(bytes: &[u8]) -> Content {
        Content::Bytes(bytes.to_vec())
    }

    #[test]
    fn text_stays_text_and_the_rest_bytes() {
        let cases: &[(&str, &[u8], bool, Option<Content>)] = &[
            ("", b"", false, None),
            ("text/plain", b"done", false, Some(text("done"))),
            ("", "grün".as_bytes(), false, Some(text("grün"))),
            ("application/octet-stream", b"ascii", false, Some(text("ascii"))),
            ("application/octet-stream", b"\xff\x00", false, Some(bytes(b"\xff\x00"))),
            ("", b"\xff\x00", true, Some(bytes(b"\xff\x00"))),
            // Said to be text, in another encoding.
            ("text/html; charset=latin1", b"gr\xfcn", false, Some(text("gr\u{fffd}n"))),
            ("Application/JSON", b"\"\xfc\"", false, Some(text("\"\u{fffd}\""))),
            ("application/problem+json", b"\xfc", false, Some(text("\u{fffd}"))),
            // The cut goes through a character of two bytes, of four, or between two.
            ("", b"a\xc3", true, Some(text("a"))),
            ("text/plain", b"a\xf0\x9f\x90", true, Some(text("a"))),
            ("", "aü".as_bytes(), true, Some(text("aü"))),
            ("", b"\xc3", true, None),
            // The same without a cut is not UTF-8.
            ("", b"a\xc3", false, Some(bytes(b"a\xc3"))),
        ];
        for (content_type, body, cut, expected) in cases {
            let (output, still_cut) = payload(content_type, body.to_vec(), *cut);
            assert_eq!(output.map(|o| o.content), *expected, "{content_type:?} {body:?} {cut}");
            assert_eq!(still_cut, *cut);
        }
    }

    #[test]
    fn what_grows_in_translation_is_cut_again() {
        let (output, cut) = payload("text/plain", vec![0xff; MAX_OUTPUT], false);
        let output = output.expect("there is a body");
        assert!(cut);
        // A replacement character has three bytes.
        assert_eq!(output.content.len(), MAX_OUTPUT / 3 * 3);
    }

    #[test]
    fn a_content_type_is_kept_when_it_fits() {
        let of = |length| {
            let (output, _) = payload(&"x".repeat(length), b"a".to_vec(), false);
            output.expect("there is a body").content_type.len()
        };
        assert_eq!((of(256), of(257)), (256, 0));
    }
}

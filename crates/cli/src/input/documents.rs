//! Files of definitions: JSON, JSON lines, YAML, several documents, arrays of them.
//!
//! Whatever the form, what comes out is a list of JSON values, so that one reader of messages
//! serves them all. A text whose first character is `{` or `[` is JSON: YAML says it would be YAML
//! too, but then a forgotten comma became a puzzling error about indentation.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;

/// A value from a file, with what to call it in a message.
pub(crate) struct Document {
    /// The file and, where it holds several, which of them.
    pub(crate) origin: String,
    /// What it says.
    pub(crate) value: Value,
}

/// Reads every document of the file at `path`; `-` is the standard input.
///
/// # Errors
/// The file cannot be read, or a document of it is neither JSON nor YAML: exit 2.
pub(crate) fn read(path: &Path) -> Result<Vec<Document>, Failure> {
    let (name, text) = load(path)?;
    let values = parse(&text).map_err(|why| Failure::usage(format!("{name}: {why}")))?;
    let several = values.len() > 1;
    let documents = values.into_iter().enumerate().map(|(number, value)| {
        let origin =
            if several { format!("{name} (document {})", number + 1) } else { name.clone() };
        Document { origin, value }
    });
    Ok(documents.collect())
}

/// Reads the only document of the file at `path`.
///
/// # Errors
/// As [`read`], and when there is none or more than one.
pub(crate) fn read_one(path: &Path) -> Result<Document, Failure> {
    let mut documents = read(path)?;
    match (documents.pop(), documents.len()) {
        (Some(document), 0) => Ok(document),
        (_, others) => {
            let count = if others == 0 { 0 } else { others + 1 };
            Err(Failure::usage(format!(
                "{} holds {count} documents; exactly one is expected",
                path.display()
            )))
        }
    }
}

/// The whole text of a file, or of the standard input for `-`, with its name.
fn load(path: &Path) -> Result<(String, String), Failure> {
    let (name, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes);
        ("standard input".to_owned(), read)
    } else {
        (path.display().to_string(), fs::read(path))
    };
    let bytes = bytes.map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{name}: not UTF-8 text")))?;
    Ok((name, text))
}

fn parse(text: &str) -> Result<Vec<Value>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let values = if text.trim_start().starts_with(['{', '[']) {
        serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect::<Result<Vec<Value>, _>>()
            .map_err(|error| format!("not JSON: {error}"))?
    } else {
        serde_saphyr::from_multiple_with_options(text, yaml_options())
            .map_err(|error| format!("not YAML: {}", error.without_snippet()))?
    };
    let mut flat = Vec::with_capacity(values.len());
    for value in values {
        match value {
            // An empty document, as a trailing `---` makes one.
            Value::Null => {}
            Value::Array(items) => flat.extend(items),
            other => flat.push(other),
        }
    }
    Ok(flat)
}

/// The limits of the YAML reader: those on the text raised to what a large export has, and that on
/// what aliases make of a small file lowered to what no file for people needs.
fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        // YAML 1.2: `on`, `yes` and `no` are words.
        strict_booleans: true,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        budget: serde_saphyr::budget! {
            max_documents: 1_000_000,
            max_events: 100_000_000,
            max_nodes: 100_000_000,
            max_total_scalar_bytes: 1 << 30,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_yields_the_same_values() {
        let (a, b) = (json!({"id": "a", "n": 1}), json!({"id": "b", "on": "yes"}));
        let cases = [
            r#"{"id":"a","n":1} {"id":"b","on":"yes"}"#,
            "{\"id\":\"a\",\"n\":1}\n{\"id\":\"b\",\"on\":\"yes\"}\n",
            r#"[{"id":"a","n":1},{"id":"b","on":"yes"}]"#,
            "id: a\nn: 1\n---\nid: b\non: yes\n",
            "---\nid: a\nn: 1\n---\nid: b\n# a comment\non: yes\n---\n",
            "- id: a\n  n: 1\n- id: b\n  on: yes\n",
            "\u{feff}- {id: a, n: 1}\n- {id: b, on: yes}\n",
        ];
        for text in cases {
            assert_eq!(parse(text), Ok(vec![a.clone(), b.clone()]), "{text}");
        }
        for empty in ["", "\n", "# nothing\n", "---\n", "[]"] {
            assert_eq!(parse(empty), Ok(vec![]), "{empty:?}");
        }
    }

    #[test]
    fn scalars_of_yaml_stay_what_they_were() {
        let text = "at: 2026-01-01T00:00:00Z\ntime: 09:30:00\nno: off\nlabel: '1'\nfloat: 1.5\n";
        let expected = json!({
            "at": "2026-01-01T00:00:00Z", "time": "09:30:00", "no": "off", "label": "1",
            "float": 1.5
        });
        assert_eq!(parse(text), Ok(vec![expected]));
    }

    #[test]
    fn a_large_file_is_read_and_a_bomb_is_not() {
        let many: String = (0..3_000).map(|n| format!("---\nid: job-{n}\n")).collect();
        assert_eq!(parse(&many).map(|values| values.len()), Ok(3_000));

        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (this, last) in "bcdefghij".chars().zip("abcdefghi".chars()) {
            let items = vec![format!("*{last}"); 10].join(",");
            bomb.push_str(&format!("{this}: &{this} [{items}]\n"));
        }
        assert!(parse(&bomb).is_err());
    }

    #[test]
    fn malformed_text_says_where() {
        for text in ["{\"id\": \"a\",}", "id: [a\n", "id: a\n\tb: c\n"] {
            let why = parse(text).expect_err("malformed");
            assert!(why.contains("line") || why.contains(':'), "{why}");
        }
    }
}

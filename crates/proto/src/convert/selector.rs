//! Selectors of labels: `app=web, tier in (front, back), !canary`, as in Kubernetes.

use std::collections::BTreeMap;

use super::Problems;
use super::labels::{is_key, is_value};
use super::text::quoted;

/// The longest selector, in bytes: 4 KiB.
const MAX_LENGTH: usize = 4 * 1024;

/// Requirements on labels, all of which must hold. None: every job is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Missing,
    In(Vec<String>),
    /// Holds also where the label is not there.
    NotIn(Vec<String>),
}

impl Selector {
    /// Whether every requirement holds.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|Requirement { key, test }| {
            let value = labels.get(key);
            match test {
                Test::Exists => value.is_some(),
                Test::Missing => value.is_none(),
                Test::In(values) => value.is_some_and(|value| values.contains(value)),
                Test::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            }
        })
    }
}

/// Reads a selector. `None` where it is noted as invalid.
pub fn selector(text: &str, field: &str, problems: &mut Problems) -> Option<Selector> {
    if text.len() > MAX_LENGTH {
        let length = text.len();
        problems.invalid(field, format!("has {length} bytes; at most {MAX_LENGTH} are allowed"));
        return None;
    }
    if text.trim().is_empty() {
        return Some(Selector::default());
    }
    let requirements: Result<_, String> = split(text).map(requirement).collect();
    problems.take(field, requirements).map(Selector)
}

/// The parts between the commas that do not stand in parentheses.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.split(move |c| {
        match c {
            '(' => inside = true,
            ')' => inside = false,
            _ => {}
        }
        c == ',' && !inside
    })
}

/// Reads one requirement. Labels hold none of the characters that operators are made of, so the
/// first operator found is the one that is meant.
fn requirement(text: &str) -> Result<Requirement, String> {
    let text = text.trim();
    if let Some(key) = text.strip_prefix('!') {
        return Ok(Requirement { key: checked_key(key, text)?, test: Test::Missing });
    }
    if let Some((key, value)) = text.split_once("!=") {
        let test = Test::NotIn(vec![checked_value(value, text)?]);
        return Ok(Requirement { key: checked_key(key, text)?, test });
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        let test = Test::In(vec![checked_value(value, text)?]);
        return Ok(Requirement { key: checked_key(key, text)?, test });
    }
    if let Some((head, values)) = text.split_once('(') {
        return set(head, values, text);
    }
    Ok(Requirement { key: checked_key(text, text)?, test: Test::Exists })
}

/// Reads `key in (a, b)` or `key notin (a, b)`, split at the parenthesis.
fn set(head: &str, values: &str, whole: &str) -> Result<Requirement, String> {
    let Some(values) = values.strip_suffix(')') else {
        return Err(format!("{} lacks the closing parenthesis at its end", quoted(whole)));
    };
    let values: Result<_, String> =
        values.split(',').map(|value| checked_value(value, whole)).collect();
    let (key, operator) = head.trim_end().rsplit_once(char::is_whitespace).unwrap_or((head, ""));
    let test: fn(Vec<String>) -> Test = match operator {
        "in" => Test::In,
        "notin" => Test::NotIn,
        _ => return Err(format!("{} needs `in` or `notin` before the (", quoted(whole))),
    };
    Ok(Requirement { key: checked_key(key, whole)?, test: test(values?) })
}

fn checked_key(text: &str, whole: &str) -> Result<String, String> {
    let key = text.trim();
    if is_key(key) {
        return Ok(key.to_owned());
    }
    Err(format!(
        "{} is no requirement; allowed are key=value, key!=value, key in (a, b), key notin (a, b), \
         key and !key, separated by commas",
        quoted(whole)
    ))
}

fn checked_value(text: &str, whole: &str) -> Result<String, String> {
    let value = text.trim();
    if is_value(value) {
        return Ok(value.to_owned());
    }
    Err(format!("{} in {} cannot be the value of a label", quoted(value), quoted(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Selector, String> {
        let mut problems = Problems::default();
        let selector = selector(text, "label_selector", &mut problems);
        problems.finish().map_err(|rejection| rejection.to_string())?;
        Ok(selector.expect("no problem, so a selector"))
    }

    #[test]
    fn what_matches() {
        let labels = BTreeMap::from(
            [("app", "web"), ("tier", "front end"), ("empty", "")]
                .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        let cases = [
            ("", true),
            ("  ", true),
            ("app", true),
            ("!app", false),
            ("other", false),
            ("!other", true),
            ("! other", true),
            ("app=web", true),
            ("app==web", true),
            (" app = web ", true),
            ("app=db", false),
            ("app!=web", false),
            ("app!=db", true),
            ("other!=db", true),
            ("other=", false),
            ("empty=", true),
            ("empty", true),
            ("app in (db, web)", true),
            ("app in(db)", false),
            ("app notin (db,web)", false),
            ("app notin (db)", true),
            ("other notin (db)", true),
            ("other in (db)", false),
            ("tier=front end", true),
            ("tier in (back, front end)", true),
            ("app=web,tier", true),
            ("app in (a, web), !other, tier!=x", true),
            ("app=web,other", false),
        ];
        for (text, expected) in cases {
            let selector = parsed(text).expect(text);
            assert_eq!(selector.matches(&labels), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_refused() {
        let long = "a".repeat(MAX_LENGTH + 1);
        let cases = [
            ",",
            "a,",
            "a=b,,c",
            "=b",
            "!",
            "!=b",
            "a b",
            "a=b=c",
            "a=(b)",
            "a in b",
            "a in (b",
            "a in (b) c",
            "a within (b)",
            "in (b)",
            "(b)",
            "a in ((b))",
            "ä=b",
            "a=b\u{0}",
            &long,
        ];
        for text in cases {
            let error = parsed(text).expect_err(text);
            assert!(error.starts_with("label_selector: "), "{text:?}: {error}");
        }
    }
}

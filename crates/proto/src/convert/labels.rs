//! Labels: what selectors go by. Every label that is allowed can be named in a selector, which is
//! why a few characters are not.

use std::collections::BTreeMap;

use super::Problems;
use super::text::quoted;

/// The most labels of a job.
const MOST: usize = 64;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// What a key may be.
const KEYS: &str = "1 to 128 characters of A-Z a-z 0-9 . _ - /";
/// What a value may be.
const VALUES: &str =
    "at most 256 characters without control characters, , ( ) = ! and blanks at either end";

/// Reads the labels of a job.
pub(super) fn labels(
    labels: BTreeMap<String, String>,
    field: &str,
    problems: &mut Problems,
) -> BTreeMap<String, String> {
    if labels.len() > MOST {
        let message = format!("has {} labels; at most {MOST} are allowed", labels.len());
        problems.invalid(field, message);
        return labels;
    }
    for (key, value) in &labels {
        let place = format!("{field}[{}]", quoted(key));
        if !is_key(key) {
            problems.invalid(&place, format!("the key is not allowed; {KEYS} are"));
        }
        if !is_value(value) {
            problems.invalid(&place, format!("{} is not allowed; {VALUES} are", quoted(value)));
        }
    }
    labels
}

/// Whether `text` can be the key of a label.
pub(super) fn is_key(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    (1..=MAX_KEY).contains(&text.len()) && text.chars().all(fits)
}

/// Whether `text` can be the value of a label.
pub(super) fn is_value(text: &str) -> bool {
    let fits = |c: char| !c.is_control() && !",()=!".contains(c);
    text.chars().count() <= MAX_VALUE && text.chars().all(fits) && text.trim() == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_keys_and_values() {
        let long = "k".repeat(128);
        let wide = "ü".repeat(256);
        let cases = [
            (long.as_str(), "v", true),
            (&"k".repeat(129), "v", false),
            ("", "v", false),
            ("app.example/team", "", true),
            ("a b", "v", false),
            ("ä", "v", false),
            ("k", "two words: 3/4 @ 5%", true),
            ("k", &wide, true),
            ("k", &"ü".repeat(257), false),
            ("k", "a,b", false),
            ("k", "(a", false),
            ("k", "a=b", false),
            ("k", "!a", false),
            ("k", " a", false),
            ("k", "a\u{7}", false),
        ];
        for (key, value, allowed) in cases {
            let mut problems = Problems::default();
            labels([(key.to_owned(), value.to_owned())].into(), "job.labels", &mut problems);
            assert_eq!(problems.is_empty(), allowed, "{key:?}={value:?}: {problems:?}");
        }
    }

    #[test]
    fn a_violation_names_the_label() {
        let mut problems = Problems::default();
        labels([("team".to_owned(), "a,b".to_owned())].into(), "job.labels", &mut problems);
        let error = problems.finish().expect_err("a comma").to_string();
        assert!(error.starts_with(r#"job.labels["team"]: "a,b" is not allowed"#), "{error}");
    }

    #[test]
    fn their_number_is_bounded() {
        let many = |n: usize| (0..n).map(|n| (format!("k{n}"), String::new())).collect();
        let mut problems = Problems::default();
        labels(many(64), "job.labels", &mut problems);
        assert!(problems.is_empty());
        labels(many(65), "job.labels", &mut problems);
        let error = problems.finish().expect_err("65 labels").to_string();
        assert_eq!(error, "job.labels: has 65 labels; at most 64 are allowed");
    }
}

//! Which Redis streams targets may append to.
//!
//! Whoever may create a job can make a node write into a Redis that others use, by default the very
//! one that holds Bellwether's own jobs. So nothing is allowed until the operator names keys
//! ([`StreamPolicy`], `allow_redis_stream`), and the keys of Bellwether itself never are, whatever
//! the patterns say. Like addresses it is asked twice: when a job is written, as a courtesy, and
//! before each attempt, which is what protects when the configuration has changed since.

use std::fmt;
use std::str::FromStr;

/// How the keys of every Bellwether cluster begin.
const OWN: &str = "{bw:";

/// What marker keys of [`StreamPolicy`]'s streams carry: they are Bellwether's own too.
pub const MARKER: &str = ":bellwether:appended:";

/// The streams that targets may append to. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamPolicy {
    /// Which keys (`allow_redis_stream`).
    pub keys: Vec<KeyPattern>,
    /// Whether there is a Redis to append to: there is none beside a store in memory until
    /// `redis_stream_url` names one.
    pub available: bool,
}

impl StreamPolicy {
    /// Checks the key of a stream.
    ///
    /// # Errors
    /// It is not allowed. The message names the setting that would allow it, if one does.
    pub fn check(&self, key: &str) -> Result<(), StreamRefused> {
        let refused = |why| StreamRefused { key: key.to_owned(), why };
        if key.starts_with(OWN) || key.contains(MARKER) {
            return Err(refused(Refusal::Own));
        }
        if !self.available {
            return Err(refused(Refusal::NoRedis));
        }
        if !self.keys.iter().any(|pattern| pattern.matches(key)) {
            return Err(refused(Refusal::NotNamed));
        }
        Ok(())
    }
}

/// A pattern of keys: a key, or the beginning of keys and `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPattern {
    text: String,
    open: bool,
}

impl KeyPattern {
    /// Whether it is about `key`.
    #[must_use]
    pub fn matches(&self, key: &str) -> bool {
        if self.open { key.starts_with(&self.text) } else { key == self.text }
    }
}

impl FromStr for KeyPattern {
    type Err = KeyPatternError;

    fn from_str(text: &str) -> Result<Self, KeyPatternError> {
        let (text, open) = match text.strip_suffix('*') {
            Some(beginning) => (beginning, true),
            None => (text, false),
        };
        if text.contains('*') || text.is_empty() && !open {
            return Err(KeyPatternError);
        }
        Ok(Self { text: text.to_owned(), open })
    }
}

impl fmt::Display for KeyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.open { "*" } else { "" })
    }
}

/// A text that is no [`KeyPattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a key, as in orders:due, or the beginning of keys and a `*`, as in orders:*")]
pub struct KeyPatternError;

/// A stream that targets may not append to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRefused {
    /// Its key.
    pub key: String,
    /// Why not.
    pub why: Refusal,
}

/// Why targets may not append to a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Bellwether keeps its own state under such keys.
    Own,
    /// The nodes know no Redis to append to.
    NoRedis,
    /// No pattern names it.
    NotNamed,
}

impl std::error::Error for StreamRefused {}

impl fmt::Display for StreamRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match self.why {
            Refusal::Own => {
                write!(f, "{key:?} is a key of Bellwether's own, which targets may not touch")
            }
            Refusal::NoRedis => write!(
                f,
                "{key:?} cannot be appended to: the store is in memory, and no \
                 `redis_stream_url` names another Redis"
            ),
            Refusal::NotNamed => write!(
                f,
                "{key:?} is not a stream that targets may append to; \
                 `allow_redis_stream = [{key:?}]` would allow it"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(patterns: &[&str]) -> StreamPolicy {
        let parse = |text: &&str| text.parse().expect("a pattern");
        StreamPolicy { keys: patterns.iter().map(parse).collect(), available: true }
    }

    #[test]
    fn only_what_is_named_is_allowed() {
        let some = policy(&["orders", "audit:*"]);
        let cases = [
            (&some, "orders", None),
            (&some, "orders2", Some(Refusal::NotNamed)),
            (&some, "audit:", None),
            (&some, "audit:eu:1", None),
            (&some, "audit", Some(Refusal::NotNamed)),
            (&some, "{bw:default:0}:events", Some(Refusal::Own)),
        ];
        for (policy, key, expected) in cases {
            assert_eq!(policy.check(key).err().map(|refused| refused.why), expected, "{key}");
        }
        assert_eq!(policy(&[]).check("orders").err().map(|r| r.why), Some(Refusal::NotNamed));
    }

    #[test]
    fn our_own_keys_are_not_even_under_a_star() {
        let all = policy(&["*", "{bw:*"]);
        all.check("whatever").expect("a star is for every other key");
        for key in ["{bw:default}:meta", "{bw:x:3}:jobs", "{a}:bellwether:appended:1"] {
            assert_eq!(all.check(key).err().map(|refused| refused.why), Some(Refusal::Own));
        }
    }

    #[test]
    fn without_a_redis_there_is_nothing_to_append_to() {
        let policy = StreamPolicy { available: false, ..policy(&["*"]) };
        let refused = policy.check("orders").expect_err("no Redis");
        assert!(refused.to_string().contains("redis_stream_url"), "{refused}");
    }

    #[test]
    fn a_pattern_is_a_key_or_a_beginning() {
        for text in ["orders", "orders:*", "*"] {
            assert_eq!(text.parse::<KeyPattern>().expect(text).to_string(), text);
        }
        for text in ["", "a*b", "**"] {
            assert_eq!(text.parse::<KeyPattern>(), Err(KeyPatternError), "{text:?}");
        }
    }
}

//! What is wrong with a message, collected while it is read.

use std::fmt;

use bellwether_domain::Violation;

/// More than these are not kept: whoever sends so many mistakes has one cause to find, and the
/// reply must fit into the trailers of an HTTP/2 stream.
const MOST: usize = 50;

/// Why a message was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Values that are not allowed; INVALID_ARGUMENT on the wire.
    #[error("{}", list(.0))]
    Invalid(Vec<Violation>),
    /// Nothing is invalid, but this version lacks what is asked for; UNIMPLEMENTED on the wire.
    #[error("{}", list(.0))]
    Unbuilt(Vec<Unbuilt>),
}

fn list(items: &[impl fmt::Display]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A field, or a value of one, whose feature is not built yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbuilt {
    /// The path of the field from the message that the client sent.
    pub field: String,
    /// What is missing, as in `OVERLAP_REPLACE`.
    pub what: String,
}

impl fmt::Display for Unbuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} is not built yet", self.field, self.what)
    }
}

/// A collector of problems. A function that reads a part of a message notes what is wrong with it
/// here, under the part's full path, and goes on.
#[derive(Debug, Default)]
pub struct Problems {
    violations: Vec<Violation>,
    unbuilt: Vec<Unbuilt>,
}

impl Problems {
    /// Notes that the value of `field` is not allowed; `message` says what it is and what is.
    pub fn invalid(&mut self, field: impl Into<String>, message: impl Into<String>) {
        if self.violations.len() < MOST {
            self.violations.push(Violation::new(field, message));
        }
    }

    /// Notes that `what`, asked for in `field`, is not built yet.
    pub fn unbuilt(&mut self, field: impl Into<String>, what: impl Into<String>) {
        if self.unbuilt.len() < MOST {
            self.unbuilt.push(Unbuilt { field: field.into(), what: what.into() });
        }
    }

    /// Notes the error of `result` as a violation of `field`; the value of a good one.
    pub fn take<T>(&mut self, field: &str, result: Result<T, impl fmt::Display>) -> Option<T> {
        result.map_err(|error| self.invalid(field, error.to_string())).ok()
    }

    /// Forgets what is not about one of `fields` or something below them.
    pub fn retain_below(&mut self, fields: &[String]) {
        let wanted = |path: &str| {
            fields.iter().any(|field| {
                path.strip_prefix(field.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })
        };
        self.violations.retain(|violation| wanted(&violation.field));
        self.unbuilt.retain(|unbuilt| wanted(&unbuilt.field));
    }

    /// Adds the problems of `other`.
    pub fn extend(&mut self, other: Self) {
        self.violations.extend(other.violations);
        self.violations.truncate(MOST);
        self.unbuilt.extend(other.unbuilt);
        self.unbuilt.truncate(MOST);
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty() && self.unbuilt.is_empty()
    }

    /// Ends the collecting.
    ///
    /// # Errors
    /// What was noted. What is invalid goes first: it stays so when the missing feature comes.
    pub fn finish(self) -> Result<(), Rejection> {
        if !self.violations.is_empty() {
            return Err(Rejection::Invalid(self.violations));
        }
        if !self.unbuilt.is_empty() {
            return Err(Rejection::Unbuilt(self.unbuilt));
        }
        Ok(())
    }
}

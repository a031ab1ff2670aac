//! Why a JSON value is not a message, in words that say where and what to write instead.

use serde_json::Value;

/// The most characters of a value that a message shows.
const SHOWN: usize = 80;

/// Why a JSON value does not describe a message. Each variant but the last says where.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum JsonError {
    /// A value that its field does not take.
    #[error("{path}: {value} is not allowed; write {allowed}")]
    Value {
        /// Where, as in `trigger.any.triggers[2].cron.dialect`.
        path: String,
        /// The value as JSON, shortened.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A name that no field of the message has.
    #[error("{path}: there is no such field; {}", fields(.allowed))]
    UnknownField {
        /// Where, the name included.
        path: String,
        /// The names of the fields that there are.
        allowed: Vec<String>,
    },
    /// A field that is there under both of its names.
    #[error("{path}: the field is given twice, in snake_case and in camelCase; write it once")]
    Twice {
        /// Where, with the second of the two names.
        path: String,
    },
    /// Two fields that exclude each other.
    #[error("{path}: excluded by {other} beside it; write one of {}", .allowed.join(", "))]
    Excluded {
        /// Where, the name of the second of them included.
        path: String,
        /// The name of the first.
        other: String,
        /// The names of all fields of which one may be set.
        allowed: Vec<String>,
    },
    /// Messages within messages beyond what the wire carries.
    #[error("{path}: nested too deep; write at most {allowed} objects within each other")]
    TooDeep {
        /// Where it becomes too deep.
        path: String,
        /// How deep is allowed.
        allowed: usize,
    },
    /// The message cannot be put on the wire. Nothing is known that leads here: what would, is found
    /// before.
    #[error("the value does not fit its message")]
    Encoding(#[source] prost::DecodeError),
}

impl JsonError {
    /// `value` at `path` is not what its field takes.
    pub(super) fn value(path: &Path, value: &Value, allowed: impl Into<String>) -> Self {
        Self::Value { path: path.to_string(), value: shown(value), allowed: allowed.into() }
    }
}

/// Where in a document a value stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    text: String,
    /// How many messages it leads through.
    pub(super) depth: usize,
}

impl Path {
    /// The field `name` of the message here.
    pub(super) fn field(&self, name: &str) -> Self {
        let dot = if self.text.is_empty() { "" } else { "." };
        Self { text: format!("{}{dot}{}", self.text, shortened(name)), depth: self.depth + 1 }
    }

    /// The item `index` of the list here, counted from 0.
    pub(super) fn item(&self, index: usize) -> Self {
        Self { text: format!("{}[{index}]", self.text), depth: self.depth }
    }

    /// The entry `key` of the map here.
    pub(super) fn entry(&self, key: &str) -> Self {
        Self { text: format!("{}[{:?}]", self.text, shortened(key)), depth: self.depth }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.text.is_empty() { "top level" } else { &self.text })
    }
}

fn fields(names: &[String]) -> String {
    match names {
        [] => "the message has none".to_owned(),
        names => format!("there are {}", names.join(", ")),
    }
}

/// `value` as JSON, without going through all of a large one.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) if !items.is_empty() => format!("a list of {}", items.len()),
        Value::Object(members) if !members.is_empty() => {
            let names: Vec<_> = members.keys().take(3).map(|name| shortened(name)).collect();
            let more = if members.len() > names.len() { ", …" } else { "" };
            format!("an object with {}{more}", names.join(", "))
        }
        Value::String(text) => Value::String(shortened(text)).to_string(),
        small => small.to_string(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

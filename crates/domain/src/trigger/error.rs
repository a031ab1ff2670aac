//! Why a trigger is refused.

/// The longest piece of a client's text that a message repeats, in characters.
const SHOWN: usize = 80;

/// Why a trigger is refused: which field, what it held and what is allowed there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value:?}: {message}")]
pub struct TriggerError {
    /// The path of the field from the trigger: `cron.expression`, `all.triggers[1].interval.every`.
    pub field: String,
    /// What the field held, cut to a length that a log line bears.
    pub value: String,
    /// What is wrong and what is allowed; for a cron field the item and its position too.
    pub message: String,
}

impl TriggerError {
    /// An error at `field`, which held `value`.
    pub(crate) fn new(field: &str, value: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), value: shown(value), message: message.into() }
    }

    /// The same error seen from one level further out.
    #[must_use]
    pub(crate) fn within(mut self, parent: &str) -> Self {
        self.field = if self.field.is_empty() {
            parent.to_owned()
        } else {
            format!("{parent}.{}", self.field)
        };
        self
    }
}

/// `text`, cut with an ellipsis where it is long.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

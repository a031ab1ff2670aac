//! Free texts, and how they are quoted in messages.

use super::Problems;

/// The longest description, in bytes: 4 KiB.
pub(super) const MAX_DESCRIPTION: usize = 4 * 1024;

/// The longest reason that a client may give, in bytes: 1 KiB.
const MAX_REASON: usize = 1024;

/// The longest piece of a client's text that a message repeats, in characters.
const SHOWN: usize = 80;

/// `text` in quotes, escaped, and cut where it is long.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{:?}…", &text[..at]),
        None => format!("{text:?}"),
    }
}

/// Reads the description of a job.
pub(super) fn description(text: String, field: &str, problems: &mut Problems) -> String {
    at_most(&text, MAX_DESCRIPTION, field, problems);
    text
}

/// Reads why a client pauses or cancels something.
pub fn reason(text: String, field: &str, problems: &mut Problems) -> String {
    at_most(&text, MAX_REASON, field, problems);
    text
}

fn at_most(text: &str, most: usize, field: &str, problems: &mut Problems) {
    if text.len() > most {
        let length = text.len();
        problems.invalid(field, format!("has {length} bytes; at most {most} are allowed"));
    }
}

//! What the other dialect would make of the same text.

use super::days::{EVERY_DAY, days};
use crate::trigger::cron::{self, Fields, Seed};
use crate::trigger::spec::{CronForm, CronSpec, Dialect};

/// A warning where the expression of `spec` means something else in the other dialect, or would
/// once it is given the second and the `?` that QUARTZ wants.
pub(super) fn other_reading(spec: &CronSpec, mine: &Fields, seed: Seed) -> Option<String> {
    let CronForm::Expression(text) = &spec.form else { return None };
    let (other, sunday) = match spec.dialect {
        Dialect::Unix => (Dialect::Quartz, "in dialect QUARTZ, where Sunday is 1,"),
        Dialect::Quartz => (Dialect::Unix, "in dialect UNIX, where Sunday is 0 or 7,"),
    };
    let read = |text: &str| {
        let form = CronForm::Expression(text.to_owned());
        cron::read(&CronSpec { form, dialect: other, ..spec.clone() }, seed).ok()
    };
    let (subject, theirs) = match read(text) {
        Some(theirs) => ("the same text".to_owned(), theirs),
        None if other == Dialect::Quartz => {
            let twin = twin(text)?;
            (format!("{twin:?}"), read(&twin)?)
        }
        None => return None,
    };
    if mine.has_the_days_of(&theirs) {
        return None;
    }
    let days = days(&theirs).unwrap_or_else(|| EVERY_DAY.to_owned());
    Some(format!("{sunday} {subject} would fire {days}"))
}

/// The expression as dialect QUARTZ wants it: a second in front, `?` in the free day field.
fn twin(text: &str) -> Option<String> {
    let mut words: Vec<&str> = text.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    if words.len() == 5 {
        words.insert(0, "0");
    }
    let day = words.get_mut(3).filter(|day| **day == "*")?;
    *day = "?";
    Some(words.join(" "))
}

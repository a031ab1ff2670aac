//! A trigger in plain words: what it means, what the next changes of the clocks do to it, and what
//! may not be what was meant.
//!
//! The words are made of what a trigger was read as, not of its text, so they cannot say anything
//! else than what fires: [`kinds`] has a sentence for each kind; [`times`] and [`days`] say the
//! fields of a cron trigger, put together of [`pieces`]; [`notes`] dates what happens in gaps and
//! folds; [`short`] and [`dialect`] know two more ways to be surprised.

mod days;
mod dialect;
mod kinds;
mod notes;
mod pieces;
mod plain;
mod short;
mod times;

use plain::instant;

use super::{JobContext, TriggerError, TriggerKind, TriggerSpec};
use crate::Timestamp;

/// What a trigger means, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The trigger in plain words, with what the next changes of the clocks do to it.
    pub text: String,
    /// What may not be what was meant: times in gaps and folds, days that months lack, what the
    /// other dialect would read, `H` without a job, fewer fire times than asked for.
    pub warnings: Vec<String>,
}

/// Explains `spec` as seen at `after`, and warns where it has fewer than `count` fire times then.
///
/// # Errors
/// Those of [`TriggerSpec::compile`].
pub fn explain(
    spec: &TriggerSpec,
    context: &JobContext,
    after: Timestamp,
    count: usize,
) -> Result<Explanation, TriggerError> {
    let trigger = spec.compile(context)?;
    let moment = Moment { context, after, until: Timestamp::MAX };
    let said = say(spec, &moment)?;
    let text = said.text();
    let mut warnings: Vec<String> = said.warnings.into_iter().map(Warning::text).collect();
    if said.hashes && context.uid.0.is_nil() {
        warnings.push(
            "H stands for other values in each job; these are those of the uid of zeros".to_owned(),
        );
    }
    let fires = std::iter::successors(trigger.next_after(after), |last| trigger.next_after(*last));
    match fires.take(count).count() {
        found if found == count => {}
        0 => warnings.push(format!("there is no fire time after {}", instant(after))),
        1 => warnings.push(format!("there is only one fire time after {}", instant(after))),
        found => {
            warnings.push(format!("there are only {found} fire times after {}", instant(after)));
        }
    }
    Ok(Explanation { text, warnings })
}

/// When a trigger is looked at.
#[derive(Clone, Copy)]
struct Moment<'a> {
    context: &'a JobContext,
    /// Changes of the clocks after this instant matter,
    after: Timestamp,
    /// and not after this one.
    until: Timestamp,
}

/// A trigger, said.
struct Said {
    /// Its rule.
    rule: String,
    /// What the next changes of the clocks do to it.
    notes: Vec<String>,
    warnings: Vec<Warning>,
    /// Whether `H` occurs in it.
    hashes: bool,
}

impl Said {
    /// A rule of which there is no more to say.
    fn plain(rule: String) -> Self {
        Self { rule, notes: Vec::new(), warnings: Vec::new(), hashes: false }
    }

    fn warn(&mut self, texts: impl IntoIterator<Item = String>) {
        self.warnings.extend(texts.into_iter().map(|text| Warning { path: String::new(), text }));
    }

    fn text(&self) -> String {
        let notes = self.notes.iter().map(|note| format!("; {note}"));
        std::iter::once(self.rule.clone()).chain(notes).collect()
    }
}

struct Warning {
    /// Where in a combination, as in the paths of errors.
    path: String,
    text: String,
}

impl Warning {
    fn text(self) -> String {
        if self.path.is_empty() { self.text } else { format!("{}: {}", self.path, self.text) }
    }

    fn within(self, parent: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{parent}{dot}{}", self.path), ..self }
    }
}

fn say(spec: &TriggerSpec, moment: &Moment<'_>) -> Result<Said, TriggerError> {
    let moment = Moment {
        after: spec.start_time.map_or(moment.after, |start| moment.after.max(start)),
        until: spec.end_time.map_or(moment.until, |end| moment.until.min(end)),
        ..*moment
    };
    let mut said = match &spec.kind {
        TriggerKind::Date(date) => kinds::date(date),
        TriggerKind::Interval(interval) => kinds::interval(interval, &moment),
        TriggerKind::Cron(cron) => kinds::cron(cron, &moment)?,
        TriggerKind::Calendar(calendar) => kinds::calendar(calendar, &moment)?,
        TriggerKind::All(children) => {
            each("when all of these fire at once", "all", children, &moment)?
        }
        TriggerKind::Any(children) => each("when any of these fires", "any", children, &moment)?,
    };
    if let Some(start) = spec.start_time {
        said.rule += &format!(", not before {}", instant(start));
    }
    if let Some(end) = spec.end_time {
        said.rule += &format!(", not after {}", instant(end));
    }
    Ok(said)
}

/// The children of a combination.
fn each(
    how: &str,
    kind: &str,
    children: &[TriggerSpec],
    moment: &Moment<'_>,
) -> Result<Said, TriggerError> {
    let (mut texts, mut all) = (Vec::new(), Said::plain(String::new()));
    for (at, child) in children.iter().enumerate() {
        let path = format!("{kind}.triggers[{at}]");
        let said = say(child, moment).map_err(|error| error.within(&path))?;
        texts.push(format!("({})", said.text()));
        all.hashes |= said.hashes;
        all.warnings.extend(said.warnings.into_iter().map(|warning| warning.within(&path)));
    }
    all.rule = format!("{how}: {}", texts.join(", "));
    Ok(all)
}

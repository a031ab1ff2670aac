//! What the next changes of the clocks do to a trigger, with their dates.

use super::plain::{and, date, time};
use crate::Timestamp;
use crate::trigger::walk::changes::{Change, Effect};
use crate::trigger::walk::days::Days;
use crate::trigger::walk::zoned::Zoned;

/// A change of the clocks that matters to a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// What happens then, to follow the words for the rule.
    pub(super) text: String,
    /// The rule behind it, and how to choose another.
    pub(super) warning: String,
}

/// How many times are named one by one.
const NAMED: usize = 3;

/// The next gap and the next fold after `after`, up to `until`, that matter to `zoned`.
pub(super) fn notes(zoned: &Zoned, after: Timestamp, until: Timestamp) -> Vec<Note> {
    let seconds = |at: Timestamp| at.as_millis().div_euclid(1000);
    let (mut gap, mut fold) = (None, None);
    for change in zoned.changes(seconds(after), seconds(until)) {
        let next = if change.effect.is_gap() { &mut gap } else { &mut fold };
        next.get_or_insert(change);
        if gap.is_some() && fold.is_some() {
            break;
        }
    }
    let mut changes: Vec<Change> = gap.into_iter().chain(fold).collect();
    changes.sort_by_key(|change| change.at);
    changes.iter().map(|change| note(zoned, change)).collect()
}

fn note(zoned: &Zoned, change: &Change) -> Note {
    let times = Times::of(zoned, change);
    Note { text: text(change, &times), warning: warning(zoned, change, &times) }
}

fn text(change: &Change, Times { day, text: times, several }: &Times) -> String {
    let twice = format!("{times} {} twice that day", if *several { "occur" } else { "occurs" });
    let missing = format!("{} not exist", if *several { "do" } else { "does" });
    let (shown_day, shown) = (date(change.shown), time(change.shown));
    match change.effect {
        Effect::Moved if shown_day == *day => {
            format!("on {day} at {shown}, because {times} {missing} that day")
        }
        Effect::Moved => format!("on {shown_day} at {shown}, because {times} on {day} {missing}"),
        Effect::Dropped => format!("on {day} not at {times}, which {missing} that day"),
        Effect::First => format!("on {day} in the first pass only, because {twice}"),
        Effect::Last => format!("on {day} in the second pass only, because {twice}"),
        Effect::Both => format!("on {day} in both passes, because {twice}"),
    }
}

fn warning(zoned: &Zoned, change: &Change, Times { day, text: times, several }: &Times) -> String {
    let zone = zoned.zone.name();
    let from = time(change.from);
    let until = match time(change.until).as_str() {
        "00:00" => "24:00".to_owned(),
        until => until.to_owned(),
    };
    let what = if change.effect.is_gap() {
        format!("gap: the clocks of {zone} leave out {from} to {until} on {day}")
    } else {
        format!("fold: the clocks of {zone} show {from} to {until} twice on {day}")
    };
    let (lies, fires, dropped, them) = match several {
        true => ("lie in it and", "fire", "do not fire", "them"),
        false => ("lies in it and", "fires", "does not fire", "it"),
    };
    let shown = match date(change.shown) {
        shown if shown == *day => time(change.shown),
        shown => format!("{} on {shown}", time(change.shown)),
    };
    let elapsed = "because the trigger goes by elapsed time there";
    let fixed = zoned.is_fixed(change.from, change.until);
    let rule = match change.effect {
        Effect::Moved => format!("{fires} at {shown} (gap NEXT; gap SKIP would drop {them})"),
        Effect::Dropped if fixed => {
            format!("{dropped} (gap SKIP; gap NEXT would move {them} to {shown})")
        }
        Effect::Dropped => format!("{dropped}, {elapsed}"),
        Effect::Both if !fixed => format!("{fires} in both passes, {elapsed}"),
        // A calendar has no choice of folds.
        Effect::First if matches!(zoned.readings.days, Days::Calendar(_)) => {
            format!("{fires} in the first pass")
        }
        Effect::First => format!("{fires} in the first pass (fold FIRST, not LAST or BOTH)"),
        Effect::Last => format!("{fires} in the second pass (fold LAST, not FIRST or BOTH)"),
        Effect::Both => format!("{fires} in both passes (fold BOTH, not FIRST or LAST)"),
    };
    format!("{what}; {times} {lies} {rule}")
}

/// The times of a trigger that a change leaves out or repeats.
struct Times {
    day: String,
    text: String,
    several: bool,
}

impl Times {
    fn of(zoned: &Zoned, change: &Change) -> Self {
        let mut times = Vec::new();
        let mut from = change.from;
        while let Some(reading) = zoned.readings.next(from, change.until) {
            if times.len() > NAMED {
                break;
            }
            times.push(reading);
            from = reading + 1;
        }
        let first = times.first().copied().unwrap_or(change.from);
        let text = if times.len() > NAMED {
            let last = zoned.readings.previous(change.from, change.until).unwrap_or(first);
            let end = if date(last) == date(first) { String::new() } else { date(last) + " " };
            format!("the times from {} to {end}{}", time(first), time(last))
        } else {
            and(&times.iter().map(|reading| time(*reading)).collect::<Vec<_>>())
        };
        Self { day: date(first), text, several: times.len() > 1 }
    }
}

//! The times of the day of a cron trigger, in words.

use super::pieces::{Piece, Said, nouns};
use super::plain::{and, clock, each};
use crate::trigger::cron::{Field, Fields};

/// The times of the day of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// The words: `at 02:30`, `every 15 minutes from 09:00 to 17:45`.
    pub(super) text: String,
    /// Whether they name times of the day one by one, so that days may follow without a comma.
    pub(super) listed: bool,
    /// Whether they name no hour: then `every day` need not be said.
    pub(super) hourly: bool,
}

/// Lists of no more times than this are said time by time.
const LISTED: usize = 8;

/// Says the hour, minute and second of `fields`.
pub(super) fn times(fields: &Fields) -> Times {
    let [hours, minutes, seconds] =
        [&fields.hour, &fields.minute, &fields.second].map(|field| (field, Said::of(field)));
    let hourly = hours.1 == Said::All;
    if let Some(list) = listed(&hours.1, &minutes.1, &seconds.1) {
        return Times { text: format!("at {}", and(&list)), listed: true, hourly };
    }
    let text = match (&minutes.1, &seconds.1) {
        (Said::One(minute), Said::One(second)) => once_an_hour(&hours.1, *minute, *second),
        (_, Said::One(second)) => {
            let text = of_minutes(hours, minutes);
            if *second == 0 { text } else { format!("{text}, at second {second}") }
        }
        _ => of_seconds(hours, minutes, seconds),
    };
    let listed = text.starts_with("at ") && !text.contains(" of ") && !text.contains("every");
    Times { text, listed, hourly }
}

/// The times one by one, where all three fields were written so and they are few.
fn listed(hours: &Said, minutes: &Said, seconds: &Said) -> Option<Vec<String>> {
    let (hours, minutes, seconds) = (hours.values()?, minutes.values()?, seconds.values()?);
    let single = minutes.len() * seconds.len() == 1;
    if hours.len() * minutes.len() * seconds.len() > LISTED && !single {
        return None;
    }
    let mut list = Vec::new();
    for hour in hours {
        for minute in &minutes {
            list.extend(seconds.iter().map(|second| clock(hour, *minute, *second)));
        }
    }
    Some(list)
}

/// One time in each of the hours.
fn once_an_hour(hours: &Said, minute: u32, second: u32) -> String {
    let at = |hour| clock(hour, minute, second);
    let pieces = match hours {
        Said::All => {
            return match (minute, second) {
                (0, 0) => "every hour".to_owned(),
                (_, 0) => format!("at minute {minute} of every hour"),
                _ => format!("at minute {minute} and second {second} of every hour"),
            };
        }
        Said::One(hour) => vec![Piece::One(*hour)],
        Said::Even(step) if 24 / step <= 3 => {
            (0..24).step_by(*step as usize).map(Piece::One).collect()
        }
        Said::Even(step) => vec![Piece::Span { first: 0, last: 24 - step, step: *step }],
        Said::Pieces(pieces) => pieces.clone(),
    };
    let (mut ones, mut texts) = (Vec::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::One(hour) => ones.push(at(hour)),
            Piece::Span { first, last, step } => {
                let every = each(step.into(), "hour");
                texts.push(format!("every {every} from {} to {}", at(first), at(last)));
            }
        }
    }
    if !ones.is_empty() {
        texts.insert(0, format!("at {}", and(&ones)));
    }
    and(&texts)
}

type Spoken<'a> = (&'a Field, Said);

/// Several minutes of each of the hours, at one second.
fn of_minutes(hours: Spoken<'_>, minutes: Spoken<'_>) -> String {
    let phrase = phrase(&minutes);
    if phrase.even
        && let Some((first, last)) = stretch(&hours.1)
    {
        let (from, to) = (clock(first, first_of(&minutes), 0), clock(last, last_of(&minutes), 0));
        return format!("{} from {from} to {to}", phrase.text);
    }
    match (phrase.even, &hours.1) {
        (true, Said::All) => phrase.text,
        _ => format!("{} of {}", phrase.text, nouns(hours.0)),
    }
}

/// Several seconds.
fn of_seconds(hours: Spoken<'_>, minutes: Spoken<'_>, seconds: Spoken<'_>) -> String {
    let phrase = phrase(&seconds);
    let every_minute = minutes.1 == Said::All;
    let span = match (&minutes.1, &hours.1) {
        (Said::All, hours) => stretch(hours).map(|(first, last)| ((first, 0), (last, 59))),
        (Said::One(minute), Said::One(hour)) => Some(((*hour, *minute), (*hour, *minute))),
        _ => None,
    };
    match span {
        Some((first, last)) if phrase.even => {
            let from = exact(first, first_of(&seconds));
            let to = exact(last, last_of(&seconds));
            return format!("{} from {from} to {to}", phrase.text);
        }
        Some((first, last)) => {
            let (from, to) = (clock(first.0, first.1, 0), clock(last.0, last.1, 0));
            return match first == last {
                true => format!("{} of {from}", phrase.text),
                false => format!("{} of every minute from {from} to {to}", phrase.text),
            };
        }
        None => {}
    }
    match (every_minute, &hours.1) {
        (true, Said::All) if phrase.even => phrase.text,
        (true, Said::All) => format!("{} of every minute", phrase.text),
        _ => format!("{} of {} of {}", phrase.text, nouns(minutes.0), nouns(hours.0)),
    }
}

fn exact((hour, minute): (u32, u32), second: u32) -> String {
    format!("{hour:02}:{minute:02}:{second:02}")
}

/// The first and the last hour, where all between them are meant.
fn stretch(hours: &Said) -> Option<(u32, u32)> {
    match hours {
        Said::One(hour) => Some((*hour, *hour)),
        Said::Pieces(pieces) => match pieces[..] {
            [Piece::Span { first, last, step: 1 }] => Some((first, last)),
            // Spans of two or three hours are kept value by value.
            [Piece::One(first), .., Piece::One(last)] => {
                let row = |pair: &[Piece]| match pair {
                    [Piece::One(one), Piece::One(other)] => (one + 1) % 24 == *other,
                    _ => false,
                };
                pieces.windows(2).all(row).then_some((first, last))
            }
            _ => None,
        },
        Said::All | Said::Even(_) => None,
    }
}

struct Phrase {
    text: String,
    /// Whether the values go evenly around the field.
    even: bool,
}

/// The minutes or seconds: `every 15 minutes`, `at minutes 5 and 20`.
fn phrase((field, said): &Spoken<'_>) -> Phrase {
    let name = field.unit.name;
    match said {
        Said::All => Phrase { text: format!("every {name}"), even: true },
        Said::Even(step) => {
            Phrase { text: format!("every {}", each((*step).into(), name)), even: true }
        }
        Said::Pieces(pieces) => match pieces[..] {
            [Piece::Span { first, last, step: 1 }] => {
                Phrase { text: format!("every {name} from {first} to {last}"), even: false }
            }
            [Piece::Span { first, last, step }] => {
                let every = each(step.into(), name);
                let text = format!("every {every} from {name} {first} to {last}");
                Phrase { text, even: false }
            }
            _ => Phrase { text: format!("at {}", nouns(field)), even: false },
        },
        Said::One(_) => Phrase { text: format!("at {}", nouns(field)), even: false },
    }
}

fn first_of((field, _): &Spoken<'_>) -> u32 {
    field.values().min().unwrap_or(field.unit.min)
}

fn last_of((field, _): &Spoken<'_>) -> u32 {
    field.values().max().unwrap_or(field.unit.max)
}

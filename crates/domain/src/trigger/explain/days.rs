//! The days of a cron trigger, in words.

use super::pieces::{Piece, Said, nouns};
use super::plain::{and, or, ordinal, spelled};
use crate::trigger::cron::{DayRule, Field, Fields, Item, MONTHS, WEEKDAYS};

/// Says the days of `fields`, months, weeks and years included; `None` where every day matches.
pub(super) fn days(fields: &Fields) -> Option<String> {
    let Fields { day, weekday, month, week, year, rule, .. } = fields;
    let months = Months::of(month);
    let open = [day, weekday].map(|field| Said::of(field) == Said::All);
    let mut text = match (open, rule) {
        ([true, true], _) | ([true, false] | [false, true], DayRule::Either) => months.plain(None),
        ([false, true], DayRule::Both) => months.of_days(day),
        ([true, false], DayRule::Both) => months.of_weekdays(weekday),
        ([false, false], DayRule::Both) => {
            format!("{} if it is {}", months.of_days(day), one_of(weekday))
        }
        ([false, false], DayRule::Either) => {
            let weekdays = months.again().of_weekdays(weekday);
            format!("{} and also {weekdays}", months.of_days(day))
        }
    };
    if Said::of(week) != Said::All {
        text += &format!(" in ISO {}", nouns(week));
    }
    if Said::of(year) != Said::All {
        text += &format!(" in {}", years(year));
    }
    (text != EVERY_DAY).then_some(text)
}

/// What is said where every day matches.
pub(super) const EVERY_DAY: &str = "every day";

/// The months of a trigger.
enum Months {
    All,
    /// Some, by their names.
    These {
        names: String,
        several: bool,
    },
    /// Those that were named before.
    Those {
        several: bool,
    },
}

impl Months {
    fn of(field: &Field) -> Self {
        let name = |month: u32| MONTHS[month as usize - 1];
        let said = Said::of(field);
        match &said {
            Said::All => Self::All,
            Said::Pieces(pieces) if let [Piece::Span { first, last, step: 1 }] = pieces[..] => {
                let names = format!("every month from {} to {}", name(first), name(last));
                Self::These { names, several: true }
            }
            _ => {
                let mut values: Vec<u32> = field.values().collect();
                values.sort_unstable();
                values.dedup();
                let names: Vec<_> = values.into_iter().map(name).collect();
                Self::These { names: and(&names), several: names.len() > 1 }
            }
        }
    }

    /// How the months are called the second time.
    fn again(&self) -> Self {
        match *self {
            Self::All => Self::All,
            Self::These { several, .. } | Self::Those { several } => Self::Those { several },
        }
    }

    /// All days of the months, or what `days` says of them.
    fn plain(&self, days: Option<String>) -> String {
        let days = days.unwrap_or_else(|| EVERY_DAY.to_owned());
        match self {
            Self::All => days,
            Self::These { names, .. } if days == EVERY_DAY => {
                match names.strip_prefix("every month ") {
                    Some(from_to) => format!("{days} {from_to}"),
                    None => format!("{days} in {names}"),
                }
            }
            Self::These { names, .. } => format!("{days} in {names}"),
            Self::Those { several } => format!("{days} in {}", those(*several)),
        }
    }

    /// Days that are counted within a month.
    fn counted(&self, days: &str) -> String {
        match self {
            Self::All => format!("{days} of every month"),
            Self::These { names, .. } => format!("{days} of {names}"),
            Self::Those { several } => format!("{days} of {}", those(*several)),
        }
    }

    fn of_days(&self, field: &Field) -> String {
        let mut nouns = Vec::new();
        let said = Said::of(field);
        for piece in pieces(&said) {
            nouns.push(match piece {
                Piece::One(day) => format!("the {}", ordinal(day)),
                Piece::Span { first, last, step } => {
                    let (first, last) = (ordinal(first), ordinal(last));
                    match step {
                        1 => format!("every day from the {first} to the {last}"),
                        _ => format!("every {} day from the {first} to the {last}", ordinal(step)),
                    }
                }
            });
        }
        nouns.extend(field.items.iter().filter_map(special));
        self.counted(&format!("on {}", and(&nouns)))
    }

    fn of_weekdays(&self, field: &Field) -> String {
        let (mut names, mut texts) = (Vec::new(), Vec::new());
        let said = Said::of(field);
        for piece in pieces(&said) {
            match piece {
                Piece::Span { first, last, step: 1 } => {
                    let (first, last) = (weekday(field, first), weekday(field, last));
                    texts.push(format!("every day from {first} to {last}"));
                }
                _ => names.extend(each_weekday(field, piece)),
            }
        }
        if !names.is_empty() {
            texts.insert(0, format!("every {}", and(&names)));
        }
        let specials: Vec<String> = field.items.iter().filter_map(special).collect();
        if specials.is_empty() {
            return self.plain(Some(and(&texts)));
        }
        let specials = self.counted(&format!("on {}", and(&specials)));
        if texts.is_empty() { specials } else { format!("{} and {specials}", and(&texts)) }
    }
}

fn those(several: bool) -> &'static str {
    if several { "these months" } else { "that month" }
}

/// The weekdays as a condition: `a Monday or a Friday`, `the last Friday of the month`.
fn one_of(field: &Field) -> String {
    let mut texts = Vec::new();
    let said = Said::of(field);
    for piece in pieces(&said) {
        match piece {
            Piece::Span { first, last, step: 1 } => {
                let (first, last) = (weekday(field, first), weekday(field, last));
                texts.push(format!("a day from {first} to {last}"));
            }
            _ => texts.extend(each_weekday(field, piece).map(|name| format!("a {name}"))),
        }
    }
    let specials = field.items.iter().filter_map(special);
    texts.extend(specials.map(|day| format!("{day} of the month")));
    or(&texts)
}

/// The pieces of a field that is not `*`.
fn pieces(said: &Said) -> Vec<Piece> {
    match said {
        Said::All | Said::Even(_) => Vec::new(),
        Said::One(value) => vec![Piece::One(*value)],
        Said::Pieces(pieces) => pieces.clone(),
    }
}

/// The days that letters stand for.
fn special(item: &Item) -> Option<String> {
    let from_end = |back: u32| match back {
        0 => "last day".to_owned(),
        1 => "day before the last".to_owned(),
        _ => format!("day {back} days before the last"),
    };
    Some(match *item {
        Item::Run(..) => return None,
        Item::LastDay { back: 0, nearest: true } => {
            "the last weekday (Monday to Friday)".to_owned()
        }
        Item::LastDay { back, nearest: true } => {
            format!("the weekday (Monday to Friday) nearest to the {}", from_end(back))
        }
        Item::LastDay { back, nearest: false } => format!("the {}", from_end(back)),
        Item::Nearest(day) => {
            format!("the weekday (Monday to Friday) nearest to the {}", ordinal(day))
        }
        Item::LastWeekday(weekday) => format!("the last {}", WEEKDAYS[weekday as usize]),
        Item::NthWeekday { weekday, nth } => {
            format!("the {} {}", spelled(nth), WEEKDAYS[weekday as usize])
        }
    })
}

/// The name of a value of a day-of-week field.
fn weekday(field: &Field, value: u32) -> &'static str {
    WEEKDAYS[field.unit.weekday(value) as usize]
}

fn each_weekday(field: &Field, piece: Piece) -> impl Iterator<Item = &'static str> {
    let (first, last, step) = match piece {
        Piece::One(value) => (value, value, 1),
        Piece::Span { first, last, step } => (first, last, step),
    };
    let size = field.unit.max - field.unit.min + 1;
    let end = if last < first { last + size } else { last };
    let wrapped = move |value: u32| (value - field.unit.min) % size + field.unit.min;
    (first..=end).step_by(step as usize).map(move |value| weekday(field, wrapped(value)))
}

fn years(field: &Field) -> String {
    let text = |piece: &Piece| match *piece {
        Piece::One(year) => year.to_string(),
        Piece::Span { first, last, step: 1 } => format!("{first} to {last}"),
        Piece::Span { first, last, step } => {
            format!("every {} year from {first} to {last}", ordinal(step))
        }
    };
    match Said::of(field) {
        Said::All => String::new(),
        Said::One(year) => year.to_string(),
        Said::Even(step) => {
            let (first, last) = (field.unit.min, field.unit.max + 1 - step);
            text(&Piece::Span { first, last, step })
        }
        Said::Pieces(pieces) => and(&pieces.iter().map(text).collect::<Vec<_>>()),
    }
}

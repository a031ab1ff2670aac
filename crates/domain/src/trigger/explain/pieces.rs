//! The items of a field as pieces that have words.

use std::collections::BTreeSet;

use super::plain::and;
use crate::trigger::cron::{Field, Item};

/// What one item selects, as a person would say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// One value.
    One(u32),
    /// Values from one to another, over the field's end where they wrap.
    Span { first: u32, last: u32, step: u32 },
}

/// Spans of no more values than this are said value by value.
const FEW: usize = 3;

/// A field, said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Every value.
    All,
    /// One value.
    One(u32),
    /// From the field's minimum on evenly around it, so that the last is as far from the first
    /// as from the one before: `*/15` minutes, not `*/7`.
    Even(u32),
    /// Pieces in the order in which they were written.
    Pieces(Vec<Piece>),
}

impl Said {
    /// What the runs of `field` say.
    pub(super) fn of(field: &Field) -> Self {
        let size = field.unit.max - field.unit.min + 1;
        let all: BTreeSet<u32> = field.values().collect();
        if all.len() == size as usize {
            return Self::All;
        }
        let mut pieces = Vec::new();
        for item in &field.items {
            let Item::Run(_, run) = item else { continue };
            let values: Vec<u32> = run.values(&field.unit).collect();
            match &values[..] {
                few if few.len() <= FEW => pieces.extend(few.iter().copied().map(Piece::One)),
                [first, .., last] => {
                    pieces.push(Piece::Span { first: *first, last: *last, step: run.step });
                }
                _ => {}
            }
        }
        let mut seen = Vec::new();
        pieces.retain(|piece| {
            !seen.contains(piece) && {
                seen.push(*piece);
                true
            }
        });
        let step = size.checked_div(all.len() as u32).unwrap_or(size);
        let evenly = (0..).map(|nth| field.unit.min + nth * step);
        let even =
            all.len() > 1 && all.len() as u32 * step == size && evenly.take(all.len()).eq(all);
        match &pieces[..] {
            [Piece::One(value)] => Self::One(*value),
            _ if even && field.items.len() == 1 => Self::Even(step),
            _ => Self::Pieces(pieces),
        }
    }

    /// The values where they were written one by one, ascending.
    pub(super) fn values(&self) -> Option<Vec<u32>> {
        let mut values = match self {
            Self::One(value) => vec![*value],
            Self::Pieces(pieces) => pieces
                .iter()
                .map(|piece| if let Piece::One(value) = piece { Some(*value) } else { None })
                .collect::<Option<Vec<_>>>()?,
            Self::All | Self::Even(_) => return None,
        };
        values.sort_unstable();
        Some(values)
    }
}

/// The values of a field that counts, as nouns: `minute 5`, `minutes 0 to 20 and 40`.
pub(super) fn nouns(field: &Field) -> String {
    let (name, unit) = (field.unit.name, field.unit);
    let text = |piece: &Piece| match *piece {
        Piece::One(value) => value.to_string(),
        Piece::Span { first, last, step: 1 } => format!("{first} to {last}"),
        Piece::Span { first, last, step } => format!("{first} to {last} in steps of {step}"),
    };
    match Said::of(field) {
        Said::All => format!("every {name}"),
        Said::One(value) => format!("{name} {value}"),
        Said::Even(step) => {
            let span = Piece::Span { first: unit.min, last: unit.max + 1 - step, step };
            format!("{name}s {}", text(&span))
        }
        Said::Pieces(pieces) => {
            format!("{name}s {}", and(&pieces.iter().map(text).collect::<Vec<_>>()))
        }
    }
}

//! What stands in a cron field: a list of items, each read but not yet expanded.
//!
//! The items are kept as they were written, beside what they select: whether a trigger goes by
//! elapsed time, and how a person would say it, depends on the writing.

use super::unit::Unit;

/// A field: its unit and its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::trigger) struct Field {
    /// What may stand in it.
    pub(in crate::trigger) unit: Unit,
    /// What does; at least one item.
    pub(in crate::trigger) items: Vec<Item>,
}

/// One item of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) enum Item {
    /// Values in a row.
    Run(Form, Run),
    /// `L`, `L-n`, `LW`, `L-nW`: the day `back` days before the month's last, or the weekday
    /// nearest to it.
    LastDay { back: u32, nearest: bool },
    /// `nW`: the weekday nearest to day n.
    Nearest(u32),
    /// `dL`: the last such weekday of the month, from 0 for Monday.
    LastWeekday(u32),
    /// `d#k`: the k-th such weekday of the month, from 0 for Monday.
    NthWeekday { weekday: u32, nth: u32 },
}

/// How a run was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) enum Form {
    /// `*`
    All,
    /// `?`
    Unset,
    /// `a`
    One,
    /// `a-b`
    Range,
    /// `*/n`
    AllStepped,
    /// `a/n` or `a-b/n`
    Stepped,
    /// `H` without a step.
    Hash,
    /// `H` with a step.
    HashStepped,
}

/// The values from `first` to `last`, each `step` after the one before; over the field's end where
/// `last` is less than `first`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) struct Run {
    pub(in crate::trigger) first: u32,
    pub(in crate::trigger) last: u32,
    pub(in crate::trigger) step: u32,
}

impl Run {
    /// The values, ascending but for the wrap. 7 is 0 for a weekday of dialect UNIX.
    pub(in crate::trigger) fn values(self, unit: &Unit) -> impl Iterator<Item = u32> {
        let Unit { min, max, .. } = *unit;
        let size = max - min + 1;
        let end = if self.last < self.first { self.last + size } else { self.last };
        (self.first..=end).step_by(self.step as usize).map(move |value| (value - min) % size + min)
    }
}

impl Field {
    /// A field of one item.
    pub(in crate::trigger) fn single(unit: Unit, form: Form, first: u32, last: u32) -> Self {
        Self { unit, items: vec![Item::Run(form, Run { first, last, step: 1 })] }
    }

    /// `*`
    pub(in crate::trigger) fn all(unit: Unit) -> Self {
        Self::single(unit, Form::All, unit.min, unit.max)
    }

    /// The single value `value`.
    pub(in crate::trigger) fn one(unit: Unit, value: u32) -> Self {
        Self::single(unit, Form::One, value, value)
    }

    /// The values of its runs.
    pub(in crate::trigger) fn values(&self) -> impl Iterator<Item = u32> {
        self.items
            .iter()
            .filter_map(|item| if let Item::Run(_, run) = item { Some(*run) } else { None })
            .flat_map(|run| run.values(&self.unit))
    }

    /// The values of its runs as bits; for a unit whose values are below 64.
    pub(in crate::trigger) fn bits(&self) -> u64 {
        self.values().fold(0, |bits, value| bits | 1 << value)
    }

    /// Whether an item of it is `*` or has a step: then the trigger goes by elapsed time, where
    /// this is a minute or an hour field.
    pub(super) fn recurs(&self) -> bool {
        self.items.iter().any(|item| {
            matches!(
                item,
                Item::Run(Form::All | Form::AllStepped | Form::Stepped | Form::HashStepped, _)
            )
        })
    }

    /// The values of its plain ranges, as bits.
    pub(super) fn ranges(&self) -> u64 {
        let ranges = self.items.iter().filter_map(|item| match item {
            Item::Run(Form::Range, run) => Some(*run),
            _ => None,
        });
        ranges.flat_map(|run| run.values(&self.unit)).fold(0, |bits, value| bits | 1 << value)
    }

    /// Whether the text of the field begins with neither `*` nor `?`. This is crontab(5)'s notion
    /// of restricted: the writing decides, not what is selected.
    pub(in crate::trigger) fn restricted(&self) -> bool {
        !matches!(
            self.items.first(),
            Some(Item::Run(Form::All | Form::AllStepped | Form::Unset, _))
        )
    }

    /// Whether any value fits.
    pub(in crate::trigger) fn is_all(&self) -> bool {
        matches!(self.items[..], [Item::Run(Form::All | Form::Unset, _)])
    }
}

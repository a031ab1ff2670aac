//! The fields of a cron trigger: what each may hold.

/// One kind of field, in one way of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) struct Unit {
    /// What messages call it.
    pub(in crate::trigger) name: &'static str,
    /// Which quantity it holds.
    pub(in crate::trigger) quantity: Quantity,
    /// The smallest value.
    pub(in crate::trigger) min: u32,
    /// The largest value.
    pub(in crate::trigger) max: u32,
    /// Whether a range may run over the maximum to the minimum.
    pub(in crate::trigger) wraps: bool,
    /// Which texts besides numbers, ranges and steps it takes.
    pub(super) grammar: Grammar,
}

/// A quantity that a clock or a calendar shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) enum Quantity {
    Year,
    Month,
    Week,
    Day,
    Weekday,
    Hour,
    Minute,
    Second,
}

/// The ways to write a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// Of an expression in dialect UNIX.
    Unix,
    /// Of an expression in dialect QUARTZ.
    Quartz,
    /// Of named fields.
    Fields,
}

/// The months by name; the first is number 1.
pub(in crate::trigger) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The weekdays by name, from Monday.
pub(in crate::trigger) const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Unit {
    /// The unit of `quantity` in an expression of either dialect.
    pub(super) const fn of_expression(quantity: Quantity, grammar: Grammar) -> Self {
        let (name, min, max) = match (quantity, grammar) {
            (Quantity::Second, _) => ("second", 0, 59),
            (Quantity::Minute, _) => ("minute", 0, 59),
            (Quantity::Hour, _) => ("hour", 0, 23),
            (Quantity::Day, _) => ("day-of-month", 1, 31),
            (Quantity::Month, _) => ("month", 1, 12),
            (Quantity::Weekday, Grammar::Quartz) => ("day-of-week", 1, 7),
            (Quantity::Weekday, _) => ("day-of-week", 0, 6),
            (Quantity::Week, _) => ("week", 1, 53),
            (Quantity::Year, _) => ("year", 1970, 2099),
        };
        let wraps = !matches!(quantity, Quantity::Year);
        Self { name, quantity, min, max, wraps, grammar }
    }

    /// The unit of the named field of `quantity`.
    pub(super) const fn of_fields(quantity: Quantity) -> Self {
        let unit = Self::of_expression(quantity, Grammar::Fields);
        let name = match quantity {
            Quantity::Day => "day",
            Quantity::Weekday => "day_of_week",
            _ => unit.name,
        };
        Self { name, wraps: false, ..unit }
    }

    /// Whether the field holds days of the month.
    pub(in crate::trigger) fn is_day(&self) -> bool {
        self.quantity == Quantity::Day
    }

    /// The largest step: the span of the field.
    pub(super) fn max_step(&self) -> u32 {
        self.max - self.min
    }

    /// The names that stand for values, the first for `min` where `min` is not Sunday.
    pub(super) fn names(&self) -> &'static [&'static str] {
        match self.quantity {
            Quantity::Month => &MONTHS,
            Quantity::Weekday => &WEEKDAYS,
            _ => &[],
        }
    }

    /// The value that `word`, three letters of a name or all of it, stands for.
    pub(super) fn named(&self, word: &str) -> Option<u32> {
        let is =
            |name: &&str| name.eq_ignore_ascii_case(word) || name[..3].eq_ignore_ascii_case(word);
        let at = self.names().iter().position(is)? as u32;
        Some(match (self.quantity, self.grammar) {
            (Quantity::Weekday, Grammar::Unix) => (at + 1) % 7,
            (Quantity::Weekday, Grammar::Quartz) => (at + 1) % 7 + 1,
            (Quantity::Weekday, Grammar::Fields) => at,
            _ => at + self.min,
        })
    }

    /// The weekday, from 0 for Monday, of a value of this field.
    pub(in crate::trigger) fn weekday(&self, value: u32) -> u32 {
        match self.grammar {
            Grammar::Unix => (value + 6) % 7,
            Grammar::Quartz => (value + 5) % 7,
            Grammar::Fields => value,
        }
    }

    /// What is allowed in the field, for a message.
    pub(super) fn allowed(&self) -> String {
        let Self { min, max, .. } = self;
        match (self.quantity, self.grammar) {
            (Quantity::Month, _) => format!("{min} to {max} and JAN to DEC"),
            (Quantity::Weekday, Grammar::Unix) => {
                "0 to 7 (0 and 7 are Sunday) and MON to SUN".to_owned()
            }
            (Quantity::Weekday, Grammar::Quartz) => {
                "1 (Sunday) to 7 (Saturday) and MON to SUN".to_owned()
            }
            (Quantity::Weekday, Grammar::Fields) => {
                "0 (Monday) to 6 (Sunday) and mon to sun".to_owned()
            }
            _ => format!("{min} to {max}"),
        }
    }
}

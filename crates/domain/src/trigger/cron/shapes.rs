//! The day fields of a cron trigger, evaluated for every month that can be.

use super::item::{Field, Item};

/// The days that match, by the weekday of the month's first day (0 is Monday) and its length less
/// 28.
pub(super) type Shapes = [[u32; 4]; 7];

/// How the two day fields are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) enum DayRule {
    /// A day must match both.
    Both,
    /// A day must match one of them: crontab(5), where both are restricted.
    Either,
}

/// Evaluates the fields day-of-month and day-of-week.
pub(super) fn shapes(days: &Field, weekdays: &Field, rule: DayRule) -> Shapes {
    let mut shapes = [[0; 4]; 7];
    for (begins, row) in (0..).zip(&mut shapes) {
        for (len, mask) in (28..).zip(row) {
            let month = Shape { begins, len };
            let (days, weekdays) = (month.mask(days), month.mask(weekdays));
            *mask = match rule {
                DayRule::Both => days & weekdays,
                DayRule::Either => days | weekdays,
            };
        }
    }
    shapes
}

/// A month, as far as its days go.
#[derive(Clone, Copy)]
struct Shape {
    /// The weekday of the first, from 0 for Monday.
    begins: u32,
    /// How many days there are.
    len: u32,
}

const SATURDAY: u32 = 5;
const SUNDAY: u32 = 6;

impl Shape {
    /// The days that `field` matches, bit 0 for the first.
    fn mask(self, field: &Field) -> u32 {
        field.items.iter().fold(0, |mask, item| mask | self.item(field, *item))
    }

    fn item(self, field: &Field, item: Item) -> u32 {
        match item {
            Item::Run(_, run) => run
                .values(&field.unit)
                .map(|value| match field.unit.is_day() {
                    true => self.bit(value),
                    false => self.weekdays(field.unit.weekday(value)),
                })
                .fold(0, |mask, bits| mask | bits),
            Item::LastDay { back, nearest } => {
                let day = self.len.saturating_sub(back);
                if nearest { self.nearest(day) } else { self.bit(day) }
            }
            Item::Nearest(day) => self.nearest(day),
            Item::LastWeekday(weekday) => {
                let all = self.weekdays(weekday);
                1 << (31 - all.leading_zeros())
            }
            Item::NthWeekday { weekday, nth } => {
                self.bit((weekday + 7 - self.begins) % 7 + 1 + (nth - 1) * 7)
            }
        }
    }

    /// The day `day`, if the month has it.
    fn bit(self, day: u32) -> u32 {
        if (1..=self.len).contains(&day) { 1 << (day - 1) } else { 0 }
    }

    /// All of a weekday.
    fn weekdays(self, weekday: u32) -> u32 {
        let first = (weekday + 7 - self.begins) % 7 + 1;
        (first..=self.len).step_by(7).fold(0, |mask, day| mask | self.bit(day))
    }

    /// The day from Monday to Friday nearest to `day` without leaving the month; none where the
    /// month has no such day.
    fn nearest(self, day: u32) -> u32 {
        if !(1..=self.len).contains(&day) {
            return 0;
        }
        self.bit(match (self.begins + day - 1) % 7 {
            SATURDAY if day == 1 => 3,
            SATURDAY => day - 1,
            SUNDAY if day == self.len => day - 2,
            SUNDAY => day + 1,
            _ => day,
        })
    }
}

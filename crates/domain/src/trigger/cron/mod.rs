//! Cron: readings of a clock on a wall, as expressions of two dialects and as named fields.
//!
//! All three end as the same eight fields ([`Fields`]), and those as sets of bits; from there on
//! nothing knows how the trigger was written. The dialects differ in one table ([`unit`]) and in
//! one rule ([`shapes::DayRule`]), so what one accepts the other cannot forget.

mod complain;
mod expression;
mod fields;
mod hash;
mod item;
mod read;
mod shapes;
mod unit;

pub(super) use hash::Seed;
pub(super) use item::{Field, Form, Item};
pub(super) use shapes::DayRule;
pub(super) use unit::{MONTHS, WEEKDAYS};

use super::error::TriggerError;
use super::spec::{CronForm, CronSpec};
use super::timezone::zone;
use super::walk::cron_days::{CronDays, Years};
use super::walk::days::Days;
use super::walk::readings::Readings;
use super::walk::time_of_day::TimeOfDay;
use super::walk::zoned::{Elapsed, Zoned};

/// What a cron trigger says, field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) year: Field,
    pub(super) month: Field,
    /// The ISO week; `*` in an expression.
    pub(super) week: Field,
    pub(super) day: Field,
    pub(super) weekday: Field,
    /// How `day` and `weekday` are joined.
    pub(super) rule: DayRule,
    pub(super) hour: Field,
    pub(super) minute: Field,
    pub(super) second: Field,
}

/// Compiles a cron trigger.
///
/// # Errors
/// The field that is wrong.
pub(super) fn compile(spec: &CronSpec, seed: Seed) -> Result<Zoned, TriggerError> {
    let fields = read(spec, seed)?;
    let zone = zone("cron.timezone", &spec.timezone)?;
    let readings = Readings { days: Days::Cron(fields.days()), time: fields.time() };
    let elapsed = fields.elapsed();
    Ok(Zoned { readings, zone, elapsed, gap: spec.gap, fold: spec.fold })
}

/// Reads the fields of a cron trigger.
///
/// # Errors
/// The field that is wrong.
pub(super) fn read(spec: &CronSpec, seed: Seed) -> Result<Fields, TriggerError> {
    match &spec.form {
        CronForm::Expression(text) => expression::read(text, spec.dialect, seed)
            .map_err(|message| TriggerError::new("cron.expression", text, message)),
        CronForm::Fields(given) => fields::read(given, seed).map_err(|(name, value, message)| {
            let field = name.map_or("cron.fields".to_owned(), |name| format!("cron.fields.{name}"));
            TriggerError::new(&field, &value, message)
        }),
    }
}

impl Fields {
    fn days(&self) -> CronDays {
        let mut years = Years::default();
        self.year.values().for_each(|year| years.insert(year as i32));
        CronDays {
            years,
            months: self.month.bits() as u16,
            weeks: (!self.week.is_all()).then(|| self.week.bits()),
            shapes: shapes::shapes(&self.day, &self.weekday, self.rule),
        }
    }

    fn time(&self) -> TimeOfDay {
        TimeOfDay {
            hours: self.hour.bits() as u32,
            minutes: self.minute.bits(),
            seconds: self.second.bits(),
        }
    }

    /// Whether `other` selects the same days.
    pub(super) fn has_the_days_of(&self, other: &Self) -> bool {
        self.days() == other.days()
    }

    /// Whether one of them has an `H`.
    pub(super) fn hash(&self) -> bool {
        let Self { second, minute, hour, day, month, weekday, .. } = self;
        let fields = [second, minute, hour, day, month, weekday];
        fields
            .iter()
            .flat_map(|field| &field.items)
            .any(|item| matches!(item, Item::Run(Form::Hash | Form::HashStepped, _)))
    }

    /// At which changes of the clocks the trigger goes by elapsed time.
    pub(super) fn elapsed(&self) -> Elapsed {
        if self.minute.recurs() || self.hour.recurs() {
            return Elapsed::Always;
        }
        Elapsed::Hours(self.hour.ranges() as u32)
    }
}

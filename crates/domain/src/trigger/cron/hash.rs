//! `H`: a value that is chosen for a job, and stays.

use sha2::{Digest, Sha256};

use super::item::{Form, Item, Run};
use super::read::Reader;
use super::unit::{Grammar, Quantity, Unit};
use crate::JobUid;

/// Where a job's values of `H` come from: its uid, so that they survive every change of the job
/// but its deletion, and spread over jobs that were written alike.
#[derive(Clone, Copy, Debug)]
pub(in crate::trigger) struct Seed(pub(in crate::trigger) JobUid);

impl Seed {
    /// The job's number for a field: the first eight bytes, big-endian, of SHA-256 of the uid and
    /// the field's name. `None` for a field that takes no `H`.
    pub(super) fn number(self, unit: &Unit) -> Option<u64> {
        let name = match unit.quantity {
            Quantity::Second => "second",
            Quantity::Minute => "minute",
            Quantity::Hour => "hour",
            Quantity::Day => "day_of_month",
            Quantity::Month => "month",
            Quantity::Weekday => "day_of_week",
            Quantity::Year | Quantity::Week => return None,
        };
        let digest = Sha256::new().chain_update(self.0.0.as_bytes()).chain_update(name).finalize();
        let mut head = [0; 8];
        head.copy_from_slice(&digest[..8]);
        Some(u64::from_be_bytes(head))
    }
}

/// The largest day of the month that a plain `H` takes: one that every month has.
const LAST_COMMON_DAY: u32 = 28;

impl Reader<'_> {
    /// `H`, `H(a-b)`, `H/n`, `H(a-b)/n`
    pub(super) fn hash(&mut self) -> Result<Item, String> {
        let number = self.seed.number(&self.unit).filter(|_| self.unit.grammar != Grammar::Fields);
        let Some(number) = number else {
            let what = if self.unit.grammar == Grammar::Fields {
                "H may stand in an expression only"
            } else {
                "H may stand in any field but year"
            };
            return Err(self.wrong(what, &self.forms(), ""));
        };
        self.skip(1);
        let (first, last) = self.hash_range()?;
        let Unit { min, max, .. } = self.unit;
        let size = max - min + 1;
        let values = if last < first { last + size - first + 1 } else { last - first + 1 };
        let wrapped = |value: u32| (value - min) % size + min;
        if self.rest.is_empty() {
            let value = wrapped(first + (number % u64::from(values)) as u32);
            return Ok(Item::Run(Form::Hash, Run { first: value, last: value, step: 1 }));
        }
        let step = self.step_to_end()?;
        if step > values {
            let what = format!("a step of {step} is larger than the {values} values that H has");
            return Err(self.wrong(&what, &format!("1 to {values}"), ""));
        }
        let first = wrapped(first + (number % u64::from(step)) as u32);
        Ok(Item::Run(Form::HashStepped, Run { first, last, step }))
    }

    /// The range that `H` chooses from.
    fn hash_range(&mut self) -> Result<(u32, u32), String> {
        let Unit { min, max, quantity, .. } = self.unit;
        if !self.rest.starts_with('(') {
            let last = if quantity == Quantity::Day { LAST_COMMON_DAY } else { max };
            return Ok((min, last));
        }
        self.skip(1);
        let first = self.value()?;
        if !self.rest.starts_with('-') {
            return Err(self.wrong("H( needs a range", "H(a-b) and H(a-b)/n", ""));
        }
        self.skip(1);
        let last = self.value()?;
        if !self.rest.starts_with(')') {
            return Err(self.wrong("the range of H is not closed", "H(a-b) and H(a-b)/n", ""));
        }
        self.skip(1);
        let first = if self.is_unix_sunday(first) { 0 } else { first };
        Ok(match last {
            7 if self.is_unix_sunday(last) && first == 0 => (0, 6),
            7 if self.is_unix_sunday(last) => (first, 0),
            _ => (first, last),
        })
    }
}

//! `H`: a value that is chosen for a job, and stays.

use sha2::{Digest, Sha256};

use super::unit::{Quantity, Unit};
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
pub(super) const LAST_COMMON_DAY: u32 = 28;

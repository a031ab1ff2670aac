//! What an answer may cost at most, in nanoseconds: an estimate from above.
//!
//! Every answer must come within 5 ms, the one included that there is none. A walk or a search is
//! bounded by the changes of the clocks and the months it passes, and both are known beforehand;
//! so a trigger that could take longer is refused when it is compiled, and a count that would take
//! longer is made another way. The figures are rounded up from measurements (`benches/worst`).

use super::civil::DAY;
use super::days::Days;
use super::zoned::Zoned;

/// The most that an answer may be estimated at. Below 5 ms by as much as a busy machine is slow.
pub(in crate::trigger) const BUDGET: u64 = 4_000_000;

/// Mean seconds of a month.
const MONTH: i64 = 146_097 * DAY / 4_800;

/// What a walk from `from` to `until` passes: changes of the clocks, and months.
pub(super) fn passed(zoned: &Zoned, from: i64, until: i64) -> (u64, u64) {
    if from > until {
        return (0, 0);
    }
    let changes = zoned.zone.index(until) - zoned.zone.index(from);
    (changes as u64, ((until - from) / MONTH) as u64 + 1)
}

/// What one month of the days of a trigger costs.
pub(super) fn of_month(days: &Days) -> u64 {
    match days {
        Days::Cron(days) if days.weeks.is_some() => 60,
        Days::Cron(_) => 8,
        Days::Calendar(days) => days.cost_of_month(),
    }
}

impl Zoned {
    /// What an answer about `from..=until` may cost.
    pub(in crate::trigger) fn cost(&self, from: i64, until: i64) -> u64 {
        let Some((from, until)) = self.clamp(from, until) else { return 0 };
        let (changes, months) = passed(self, from, until);
        100 + changes * 60 + months * of_month(&self.readings.days)
    }
}

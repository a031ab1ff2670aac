//! What is due, and when to look again.

use std::iter::{Peekable, from_fn};
use std::ops::Bound;

use bellwether_domain::Timestamp;

use super::state::PartitionState;
use crate::{DueCursor, DueEntry, Head, Peek, Promote};

impl PartitionState {
    /// What is due at `now`, behind `after`, and what is delayed no longer: `limit` of each.
    pub(super) fn peek(&self, now: Timestamp, after: Option<&DueCursor>, limit: usize) -> Peek {
        let after = after.map(|cursor| (cursor.start_after, cursor.key.to_string()));
        let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut points =
            self.due.range::<(Timestamp, String), _>((start, Bound::Unbounded)).peekable();
        let mut waits = self.delayed.iter().peekable();
        let due = page(&mut points, limit, |(at, _)| *at <= now);
        let delayed = page(&mut waits, limit, |(at, ..)| *at <= now);
        let (come, ahead): (Vec<_>, Vec<_>) =
            self.cancels.iter().partition(|(_, cancel)| cancel.look <= now);
        let ahead = ahead.into_iter().map(|(_, cancel)| cancel.look).min();
        let delayed_ahead = waits.peek().map(|(at, ..)| *at);
        let mut steps = self.backfills_due.iter().peekable();
        let backfills = page(&mut steps, limit, |(at, _)| *at <= now);
        let steps_ahead = steps.peek().map(|(at, _)| *at);
        let promote =
            |(_, run, ready): &(_, _, crate::ReadyKey)| Promote { run: *run, ready: ready.clone() };
        Peek {
            now,
            pauses: self.pauses.version,
            due: due.into_iter().filter_map(|(_, key)| self.due_entry(key)).collect(),
            delayed: delayed.into_iter().map(promote).collect(),
            cancels: come.into_iter().map(|(run, _)| *run).collect(),
            backfills: backfills.into_iter().map(|(_, id)| *id).collect(),
            head: Head {
                due: points.peek().map(|(at, _)| *at),
                delayed: steps_ahead.into_iter().chain(delayed_ahead).chain(ahead).min(),
                ready: self.waiting_for_nodes() as u64,
            },
        }
    }

    /// When the partition next needs somebody.
    pub(super) fn head(&self) -> Head {
        Head {
            due: self.due.first().map(|(at, _)| *at),
            delayed: self.first_delayed(),
            ready: self.waiting_for_nodes() as u64,
        }
    }

    /// When the earliest delayed run may start, a cancelling has to be seen to, or a backfill has its
    /// next step.
    pub(super) fn first_delayed(&self) -> Option<Timestamp> {
        let delayed = self.delayed.first().map(|(at, ..)| *at);
        let step = self.backfills_due.first().map(|(at, _)| *at);
        let looks = self.cancels.values().map(|cancel| cancel.look);
        looks.chain(delayed).chain(step).min()
    }

    fn due_entry(&self, key: &str) -> Option<DueEntry> {
        let row = self.jobs.get(key)?;
        let status = &row.job.status;
        Some(DueEntry {
            key: row.job.definition.key.clone(),
            etag: status.etag,
            uid: row.job.definition.uid,
            next: row.next?,
            fires: status.fires,
            catching_up: status.catching_up,
        })
    }
}

/// Up to `limit` of the items in front that are due; `rest` stands behind them.
fn page<'a, T>(
    rest: &mut Peekable<impl Iterator<Item = &'a T>>,
    limit: usize,
    is_due: impl Fn(&T) -> bool,
) -> Vec<&'a T> {
    from_fn(|| rest.next_if(|item| is_due(item))).take(limit).collect()
}

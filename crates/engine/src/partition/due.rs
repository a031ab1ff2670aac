//! From what is due to claims: the store is read, the plan is pure.

use std::sync::Arc;

use bellwether_domain::plan::{DueJob, plan_around};
use bellwether_domain::{BackfillId, JobKey, RunId, Timestamp};
use bellwether_store::{ClaimItem, DueCursor, DueEntry, Peek, Promote, StoreError};

use super::{BATCH, PartitionLoop};
use crate::boot_clock::BootInstant;
use crate::definitions::CompiledJob;

/// How many due points one look reads.
const PAGE: usize = 100;

/// What a leader saw, and what it makes of it.
pub(super) struct Sight {
    /// What to claim.
    pub(super) claims: Vec<ClaimItem>,
    /// What to ready.
    pub(super) promotes: Vec<Promote>,
    /// Whose cancelling to see to.
    pub(super) cancels: Vec<RunId>,
    /// Backfills to take a step further, and
    pub(super) backfills: Vec<BackfillId>,
    /// the store's time for which that is decided.
    pub(super) now: Timestamp,
    /// More is due than was read or fits.
    pub(super) more: bool,
}

impl Default for Sight {
    fn default() -> Self {
        Self {
            claims: Vec::new(),
            promotes: Vec::new(),
            cancels: Vec::new(),
            backfills: Vec::new(),
            now: Timestamp::UNIX_EPOCH,
            more: false,
        }
    }
}

impl PartitionLoop {
    /// Reads what is due and plans it. Jobs that are left alone do not hide those behind them.
    pub(super) async fn look(&mut self) -> Result<Sight, StoreError> {
        let now = BootInstant::now();
        self.looked = now;
        self.left_alone.retain(|_, until| now.since(*until).is_zero() && *until != now);
        let mut after: Option<DueCursor> = None;
        loop {
            let sent = BootInstant::now();
            let peek = self.store.peek(self.local.partition, after.as_ref(), PAGE).await?;
            self.clock.observe(sent, peek.now);
            if !self.clock.is_steady() {
                self.next_look = Some(peek.now.saturating_add(super::REFUSED_PAUSE));
                return Ok(Sight::default());
            }
            let full = peek.due.len() >= PAGE;
            let last = peek.due.last();
            after = last.map(|l| DueCursor { start_after: l.next.start_after, key: l.key.clone() });
            let sight = self.plan_page(peek, full).await?;
            let idle = sight.claims.is_empty() && sight.promotes.is_empty();
            let busy = !sight.cancels.is_empty() || !sight.backfills.is_empty();
            if !full || !idle || busy {
                return Ok(sight);
            }
        }
    }

    async fn plan_page(&mut self, peek: Peek, full: bool) -> Result<Sight, StoreError> {
        let Peek { now, pauses, due, delayed, cancels, backfills, head } = peek;
        self.local.set_ready(head.ready);
        self.next_look = [head.due, head.delayed].into_iter().flatten().min();
        if pauses != self.pauses.version {
            self.pauses = self.store.applied_pauses(self.local.partition).await?;
        }
        let due: Vec<DueEntry> =
            due.into_iter().filter(|entry| !self.left_alone.contains_key(&entry.key)).collect();
        let wanted = due.iter().map(|entry| (&entry.key, entry.etag));
        self.definitions.fetch(self.store.as_ref(), self.local.partition, wanted).await?;
        let mut sight =
            Sight { promotes: delayed, cancels, backfills, now, more: full, ..Sight::default() };
        let mut fires = 0;
        for entry in due {
            if fires >= BATCH {
                sight.more = true;
                break;
            }
            match self.definitions.get(&entry.key, entry.etag) {
                Some(job) => {
                    let item = self.plan_job(now, &entry, &job);
                    fires += item.claim.fires.len();
                    sight.more |= item.claim.catching_up;
                    sight.claims.push(item);
                }
                None => self.leave_alone(entry.key, now),
            }
        }
        self.note_left_alone(now);
        Ok(sight)
    }

    fn plan_job(&self, now: Timestamp, entry: &DueEntry, job: &Arc<CompiledJob>) -> ClaimItem {
        let due = DueJob {
            partition: self.local.partition,
            definition: &job.definition,
            trigger: &job.trigger,
            policy: &job.policy,
            etag: entry.etag,
            next: entry.next,
            fires: entry.fires,
            catching_up: entry.catching_up,
        };
        let gaps = self.pauses.gaps_of(&entry.key.namespace);
        ClaimItem { claim: plan_around(now, &due, &gaps), ready: job.ready.clone(), keep: job.keep }
    }

    /// A definition that changed since the look, or that cannot be used, is tried again later.
    fn leave_alone(&mut self, key: JobKey, now: Timestamp) {
        let until = BootInstant::now().after(super::REFUSED_PAUSE);
        self.left_alone.insert(key, until);
        self.look_by(now);
    }

    /// What is left alone is due all the same: the next look comes when the pause has passed.
    fn note_left_alone(&mut self, now: Timestamp) {
        if !self.left_alone.is_empty() {
            self.look_by(now);
        }
    }
}

//! Who leads.

use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::{BootId, Epoch, Partition, Timestamp};

use super::MemoryStore;
use super::script::Script;
use super::state::LeaseRow;
use crate::{Acquired, Happened, Hint, LeaseStore, LeaseToken, LeaseView, StoreError};

#[async_trait]
impl LeaseStore for MemoryStore {
    async fn acquire(
        &self,
        partition: Partition,
        owner: BootId,
        ttl: Duration,
        floor: Epoch,
    ) -> Result<Acquired, StoreError> {
        Ok(self.script(partition, |script| script.acquire(owner, ttl, floor)))
    }

    async fn renew(&self, token: LeaseToken, ttl: Duration) -> Result<bool, StoreError> {
        Ok(self.script(token.partition, |script| script.renew(token, ttl)))
    }

    async fn release(&self, token: LeaseToken) -> Result<bool, StoreError> {
        Ok(self.script(token.partition, |script| script.release(token)))
    }

    async fn want(&self, partition: Partition, boot: BootId) -> Result<(), StoreError> {
        self.script(partition, |script| script.state.lease.want = Some(boot));
        Ok(())
    }

    async fn leases(&self, partitions: &[Partition]) -> Result<Vec<LeaseView>, StoreError> {
        let now = self.shared.clock.now();
        let view = |partition: &Partition| self.read(*partition, |s| s.lease.view(*partition, now));
        Ok(partitions.iter().map(view).collect())
    }
}

impl Script<'_> {
    fn acquire(&mut self, owner: BootId, ttl: Duration, floor: Epoch) -> Acquired {
        let (partition, now) = (self.partition, self.now);
        let lease = &mut self.state.lease;
        if lease.is_held_by_another(owner, now, ttl) {
            return Acquired::Held(lease.view(partition, now));
        }
        lease.epoch = next_epoch(lease.epoch, now, floor);
        lease.owner = Some(owner);
        lease.expires = now.saturating_add(ttl);
        lease.want = None;
        let epoch = lease.epoch;
        self.note(Happened::LeaderChanged { partition, owner, epoch });
        Acquired::Leader(LeaseToken { partition, epoch, owner })
    }

    fn renew(&mut self, token: LeaseToken, ttl: Duration) -> bool {
        let leads = self.leads(token);
        if leads {
            self.state.lease.expires = self.now.saturating_add(ttl);
        }
        leads
    }

    fn release(&mut self, token: LeaseToken) -> bool {
        let leads = self.leads(token);
        if leads {
            self.state.lease.owner = None;
            self.state.lease.expires = self.now;
            self.hint(Hint::Lease(self.partition));
        }
        leads
    }
}

/// Above every epoch that was ever seen (I4): the stored one, the clock, which outlives a store
/// that lost its data, and what the caller remembers, which outlives a clock set back as well.
fn next_epoch(stored: Epoch, now: Timestamp, floor: Epoch) -> Epoch {
    let clock = u64::try_from(now.as_millis()).unwrap_or(0);
    Epoch(clock.max(stored.0.saturating_add(1)).max(floor.0.saturating_add(1)))
}

impl LeaseRow {
    /// Whether somebody else's lease still runs. One that ends further away than `ttl` was written
    /// before the clock was set back, and counts as expired.
    fn is_held_by_another(&self, owner: BootId, now: Timestamp, ttl: Duration) -> bool {
        let runs = now < self.expires && self.expires <= now.saturating_add(ttl);
        runs && self.owner.is_some_and(|holder| holder != owner)
    }

    fn view(&self, partition: Partition, now: Timestamp) -> LeaseView {
        let Self { epoch, owner, expires, want } = *self;
        LeaseView { partition, epoch, owner, expires, want, now }
    }
}

//! Who leads.

use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::{BootId, Epoch, Partition, Timestamp};
use bellwether_store::{Acquired, LeaseStore, LeaseToken, LeaseView, StoreError};

use super::cluster::instant;
use crate::RedisStore;
use crate::error::Effect;
use crate::script::lease;

#[async_trait]
impl LeaseStore for RedisStore {
    async fn acquire(
        &self,
        partition: Partition,
        owner: BootId,
        ttl: Duration,
        floor: Epoch,
    ) -> Result<Acquired, StoreError> {
        lease::acquire(self.session(), &self.place(partition), owner, ttl, floor).await
    }

    async fn renew(&self, token: LeaseToken, ttl: Duration) -> Result<bool, StoreError> {
        lease::renew(self.session(), &self.place(token.partition), token, ttl).await
    }

    async fn release(&self, token: LeaseToken) -> Result<bool, StoreError> {
        lease::release(self.session(), &self.place(token.partition), token).await
    }

    async fn want(&self, partition: Partition, boot: BootId) -> Result<(), StoreError> {
        let mut command = redis::cmd("HSET");
        command.arg(self.place(partition).keys.lease()).arg("want").arg(boot.0.as_bytes());
        self.session().send("want", &command, Effect::Writes).await
    }

    async fn leases(&self, partitions: &[Partition]) -> Result<Vec<LeaseView>, StoreError> {
        let mut commands = redis::pipe();
        commands.cmd("TIME");
        for partition in partitions {
            let key = self.place(*partition).keys.lease();
            commands.cmd("HMGET").arg(key).arg("epoch").arg("owner").arg("expires_ms").arg("want");
        }
        let mut answers: Vec<redis::Value> = self.session().read_all("leases", &commands).await?;
        let rows = answers.split_off(1.min(answers.len()));
        let time = answers.pop().unwrap_or(redis::Value::Nil);
        let now = instant(redis::from_redis_value(time).map_err(unreadable)?);
        let view = |(partition, row)| view(partition, row, now);
        partitions.iter().copied().zip(rows).map(view).collect()
    }
}

type Row = (Option<u64>, Option<Vec<u8>>, Option<i64>, Option<Vec<u8>>);

fn view(partition: Partition, row: redis::Value, now: Timestamp) -> Result<LeaseView, StoreError> {
    let (epoch, owner, expires, want): Row = redis::from_redis_value(row).map_err(unreadable)?;
    let owner = lease::read_owner(owner.as_deref()).map_err(unreadable)?;
    let want = lease::read_owner(want.as_deref()).map_err(unreadable)?;
    let expires = Timestamp::from_millis(expires.unwrap_or(0));
    Ok(LeaseView { partition, epoch: Epoch(epoch.unwrap_or(0)), owner, expires, want, now })
}

fn unreadable(why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { what: "lease".to_owned(), why: why.to_string() }
}

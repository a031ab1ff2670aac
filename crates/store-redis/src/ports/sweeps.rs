//! The end of finished jobs.

use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::{JobKey, Partition};
use bellwether_store::{FinishedJob, FinishedPage, LeaseToken, StoreError, SweepStore, Swept};

use crate::RedisStore;
use crate::script::sweep;

#[async_trait]
impl SweepStore for RedisStore {
    async fn finished_jobs(
        &self,
        partition: Partition,
        after: Option<&JobKey>,
        limit: usize,
        ttl: Duration,
    ) -> Result<FinishedPage, StoreError> {
        sweep::finished(self.scripts(), &self.place(partition), after, limit, ttl).await
    }

    async fn sweep_job(
        &self,
        token: LeaseToken,
        job: &FinishedJob,
        ttl: Duration,
    ) -> Result<Swept, StoreError> {
        sweep::sweep(self.scripts(), &self.place(token.partition), token, job, ttl).await
    }
}

//! Counts jobs by state, for the metrics.
//!
//! Each node counts the partitions that it leads, so that the sum over all nodes is the cluster's,
//! and counts them rarely: the store keeps no counters, which a crash could leave wrong.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::Partition;
use bellwether_store::{JobCounts, LeaseToken, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::boot_clock::BootInstant;
use crate::internal_event::StoreFailed;
use crate::local::LocalPartition;

/// How often it is looked which partitions are to be counted.
const PERIOD: Duration = Duration::from_secs(2);

/// For how long a count stands.
const VALID: Duration = Duration::from_secs(30);

/// How many jobs are looked at by one call.
const PAGE: usize = 500;

/// Counts the jobs of the partitions that this node leads.
pub(crate) struct Census {
    store: Arc<dyn Store>,
    locals: Vec<Arc<LocalPartition>>,
    counted: HashMap<Partition, Counted>,
}

struct Counted {
    token: LeaseToken,
    at: BootInstant,
    counts: JobCounts,
}

impl Census {
    pub(crate) fn new(store: Arc<dyn Store>, locals: Vec<Arc<LocalPartition>>) -> Self {
        Self { store, locals, counted: HashMap::new() }
    }

    /// Serves until `stop`.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            for local in self.locals.clone() {
                if let Err(error) = self.count(&local).await {
                    StoreFailed { partition: local.partition, error: &error }.emit();
                }
            }
            self.report();
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }

    /// Counts the partition if this node leads it and its latest count is old, or of another term.
    async fn count(&mut self, local: &LocalPartition) -> Result<(), StoreError> {
        let Some(term) = local.term() else {
            self.counted.remove(&local.partition);
            return Ok(());
        };
        let (token, at) = (term.token, BootInstant::now());
        let stands = |counted: &Counted| counted.token == token && at.since(counted.at) < VALID;
        if self.counted.get(&local.partition).is_some_and(stands) {
            return Ok(());
        }
        let mut counts = JobCounts::default();
        loop {
            let after = counts.more_after.take();
            let page = self.store.count_jobs(local.partition, after.as_ref(), PAGE).await?;
            counts = JobCounts {
                active: counts.active + page.active,
                paused: counts.paused + page.paused,
                finished: counts.finished + page.finished,
                more_after: page.more_after,
            };
            if counts.more_after.is_none() {
                break;
            }
        }
        self.counted.insert(local.partition, Counted { token, at, counts });
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge of jobs needs no 54th bit")]
    fn report(&self) {
        let sum = |of: fn(&JobCounts) -> u64| {
            self.counted.values().map(|counted| of(&counted.counts)).sum::<u64>() as f64
        };
        let states = [
            ("active", sum(|c| c.active)),
            ("paused", sum(|c| c.paused)),
            ("finished", sum(|c| c.finished)),
        ];
        for (state, count) in states {
            metrics::gauge!("bellwether_jobs", "state" => state).set(count);
        }
    }
}

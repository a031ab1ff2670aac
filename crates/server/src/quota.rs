//! How many jobs a namespace may have.
//!
//! There is no counter that could drift from what it counts: the store counts the names, in a time
//! that does not grow with their number, whenever a job is about to be added where a limit is set.
//! What can go wrong is that several count before any of them writes. At this node that is ruled
//! out: each who is about to add says so before he counts, and leaves room for those who said so
//! before him; where the room gets narrow they go one after the other. Nodes do not know of each
//! other, so a namespace may go over its limit by as many jobs as *other* nodes are adding to it at
//! the same moment, and no more however often that is tried: the next count sees them all.
//!
//! Rejected: a reservation in the store, exact over all nodes, for two more round trips on every
//! create.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bellwether_domain::Namespace;
use parking_lot::Mutex;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use crate::api::Api;
use crate::error::ApiError;

/// Who at this node is about to add jobs, by namespace.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    namespaces: Mutex<HashMap<Namespace, Arc<Quota>>>,
}

#[derive(Debug, Default)]
struct Quota {
    /// Held by those who add: shared while there is room for all of them, alone at the limit.
    order: Arc<RwLock<()>>,
    adding: AtomicU64,
}

/// The right to add one job, for as long as it is held.
#[derive(Debug)]
pub(crate) struct Permit {
    _order: Order,
    _said: Said,
}

/// How the right is held; it ends when this is dropped.
#[derive(Debug)]
enum Order {
    Shared { _guard: OwnedRwLockReadGuard<()> },
    Alone { _guard: OwnedRwLockWriteGuard<()> },
}

/// Says that somebody is about to add.
#[derive(Debug)]
struct Said {
    quota: Arc<Quota>,
}

impl Drop for Said {
    fn drop(&mut self) {
        self.quota.adding.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Quotas {
    fn of(&self, namespace: &Namespace) -> Arc<Quota> {
        let mut namespaces = self.namespaces.lock();
        if let Some(quota) = namespaces.get(namespace) {
            return Arc::clone(quota);
        }
        namespaces.retain(|_, quota| Arc::strong_count(quota) > 1);
        Arc::clone(namespaces.entry(namespace.clone()).or_default())
    }
}

/// Waits for the right to add a job to `namespace`; `None` where there is no limit. It is to be held
/// until the job is stored.
///
/// # Errors
/// The namespace has as many jobs as it may have, or the store does not answer.
pub(crate) async fn permit(api: &Api, namespace: &Namespace) -> Result<Option<Permit>, ApiError> {
    let Some(most) = api.limits.of(namespace).jobs else { return Ok(None) };
    let quota = api.quotas.of(namespace);
    match admit(&quota, most, || count(api, namespace)).await? {
        Ok(permit) => Ok(Some(permit)),
        Err(stored) => Err(ApiError::TooManyJobs { namespace: namespace.clone(), stored, most }),
    }
}

/// The right to add one to at most `most`, or how many there are.
async fn admit<E, F: Future<Output = Result<u64, E>>>(
    quota: &Arc<Quota>,
    most: u64,
    count: impl Fn() -> F,
) -> Result<Result<Permit, u64>, E> {
    let shared = Arc::clone(&quota.order).read_owned().await;
    let before = quota.adding.fetch_add(1, Ordering::SeqCst);
    let said = Said { quota: Arc::clone(quota) };
    let stored = count().await?;
    if stored + before < most {
        return Ok(Ok(Permit { _order: Order::Shared { _guard: shared }, _said: said }));
    }
    drop(shared);
    let alone = Arc::clone(&quota.order).write_owned().await;
    let stored = count().await?;
    if stored < most {
        return Ok(Ok(Permit { _order: Order::Alone { _guard: alone }, _said: said }));
    }
    Ok(Err(stored))
}

/// Says whether a job could be added now, for a request that only asks.
pub(crate) async fn check(api: &Api, namespace: &Namespace) -> Result<(), ApiError> {
    permit(api, namespace).await.map(|_| ())
}

async fn count(api: &Api, namespace: &Namespace) -> Result<u64, ApiError> {
    Ok(api.store.namespace_size(&api.all_partitions(), namespace).await?)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn those_before_are_left_room_until_they_have_added() {
        let (quota, stored) = (Arc::new(Quota::default()), AtomicU64::new(1));
        let count = || async { Ok::<_, Infallible>(stored.load(Ordering::SeqCst)) };
        let ask = || admit(&quota, 3, count);
        let first = ask().await.expect("counted").expect("one of two places");
        let second = ask().await.expect("counted").expect("the other");
        // Nobody has added yet: there are two places by the count alone.
        let mut third = Box::pin(ask());
        assert!(third.as_mut().now_or_never().is_none(), "it waits for what becomes of them");

        stored.fetch_add(1, Ordering::SeqCst);
        drop(first);
        assert!(third.as_mut().now_or_never().is_none());
        // The second gives up.
        drop(second);

        let third = third.await.expect("counted").expect("its place");
        stored.fetch_add(1, Ordering::SeqCst);
        drop(third);
        let full = ask().await.expect("counted");
        assert_eq!(full.err(), Some(3));
    }
}

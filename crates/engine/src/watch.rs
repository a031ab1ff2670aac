//! Wakes who has something to do: by the store's hints, and by looking at the heads of all
//! partitions now and then, so that a lost hint costs a moment and nothing else.

use std::sync::Arc;
use std::time::Duration;

use bellwether_store::{Head, Hint, Store};
use futures::StreamExt;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::internal_event::HintsInterrupted;
use crate::local::LocalPartition;
use crate::retry::Backoff;
use crate::store_clock::StoreClock;

/// How often the heads are looked at: often enough that a job created over another node fires
/// within 100 ms of its time though every hint is lost.
const PERIOD: Duration = Duration::from_millis(60);

/// What wakes those who serve all partitions.
pub(crate) struct Bells {
    /// The elector: a lease was released.
    pub(crate) lease: Arc<Notify>,
    /// The canceller: the holder of an attempt is asked to end it.
    pub(crate) cancel: Arc<Notify>,
}

/// Listens to the store's hints until `stop`.
pub(crate) async fn listen(
    store: Arc<dyn Store>,
    locals: Vec<Arc<LocalPartition>>,
    bells: Bells,
    stop: CancellationToken,
) {
    let mut backoff = Backoff::default();
    while !stop.is_cancelled() {
        match store.hints().await {
            Ok(mut hints) => {
                backoff.reset();
                // What was hinted before the subscription is unknown: everybody looks once.
                locals.iter().for_each(|local| local.call_to_look());
                while let Some(hint) = next(&mut hints, &stop).await {
                    pass_on(hint, &locals, &bells);
                }
            }
            Err(error) => HintsInterrupted { error: &error }.emit(),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(backoff.next()) => {}
        }
    }
}

async fn next(
    hints: &mut (impl futures::Stream<Item = Hint> + Unpin),
    stop: &CancellationToken,
) -> Option<Hint> {
    tokio::select! {
        () = stop.cancelled() => None,
        hint = hints.next() => hint,
    }
}

fn pass_on(hint: Hint, locals: &[Arc<LocalPartition>], bells: &Bells) {
    let at = |partition: bellwether_domain::Partition| locals.get(usize::from(partition.0));
    match hint {
        Hint::Due(partition) => {
            if let Some(local) = at(partition).filter(|local| local.term().is_some()) {
                local.call_to_look();
            }
        }
        Hint::Ready(partition) => {
            if let Some(local) = at(partition) {
                local.set_ready(local.ready().max(1));
                local.ring();
            }
        }
        Hint::Lease(_) => bells.lease.notify_one(),
        Hint::Cancel(_) => bells.cancel.notify_one(),
    }
}

/// Looks at the heads of all partitions until `stop`.
pub(crate) async fn poll(
    store: Arc<dyn Store>,
    locals: Vec<Arc<LocalPartition>>,
    clock: Arc<StoreClock>,
    stop: CancellationToken,
) {
    let partitions: Vec<_> = locals.iter().map(|local| local.partition).collect();
    while !stop.is_cancelled() {
        let wait = PERIOD.mul_f64(rand::random_range(0.7..1.3));
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        // A store that does not answer is reported by those who need it.
        let Ok(heads) = store.heads(&partitions).await else { continue };
        report_backlog(&heads);
        for (local, head) in locals.iter().zip(heads) {
            look_at(local, head, &clock);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge of a backlog needs no 54th bit")]
fn report_backlog(heads: &[Head]) {
    let backlog: u64 = heads.iter().map(|head| head.ready).sum();
    metrics::gauge!("bellwether_ready_backlog").set(backlog as f64);
}

fn look_at(local: &LocalPartition, head: Head, clock: &StoreClock) {
    let soonest = [head.due, head.delayed].into_iter().flatten().min();
    if local.term().is_some() && soonest.is_some_and(|at| clock.until(at) < 2 * PERIOD) {
        local.call_to_look();
    }
    local.set_ready(head.ready);
    if head.ready > 0 {
        local.ring();
    }
}

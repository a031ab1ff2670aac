//! Wakes who has something to do: by the store's hints, and by looking at the heads of all
//! partitions now and then, so that a lost hint costs a moment and nothing else.

use std::sync::Arc;
use std::time::Duration;

use bellwether_store::{Head, Hint, ReadyKey, Store};
use futures::StreamExt;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::internal_event::HintsInterrupted;
use crate::local::LocalPartition;
use crate::retry::Backoff;
use crate::store_clock::StoreClock;
use crate::workers::WorkerHost;

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
    workers: Arc<WorkerHost>,
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
                locals.iter().for_each(|local| local.queues.call());
                while let Some(hint) = next(&mut hints, &stop).await {
                    pass_on(hint, &locals, &workers, &bells);
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

fn pass_on(hint: Hint, locals: &[Arc<LocalPartition>], workers: &WorkerHost, bells: &Bells) {
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
        Hint::Queue(partition) => {
            if let Some(local) = at(partition).filter(|_| workers.has_workers()) {
                local.queues.call();
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
    workers: Arc<WorkerHost>,
    clock: Arc<StoreClock>,
    stop: CancellationToken,
) {
    let partitions: Vec<_> = locals.iter().map(|local| local.partition).collect();
    let mut queues_in = 0;
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
        if workers.has_workers() && queues_in == 0 {
            let Ok(queues) = store.queues(&partitions).await else { continue };
            queues_in = queues.iter().map(Vec::len).sum::<usize>() / QUEUES_A_LOOK;
            for (local, queues) in locals.iter().zip(queues) {
                look_at_queues(local, queues, &workers);
            }
        } else {
            queues_in = queues_in.saturating_sub(1);
        }
    }
}

/// For every so many queues that wait, one look at them is left out: where thousands wait that nobody
/// takes, reading their names must not become the store's main work.
const QUEUES_A_LOOK: usize = 200;

fn look_at_queues(local: &LocalPartition, queues: Vec<ReadyKey>, workers: &WorkerHost) {
    // What the loop knows already it has in hand.
    let known = local.queues.lists();
    let new = |ready: &&ReadyKey| !known.iter().any(|(known, _)| known == *ready);
    if queues.iter().filter(new).any(|ready| workers.serves(&ready.lane)) {
        local.queues.call();
        local.ring();
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

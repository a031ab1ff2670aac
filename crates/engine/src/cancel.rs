//! Ends the attempts of this node whose runs are to be cancelled.
//!
//! The store keeps what is asked of the holders of attempts; a hint says that something was asked,
//! and without one it is found a moment later. Only the partitions of which this node holds an
//! attempt are looked at, all in one call: an idle node asks nothing. This is the one place from
//! which a running attempt is told to end by request, whoever executes it. A holder that does not
//! listen is seen to by the partition's leader (`partition/cancelled.rs`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::{Partition, RunId};
use bellwether_store::{CancelAsked, Store};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::dispatch::Dispatcher;
use crate::workers::WorkerHost;

/// How often is looked without a hint: well within any `cancel_grace` that gives a holder time.
const PERIOD: Duration = Duration::from_millis(400);

/// Tells who executes an attempt that it is to end.
pub(crate) struct Canceller {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) workers: Arc<WorkerHost>,
    pub(crate) bell: Arc<Notify>,
}

impl Canceller {
    /// Serves until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let wait = PERIOD.mul_f64(rand::random_range(0.7..1.3));
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.bell.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
            let mut partitions: BTreeSet<Partition> =
                self.dispatcher.held.partitions().into_iter().collect();
            partitions.extend(self.workers.partitions());
            let partitions: Vec<Partition> = partitions.into_iter().collect();
            if partitions.is_empty() {
                continue;
            }
            // A store that does not answer is reported by those who need it.
            let Ok(asked) = self.store.cancels(&partitions).await else { continue };
            for CancelAsked { run, report } in asked {
                self.end(run, &report.reason);
            }
        }
    }

    /// Ends the attempt of `run`, if this node or a worker here holds it.
    fn end(&self, run: RunId, reason: &str) {
        self.dispatcher.held.cancel(run, reason);
        self.workers.cancel(run, reason);
    }
}

//! A run as its handler sees it.

use std::sync::Arc;
use std::time::Duration;

use bellwether_proto::v1::{RunDelivery, RunExtension, payload::Content};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A run to execute.
#[derive(Clone, Debug)]
pub struct WorkerRun {
    delivery: Arc<RunDelivery>,
    deadline: Instant,
    cancelled: CancellationToken,
    extensions: mpsc::UnboundedSender<RunExtension>,
}

impl WorkerRun {
    pub(super) fn new(
        delivery: RunDelivery,
        cancelled: CancellationToken,
        extensions: mpsc::UnboundedSender<RunExtension>,
    ) -> Self {
        let deadline = Instant::now() + time_left(&delivery);
        Self { delivery: Arc::new(delivery), deadline, cancelled, extensions }
    }

    /// Everything that is known of it: ids, fire time, attempt, epoch, payload. What a handler needs
    /// to act once is (`job_uid`, `fire_time`, `attempt`, `epoch`).
    #[must_use]
    pub fn delivery(&self) -> &RunDelivery {
        &self.delivery
    }

    /// What it is given, as text; `None` when that is absent or no UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self.delivery.payload.as_ref()?.content.as_ref()? {
            Content::Text(text) => Some(text),
            Content::Data(bytes) => std::str::from_utf8(bytes).ok(),
        }
    }

    /// What it is given, as bytes; empty when that is absent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        let content = self.delivery.payload.as_ref().and_then(|payload| payload.content.as_ref());
        match content {
            Some(Content::Text(text)) => text.as_bytes(),
            Some(Content::Data(bytes)) => bytes,
            None => &[],
        }
    }

    /// How long the attempt may still take, unless more time was asked for.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Waits until the attempt is to end: its time is up, it was cancelled, or it is not this
    /// worker's any more. What it returns after that is reported all the same, and may not count.
    pub async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }

    /// Whether the attempt is to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
    }

    /// Asks for more time: the attempt may go on for `by` from now. Does nothing once it is over.
    pub fn extend(&self, by: Duration) {
        let by = prost_types::Duration {
            seconds: i64::try_from(by.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(by.subsec_nanos()).unwrap_or(0),
        };
        let extension = RunExtension {
            run_id: self.delivery.run_id.clone(),
            attempt: self.delivery.attempt,
            by: Some(by),
        };
        // A worker that has ended asks for nothing.
        let _ = self.extensions.send(extension);
    }
}

fn time_left(delivery: &RunDelivery) -> Duration {
    let left = delivery.time_left.unwrap_or_default();
    let seconds = u64::try_from(left.seconds).unwrap_or(0);
    // A century is as good as for ever, and an instant can bear it.
    let seconds = seconds.min(100 * 366 * 86_400);
    Duration::new(seconds, u32::try_from(left.nanos).unwrap_or(0).min(999_999_999))
}

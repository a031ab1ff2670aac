//! What a worker is told.

use std::sync::Arc;
use std::time::Duration;

use bellwether_domain::RunId;
use bellwether_engine::workers::{AckStatus, Delivery, StreamEnd, ToWorker, WorkerStream};
use bellwether_proto::convert::{View, duration_to_proto, payload_to_proto, timestamp_to_proto};
use bellwether_proto::v1;
use bellwether_proto::v1::work_response::Message;
use futures::Stream;
use futures::stream::unfold;
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Status, Streaming};

use super::inbound;
use crate::error::ApiError;

/// The body of the answer. The stream is over when this is dropped, as it is when the connection
/// breaks.
pub(super) struct Outbound {
    stream: WorkerStream,
    welcome: Option<v1::WorkResponse>,
    fault: Arc<Mutex<Option<ApiError>>>,
    ended: bool,
    _reader: AbortOnDropHandle<()>,
}

impl Drop for Outbound {
    fn drop(&mut self) {
        self.stream.close();
    }
}

impl Outbound {
    /// Begins to serve a stream.
    pub(super) fn new(
        stream: WorkerStream,
        grace: Duration,
        inbound: Streaming<v1::WorkRequest>,
        closing: CancellationToken,
    ) -> Self {
        let welcome = v1::WorkerWelcome {
            session_id: stream.session().to_string(),
            worker_grace: Some(duration_to_proto(grace)),
        };
        let fault = Arc::default();
        let reader = tokio::spawn(listen(inbound, stream.clone(), Arc::clone(&fault), closing));
        Self {
            stream,
            welcome: Some(response(Message::Welcome(welcome))),
            fault,
            ended: false,
            _reader: AbortOnDropHandle::new(reader),
        }
    }

    /// The messages, one by one as the connection takes them.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<v1::WorkResponse, Status>> {
        unfold(self, async |mut outbound| {
            let message = outbound.next().await?;
            Some((message, outbound))
        })
    }

    async fn next(&mut self) -> Option<Result<v1::WorkResponse, Status>> {
        if let Some(welcome) = self.welcome.take() {
            return Some(Ok(welcome));
        }
        if self.ended {
            return None;
        }
        if let Some(message) = self.stream.next().await {
            return Some(Ok(to_proto(message)));
        }
        self.ended = true;
        let fault = self.fault.lock().take();
        let fault = fault.or_else(|| match self.stream.ended()? {
            StreamEnd::Goodbye => None,
            StreamEnd::Resumed => Some(ApiError::SessionResumed),
            StreamEnd::Over => Some(ApiError::SessionOver),
            StreamEnd::Leaving => Some(ApiError::NodeLeaves),
        });
        fault.map(|fault| Err(fault.into()))
    }
}

/// Reads what the worker says until the stream is over, whoever ends it.
async fn listen(
    mut inbound: Streaming<v1::WorkRequest>,
    stream: WorkerStream,
    fault: Arc<Mutex<Option<ApiError>>>,
    closing: CancellationToken,
) {
    let read = tokio::select! {
        read = inbound::read(&mut inbound, &stream) => read,
        () = stream.closed() => Ok(()),
        () = closing.cancelled() => Err(ApiError::NodeLeaves),
    };
    if let Err(error) = read {
        *fault.lock() = Some(error);
    }
    stream.close();
}

fn response(message: Message) -> v1::WorkResponse {
    v1::WorkResponse { message: Some(message) }
}

fn to_proto(message: ToWorker) -> v1::WorkResponse {
    response(match message {
        ToWorker::Runs(runs) => {
            let now = Instant::now();
            let runs = runs.into_iter().map(|run| delivery(run, now)).collect();
            Message::Runs(v1::WorkerRuns { runs })
        }
        ToWorker::Acks(acks) => {
            Message::Acks(v1::WorkerAcks { acks: acks.into_iter().map(ack).collect() })
        }
        ToWorker::Cancels(cancels) => Message::Cancel(v1::WorkerCancels {
            cancels: cancels.into_iter().map(cancel).collect(),
        }),
        ToWorker::Drain => Message::Drain(v1::WorkerDrain {}),
    })
}

fn number(attempt: u32) -> i32 {
    i32::try_from(attempt).unwrap_or(i32::MAX)
}

fn delivery(delivery: Delivery, now: Instant) -> v1::RunDelivery {
    let Delivery { run, queue, handler, payload, deadline, traceparent } = delivery;
    let draft = run.draft;
    let time_left = deadline.saturating_duration_since(now);
    v1::RunDelivery {
        run_id: draft.id.to_string(),
        namespace: draft.job.namespace.to_string(),
        job_id: draft.job.id.to_string(),
        job_uid: draft.uid.to_string(),
        fire_time: Some(timestamp_to_proto(draft.fire_time)),
        attempt: number(run.attempt),
        epoch: i64::try_from(run.epoch.0).unwrap_or(i64::MAX),
        queue: queue.to_string(),
        handler: handler.to_string(),
        payload: payload.map(|payload| payload_to_proto(&payload, View::Full)),
        time_left: Some(duration_to_proto(time_left)),
        traceparent,
    }
}

fn ack((run, attempt, status): (RunId, u32, AckStatus)) -> v1::RunAck {
    let status = match status {
        AckStatus::Recorded => v1::AckStatus::Recorded,
        AckStatus::Superseded => v1::AckStatus::Superseded,
        AckStatus::UnknownRun => v1::AckStatus::UnknownRun,
    };
    v1::RunAck { run_id: run.to_string(), attempt: number(attempt), status: status as i32 }
}

fn cancel((run, attempt): (RunId, u32)) -> v1::RunCancel {
    v1::RunCancel { run_id: run.to_string(), attempt: number(attempt) }
}

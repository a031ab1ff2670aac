//! What a worker says.

use bellwether_engine::workers::{Hello, Outcome, RunResult, WorkerStream};
use bellwether_proto::convert::{
    Problems, WorkerOutcome, worker_capacity, worker_extensions, worker_hello, worker_results,
};
use bellwether_proto::v1;
use bellwether_proto::v1::work_request::Message;
use tonic::Streaming;

use crate::error::ApiError;

/// The hello that a stream begins with.
pub(super) fn hello(first: Option<v1::WorkRequest>) -> Result<Hello, ApiError> {
    let hello = match first.and_then(|first| first.message) {
        Some(Message::Hello(hello)) => hello,
        Some(_) => return Err(ApiError::invalid("hello", "is not set; it must come first")),
        None => return Err(ApiError::invalid("hello", "did not come; a worker says it first")),
    };
    let mut problems = Problems::default();
    let read = worker_hello(hello, "hello", &mut problems);
    problems.finish()?;
    let hello = read.ok_or_else(|| ApiError::Internal("a hello without a problem".to_owned()))?;
    Ok(Hello {
        worker: hello.worker,
        namespace: hello.namespace,
        session: hello.session,
        queues: hello.queues,
        handlers: hello.handlers,
        capacity: hello.capacity,
        held: hello.held,
    })
}

/// Reads what the worker says until it says no more.
///
/// # Errors
/// What makes no sense.
pub(super) async fn read(
    inbound: &mut Streaming<v1::WorkRequest>,
    stream: &WorkerStream,
) -> Result<(), ApiError> {
    // A stream that breaks is one that ends: the session tells whether the worker comes back.
    while let Ok(Some(request)) = inbound.message().await {
        let mut problems = Problems::default();
        match request.message {
            Some(Message::Results(results)) => {
                let results = worker_results(results, "results", &mut problems);
                // What is right counts, though what is wrong ends the stream.
                stream.results(results.into_iter().map(result).collect()).await;
            }
            Some(Message::Capacity(v1::WorkerCapacity { n })) => {
                if let Some(capacity) = worker_capacity(n, "capacity.n", &mut problems) {
                    stream.set_capacity(capacity);
                }
            }
            Some(Message::Extend(extensions)) => {
                let extensions = worker_extensions(extensions, "extend", &mut problems);
                stream.extend(extensions).await;
            }
            Some(Message::Goodbye(v1::WorkerGoodbye {})) => {
                stream.goodbye().await;
                return Ok(());
            }
            Some(Message::Hello(_)) => {
                problems.invalid("hello", "was said before; a stream has one");
            }
            None => {
                let message = "is empty; one of capacity, results, extend and goodbye must be set";
                problems.invalid("message", message);
            }
        }
        problems.finish()?;
    }
    Ok(())
}

fn result(result: bellwether_proto::convert::WorkerResult) -> RunResult {
    let outcome = match result.outcome {
        WorkerOutcome::Succeeded { output, truncated } => Outcome::Succeeded { output, truncated },
        WorkerOutcome::Failed { message, retryable } => Outcome::Failed { message, retryable },
    };
    RunResult { run: result.run, attempt: result.attempt, outcome }
}

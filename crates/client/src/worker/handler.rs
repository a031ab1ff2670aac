//! Handlers, whatever their types.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use bellwether_proto::v1::run_result::Outcome;
use bellwether_proto::v1::{RunFailed, RunSucceeded};
use futures::FutureExt as _;

use super::{HandlerError, Output, WorkerRun};

/// What is done for a run.
pub(super) type Handler =
    Arc<dyn Fn(WorkerRun) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// A handler as the worker calls it.
pub(super) fn boxed<F, Fut, T>(handler: F) -> Handler
where
    F: Fn(WorkerRun) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<T, HandlerError>> + Send + 'static,
    T: Into<Output>,
{
    Arc::new(move |run| {
        // Its first lines run when it is called, so the call is guarded as well as the future.
        let called = std::panic::catch_unwind(AssertUnwindSafe(|| handler(run)));
        Box::pin(async move {
            let ended = match called {
                Ok(future) => AssertUnwindSafe(future).catch_unwind().await,
                Err(panic) => Err(panic),
            };
            match ended {
                Ok(Ok(output)) => {
                    Outcome::Succeeded(RunSucceeded { output: output.into().payload })
                }
                Ok(Err(HandlerError { message, retryable })) => {
                    Outcome::Failed(RunFailed { message, retryable })
                }
                Err(_) => failed("the handler panicked"),
            }
        })
    })
}

/// A failure that another attempt may help.
pub(super) fn failed(message: &str) -> Outcome {
    Outcome::Failed(RunFailed { message: message.to_owned(), retryable: true })
}

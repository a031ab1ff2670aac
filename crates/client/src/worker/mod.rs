//! A worker: takes runs from queues and executes them with the handlers that it was given.
//!
//! ```no_run
//! use bellwether_client::{Client, ClientOptions, HandlerError, Worker, WorkerOptions, WorkerRun};
//!
//! async fn send(run: WorkerRun) -> Result<String, HandlerError> {
//!     Ok(format!("sent {}", run.text().unwrap_or_default()))
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::connect(&["127.0.0.1:7400".parse()?], ClientOptions::default())?;
//! let worker = Worker::new(&client, WorkerOptions::new("mail")).handle("send", send);
//! worker.run().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The stream may break, and the node go away: the session goes on at whichever node answers next.
//! Handlers notice nothing; what they return meanwhile is kept, and sent until a node has stored it.

mod handler;
mod options;
mod outcome;
mod run;
mod serve;
mod session;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use self::handler::Handler;
pub use self::options::WorkerOptions;
pub use self::outcome::{HandlerError, Output};
pub use self::run::WorkerRun;
use self::serve::Ended;
use self::session::Session;
use crate::{Client, RetryPolicy};

/// A worker: its handlers, and where it takes runs from.
pub struct Worker {
    client: Client,
    options: WorkerOptions,
    handlers: BTreeMap<String, Handler>,
    leave: CancellationToken,
}

/// Asks a worker to leave.
#[derive(Clone, Debug)]
pub struct WorkerHandle {
    leave: CancellationToken,
}

impl WorkerHandle {
    /// The worker takes no more runs, lets those that it has end, and says goodbye.
    pub fn leave(&self) {
        self.leave.cancel();
    }
}

impl Worker {
    /// A worker without handlers yet.
    #[must_use]
    pub fn new(client: &Client, options: WorkerOptions) -> Self {
        Self {
            client: client.clone(),
            options,
            handlers: BTreeMap::new(),
            leave: CancellationToken::new(),
        }
    }

    /// Adds what is done for the runs of the handler `name`. A run is executed on a task of its own;
    /// a panic fails the attempt, and nothing else.
    ///
    /// A handler may be asked for the same run again, after a crash or a loss: see the documentation
    /// of workers for how it makes sure to act once.
    #[must_use]
    pub fn handle<F, Fut, T>(mut self, name: impl Into<String>, handler: F) -> Self
    where
        F: Fn(WorkerRun) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, HandlerError>> + Send + 'static,
        T: Into<Output>,
    {
        self.handlers.insert(name.into(), handler::boxed(handler));
        self
    }

    /// What asks this worker to leave.
    #[must_use]
    pub fn handle_to_leave(&self) -> WorkerHandle {
        WorkerHandle { leave: self.leave.clone() }
    }

    /// Works until `signal` comes, then leaves.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_until(self, signal: impl Future<Output = ()>) -> Result<(), Status> {
        let handle = self.handle_to_leave();
        let run = self.run();
        tokio::pin!(run);
        tokio::select! {
            ended = &mut run => return ended,
            () = signal => handle.leave(),
        }
        run.await
    }

    /// Works until it is asked to leave. While no node can be reached it goes on trying.
    ///
    /// # Errors
    /// What trying again does not help: a name that is not allowed, a call that is refused.
    pub async fn run(self) -> Result<(), Status> {
        let handlers = Arc::new(self.handlers);
        let mut session = Session::new(&self.options, handlers);
        let mut failed = 0;
        loop {
            let (place, ended) = serve::serve(&self.client, &mut session, &self.leave).await;
            match ended {
                Ended::Left => return Ok(()),
                Ended::Sent => failed = 0,
                Ended::Broken { status, .. } if is_final(&status) => return Err(status),
                Ended::Broken { was_open, .. } if was_open => failed = 1,
                Ended::Broken { .. } => failed += 1,
            }
            self.client.turn_from(place);
            if self.leave.is_cancelled() && session.is_idle() {
                return Ok(());
            }
            sleep(pause(failed)).await;
        }
    }
}

fn is_final(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument
            | Code::Unauthenticated
            | Code::PermissionDenied
            | Code::Unimplemented
    )
}

/// The wait before the next node is asked. A session waits for ten seconds by default, so the longest
/// is far below.
fn pause(failed: u32) -> Duration {
    let policy = RetryPolicy { max_attempts: u32::MAX, ..RetryPolicy::default() };
    match failed {
        0 => Duration::ZERO,
        failed => policy.wait(failed, None, rand::random()).unwrap_or(policy.max_backoff),
    }
}

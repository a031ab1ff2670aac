//! Workers: processes elsewhere that take runs over a stream to this node.
//!
//! ```text
//!  ready list ── take for free room ──► seat ── stream ──► worker
//!      ▲                                 │                    │ result
//!      └── lost, given back ── store ◄── partition's turn ◄───┘
//!                                │ answer
//!                                └──────► ack
//! ```
//!
//! An attempt at a worker is its session's, not the node's: it outlives the stream and the node, and
//! ends as lost only when nobody has beaten for the session for the grace. The node that has the
//! stream beats for it ([`watch`]), takes runs for the room that the worker has ([`host`], [`share`]),
//! holds what it was given until its end is stored ([`seat`]) and ends what takes too long
//! ([`deadlines`]). Wherever the worker says hello next, that node goes on ([`resume`]).
//!
//! Considered and left: to make the node the owner, with a script that hands its attempts over to the
//! next (a worker whose node died could not report before somebody had adopted them, and two nodes
//! could adopt at once); and one list for each queue, with runs for unknown handlers put back (the
//! same runs would be taken and put back for as long as nobody knows the handler).

mod deadlines;
mod held;
mod host;
mod lent;
mod outgoing;
mod results;
mod resume;
mod seat;
mod share;
mod subscription;
mod watch;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bellwether_domain::{RunId, SessionId};

pub(crate) use self::host::{HostParts, WorkerHost};
pub(crate) use self::lent::Lent;
pub use self::outgoing::{AckStatus, Delivery, ToWorker};

pub use self::results::{Outcome, RunResult};
pub use self::resume::{Hello, Refused};
use self::seat::Seat;
pub use self::seat::StreamEnd;

/// The door for workers, shared between the engine that serves them and the server that they call. It
/// is shut until the engine starts.
#[derive(Clone)]
pub struct Workers {
    grace: Duration,
    host: Arc<OnceLock<Arc<WorkerHost>>>,
}

impl Workers {
    /// A door for workers whose sessions outlive their streams by `grace`.
    #[must_use]
    pub fn new(grace: Duration) -> Self {
        Self { grace, host: Arc::default() }
    }

    /// How long a session outlives its stream.
    #[must_use]
    pub fn grace(&self) -> Duration {
        self.grace
    }

    /// Lets a worker in, at a new session or at one that it resumes.
    ///
    /// # Errors
    /// The node takes none now, or the store failed.
    pub async fn open(&self, hello: Hello) -> Result<WorkerStream, Refused> {
        let host = self.host.get().ok_or(Refused::NotNow)?;
        let seat = host.open(hello).await?;
        Ok(WorkerStream { host: Arc::clone(host), seat })
    }

    /// Opens the door.
    pub(crate) fn serve(&self, host: &Arc<WorkerHost>) {
        // A second engine of a process would have a door of its own.
        let _ = self.host.set(Arc::clone(host));
    }
}

/// A worker's stream, as the server sees it. It is over when [`Self::close`] was called, whoever did.
#[derive(Clone)]
pub struct WorkerStream {
    host: Arc<WorkerHost>,
    seat: Arc<Seat>,
}

impl WorkerStream {
    /// The session.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.seat.session
    }

    /// The next message for the worker; `None` when the stream is over.
    pub async fn next(&self) -> Option<ToWorker> {
        self.seat.next().await
    }

    /// Why the node ended the stream; `None` where the worker did.
    #[must_use]
    pub fn ended(&self) -> Option<StreamEnd> {
        self.seat.ended()
    }

    /// Waits until the stream is over.
    pub async fn closed(&self) {
        self.seat.closed.cancelled().await;
    }

    /// The worker takes so many runs at once from now on.
    pub fn set_capacity(&self, capacity: u32) {
        self.host.set_capacity(&self.seat, capacity);
    }

    /// The worker reports results. While it leaves too many acks unread, this waits.
    pub async fn results(&self, results: Vec<RunResult>) {
        self.host.results(&self.seat, results).await;
    }

    /// The worker asks for more time.
    pub async fn extend(&self, wanted: Vec<(RunId, u32, Duration)>) {
        self.host.extend(&self.seat, wanted).await;
    }

    /// The worker ends its session.
    pub async fn goodbye(&self) {
        self.host.goodbye(&self.seat).await;
    }

    /// The stream is over; the session goes on for the grace.
    pub fn close(&self) {
        self.host.vacate(&self.seat, None);
    }
}

//! Workers: their sessions, the lists that wait for them, and more time for their attempts.
//!
//! A session is kept like a node's record: the node that hosts the worker's stream beats for it, and
//! whoever sees the beat unchanged for long enough takes it for dead. A session moves between
//! nodes with its worker. Each stream that opens or resumes it gets the next number, and only the
//! latest counts: the host of an older one learns with its next beat that it hosts the session no
//! longer.

use std::time::Duration;

use async_trait::async_trait;
use bellwether_domain::{
    BootId, Namespace, Owner, Partition, RunId, SessionId, Timestamp, WorkerId,
};

use crate::{ReadyKey, StoreError};

/// What only workers need of a store.
#[async_trait]
pub trait WorkerStore: Send + Sync + 'static {
    /// Opens a session that is new, or resumes one at another stream. `None`: there is no such
    /// session in its namespace to be resumed; nothing was written.
    async fn open_session(&self, open: &OpenSession) -> Result<Option<StreamNumber>, StoreError>;

    /// Writes the beats of the sessions that the caller hosts, and returns the records of all. A
    /// beat for a session that is gone, or has another host or a later stream, is not written.
    async fn beat_sessions(
        &self,
        host: BootId,
        beats: &[SessionBeat],
    ) -> Result<SessionsSeen, StoreError>;

    /// Removes a session, if it is still at this stream.
    async fn close_session(
        &self,
        session: SessionId,
        stream: StreamNumber,
    ) -> Result<(), StoreError>;

    /// The workers' ready lists that are not empty, by partition, in the order of `partitions`. One
    /// that was emptied a moment ago may still be among them.
    async fn queues(&self, partitions: &[Partition]) -> Result<Vec<Vec<ReadyKey>>, StoreError>;

    /// Gives attempts of one partition more time. One for each, in their order; `None` where the
    /// attempt is not held so.
    async fn extend(
        &self,
        partition: Partition,
        extensions: &[Extend],
    ) -> Result<Vec<Option<Extended>>, StoreError>;
}

/// The number of a stream in its session: 1 is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamNumber(pub u64);

/// A session to open or to resume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// The session.
    pub session: SessionId,
    /// It must be there.
    pub resume: bool,
    /// The node that hosts the stream.
    pub host: BootId,
    /// What the worker is called.
    pub worker: WorkerId,
    /// The namespace whose queues it works on; a session never changes it.
    pub namespace: Namespace,
}

/// A session's beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionBeat {
    /// The session.
    pub session: SessionId,
    /// The stream.
    pub stream: StreamNumber,
    /// Grows with every beat of the stream.
    pub beat: u64,
}

/// What [`WorkerStore::beat_sessions`] saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionsSeen {
    /// The sessions of the caller's beats that it hosts no longer.
    pub lost: Vec<SessionId>,
    /// The records of all sessions.
    pub sessions: Vec<SessionRecord>,
}

/// A session as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The session.
    pub session: SessionId,
    /// The node that hosts it.
    pub host: BootId,
    /// The stream that it is at.
    pub stream: StreamNumber,
    /// The latest beat of that stream; 0 before the first.
    pub beat: u64,
    /// When that was, for people: nobody is judged by it.
    pub last_seen: Timestamp,
    /// What the worker is called.
    pub worker: WorkerId,
    /// The namespace whose queues it works on.
    pub namespace: Namespace,
}

/// More time for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extend {
    /// The run.
    pub run: RunId,
    /// The attempt.
    pub attempt: u32,
    /// Who holds it.
    pub owner: Owner,
    /// How long from now it may take; never less than before.
    pub by: Duration,
}

/// The time that an attempt has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extended {
    /// The store's time.
    pub now: Timestamp,
    /// When it must have ended.
    pub deadline: Timestamp,
}

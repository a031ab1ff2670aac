//! Workers that come and go.

use bellwether_domain::{SessionId, WorkerId};
use bellwether_store::StoreError;

use crate::workers::StreamEnd;

/// A worker said hello.
pub(crate) struct WorkerCame<'a> {
    pub(crate) session: SessionId,
    pub(crate) worker: &'a WorkerId,
    pub(crate) resumed: bool,
    pub(crate) kept: usize,
}

impl WorkerCame<'_> {
    pub(crate) fn emit(self) {
        let Self { session, worker, resumed, kept } = self;
        tracing::info!(%session, %worker, resumed, kept, "worker came");
    }
}

/// A worker's stream is over.
pub(crate) struct WorkerLeft<'a> {
    pub(crate) session: SessionId,
    pub(crate) worker: &'a WorkerId,
    /// `None`: it broke.
    pub(crate) end: Option<StreamEnd>,
}

impl WorkerLeft<'_> {
    pub(crate) fn emit(self) {
        let Self { session, worker, end } = self;
        tracing::info!(%session, %worker, ?end, "worker's stream is over");
    }
}

/// The beats of the workers' sessions failed.
pub(crate) struct SessionsInterrupted<'a> {
    pub(crate) error: &'a StoreError,
}

impl SessionsInterrupted<'_> {
    pub(crate) fn emit(self) {
        let error: &dyn std::error::Error = self.error;
        tracing::warn!(error, "beats of workers' sessions failed");
    }
}

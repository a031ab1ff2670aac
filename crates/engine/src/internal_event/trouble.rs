//! What goes wrong and is tried again.

use bellwether_domain::{JobKey, Partition};
use bellwether_store::StoreError;

/// A call of a partition's loop failed.
pub(crate) struct StoreFailed<'a> {
    pub(crate) partition: Partition,
    pub(crate) error: &'a StoreError,
}

impl StoreFailed<'_> {
    pub(crate) fn emit(self) {
        let error: &dyn std::error::Error = self.error;
        tracing::warn!(partition = %self.partition, error, "store call failed; it is tried again");
    }
}

/// The node's own beat failed.
pub(crate) struct SessionInterrupted<'a> {
    pub(crate) error: &'a StoreError,
}

impl SessionInterrupted<'_> {
    pub(crate) fn emit(self) {
        tracing::warn!(error = self.error as &dyn std::error::Error, "beat failed");
    }
}

/// The node could not remove its record as it left.
pub(crate) struct LeaveFailed<'a> {
    pub(crate) error: &'a StoreError,
}

impl LeaveFailed<'_> {
    pub(crate) fn emit(self) {
        let error: &dyn std::error::Error = self.error;
        tracing::warn!(error, "left without saying so; the others will find out");
    }
}

/// The hints cannot be listened to.
pub(crate) struct HintsInterrupted<'a> {
    pub(crate) error: &'a StoreError,
}

impl HintsInterrupted<'_> {
    pub(crate) fn emit(self) {
        tracing::debug!(error = self.error as &dyn std::error::Error, "no hints; polling goes on");
    }
}

/// The node had been taken for dead in a partition.
pub(crate) struct LaneLost {
    pub(crate) partition: Partition,
}

impl LaneLost {
    pub(crate) fn emit(self) {
        tracing::warn!(
            partition = %self.partition,
            "this node had been taken for dead; what it executed here is stopped"
        );
    }
}

/// A stored definition cannot be used.
pub(crate) struct DefinitionUnusable<'a> {
    pub(crate) job: &'a JobKey,
    pub(crate) why: &'a str,
}

impl DefinitionUnusable<'_> {
    pub(crate) fn emit(self) {
        tracing::error!(job = %self.job, why = self.why, "the stored trigger cannot be used");
    }
}

/// The store's clock jumped against this node's boot clock.
pub(crate) struct StoreClockJumped {
    pub(crate) by_ms: i64,
}

impl StoreClockJumped {
    pub(crate) fn emit(self) {
        tracing::error!(
            by_ms = self.by_ms,
            "the store's clock jumped; claims are held until it has gone on steadily for a while"
        );
    }
}

/// The store's clock has gone on steadily after a jump.
pub(crate) struct StoreClockConfirmed;

impl StoreClockConfirmed {
    pub(crate) fn emit(self) {
        tracing::warn!("the store's clock is steady again; claims go on");
    }
}

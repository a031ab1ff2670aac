//! What a node says of its own state to those who probe it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The state of a node, shared between the engine that sets it and the probes that read it.
#[derive(Clone, Debug, Default)]
pub struct Health {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    contacted: AtomicBool,
    store_up: AtomicBool,
    draining: AtomicBool,
}

impl Health {
    /// The store answered once and the node is not about to leave.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state.contacted.load(Ordering::Relaxed) && !self.is_draining()
    }

    /// The store answered the latest call that keeps the node's session.
    #[must_use]
    pub fn is_store_up(&self) -> bool {
        self.state.store_up.load(Ordering::Relaxed)
    }

    /// The node takes no more runs and is about to leave.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.state.draining.load(Ordering::Relaxed)
    }

    /// Notes whether the store answered.
    pub(crate) fn set_store_up(&self, up: bool) {
        self.state.store_up.store(up, Ordering::Relaxed);
        if up {
            self.state.contacted.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that the node is about to leave.
    pub(crate) fn set_draining(&self) {
        self.state.draining.store(true, Ordering::Relaxed);
    }
}

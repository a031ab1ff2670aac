//! What a store must do, as a suite that every store joins: one named test per case.
//!
//! ```text
//! use std::sync::Arc;
//! use bellwether_store::conformance::Subject;
//!
//! async fn make_store() -> Subject {
//!     Subject::new(Arc::new(MyStore::connect_to_an_empty_one().await))
//! }
//!
//! bellwether_store::conformance_suite!(make_store);
//! ```
//!
//! Each case gets a store of its own that nobody opened before. It opens it with one partition,
//! knows nothing but the ports, and takes its time from the store: fire times lie around
//! [`now`](crate::ClusterStore::now), and where time has to pass the case waits for what it brings.
//!
//! The cases build claims by hand instead of planning them: what a store does must not depend on
//! whether a plan is sensible, only on whether what it names still holds.

#![expect(missing_docs, reason = "a case says by its name what it demands")]

pub(crate) mod bed;
pub(crate) mod job;
#[macro_use]
mod suite;

mod backfills;
mod cancels;
mod claims;
mod cluster;
mod deletes;
mod events;
mod failures;
mod finishes;
mod heads;
mod jobs;
mod lanes;
mod leases;
mod limits;
mod logs;
mod members;
mod model;
mod pauses;
mod policies;
mod reaps;
mod replaces;
mod runs;
mod sweeps;
mod takes;
mod updates;
mod workers;

pub use self::model::agrees_with_the_model;

use std::any::Any;
use std::sync::Arc;

use crate::Store;

crate::conformance_suite!(@list exports);

/// A store that a case is put to, and what has to live as long: a server, a directory.
pub struct Subject {
    store: Arc<dyn Store>,
    _guard: Option<Box<dyn Any + Send>>,
}

impl Subject {
    /// A store that needs nothing beside.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, _guard: None }
    }

    /// A store that lives as long as `guard`.
    #[must_use]
    pub fn with_guard(store: Arc<dyn Store>, guard: impl Any + Send) -> Self {
        Self { store, _guard: Some(Box::new(guard)) }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }
}

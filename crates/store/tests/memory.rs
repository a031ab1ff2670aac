//! The embedded store is put to the suite.

use std::sync::Arc;

use bellwether_store::clock::SystemClock;
use bellwether_store::conformance::Subject;
use bellwether_store::memory::MemoryStore;

async fn make_store() -> Subject {
    Subject::new(Arc::new(MemoryStore::new(Arc::new(SystemClock))))
}

bellwether_store::conformance_suite!(make_store);

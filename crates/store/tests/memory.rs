//! The embedded store is put to the suite.

use std::sync::Arc;

use bellwether_store::clock::SystemClock;
use bellwether_store::conformance::Subject;
use bellwether_store::memory::MemoryStore;

async fn make_store() -> Subject {
    Subject::new(Arc::new(MemoryStore::new(Arc::new(SystemClock))))
}

bellwether_store::conformance_suite!(make_store);

/// The model against itself: what differs then is the comparison.
#[test]
fn the_store_agrees_with_the_model() {
    bellwether_store::conformance::agrees_with_the_model(make_store, 300);
}

//! The suite that every store passes, each case on a server of its own.

use std::sync::Arc;

use bellwether_store::conformance::Subject;

use crate::server::Server;

async fn make_store() -> Subject {
    let server = Server::start();
    Subject::with_guard(Arc::new(server.store().await), server)
}

bellwether_store::conformance_suite!(make_store);

/// More than these by `BELLWETHER_MODEL_CASES`.
const CASES: u32 = 60;

#[test]
fn the_store_agrees_with_the_model() {
    let wanted = std::env::var("BELLWETHER_MODEL_CASES").ok();
    let cases = wanted.map_or(CASES, |wanted| wanted.parse().expect("a number of histories"));
    bellwether_store::conformance::agrees_with_the_model(make_store, cases);
}

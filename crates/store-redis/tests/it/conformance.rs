//! The suite that every store passes, each case on a server of its own.

use std::sync::Arc;

use bellwether_store::conformance::Subject;

use crate::server::Server;

async fn make_store() -> Subject {
    let server = Server::start();
    Subject::with_guard(Arc::new(server.store().await), server)
}

bellwether_store::conformance_suite!(make_store);

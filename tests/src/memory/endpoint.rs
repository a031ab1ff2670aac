//! An HTTP endpoint for runs that are to fail, and for one that is to go on for ever.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The endpoint. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Endpoint {
    address: String,
    _server: JoinSet<()>,
}

impl Endpoint {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let router = Router::new()
            .route("/fail", post(async || StatusCode::UNPROCESSABLE_ENTITY))
            .route("/hold", post(std::future::pending::<StatusCode>));
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.expect("a bound listener serves");
        });
        Self { address, _server: server }
    }

    /// Where each call fails, at once and for good.
    pub(super) fn failing(&self) -> String {
        format!("http://{}/fail", self.address)
    }

    /// Where no call is answered.
    pub(super) fn holding(&self) -> String {
        format!("http://{}/hold", self.address)
    }
}

//! The network between a node and its Redis, in the hands of the test.
//!
//! Each node gets a proxy of its own, so that one can be cut off while the others are not. Holding
//! requests makes a command arrive long after it was sent; holding replies and then cutting makes
//! its outcome unknown to the sender, though it was carried out.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It passes.
    Pass,
    /// Requests wait; they go on when the flow is changed.
    HoldRequests,
    /// Replies wait; they go on when the flow is changed.
    HoldReplies,
    /// Both wait.
    Hold,
    /// Replies take so long, so that most of the time something is on its way.
    SlowReplies(Duration),
    /// Connections break, with what waits in them, and none is made.
    Cut,
}

/// A proxy before one server.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    state: Arc<watch::Sender<State>>,
    _tasks: JoinSet<()>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    flow: Flow,
    /// How often it was cut: a connection of before the latest breaks, however short that was.
    cuts: u64,
}

impl Proxy {
    /// A proxy before the Redis at `url`, on a free loopback port.
    ///
    /// # Panics
    /// When there is none, or `url` is not that of a Redis server.
    pub async fn before(url: &str) -> Self {
        let upstream = url.strip_prefix("redis://").expect("a Redis over TCP").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(watch::Sender::new(State { flow: Flow::Pass, cuts: 0 }));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, upstream, Arc::clone(&state)));
        Self { url: format!("redis://{address}"), state, _tasks: tasks }
    }

    /// What a node is to take for its store.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Changes what becomes of what is sent, from now on.
    pub fn set(&self, flow: Flow) {
        self.state.send_modify(|state| {
            state.flow = flow;
            state.cuts += u64::from(flow == Flow::Cut);
        });
    }
}

async fn accept(listener: TcpListener, upstream: String, state: Arc<watch::Sender<State>>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        while connections.try_join_next().is_some() {}
        if state.borrow().flow != Flow::Cut {
            connections.spawn(connection(client, upstream.clone(), state.subscribe()));
        }
    }
}

/// Serves a connection until either side ends it, or it is cut.
async fn connection(client: TcpStream, upstream: String, state: watch::Receiver<State>) {
    let cuts = state.borrow().cuts;
    // A server that is away closes the client's connection, as it would without the proxy.
    let Ok(server) = TcpStream::connect(upstream).await else { return };
    // As the two ends do themselves: a command must not wait for the next one.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut cut = state.clone();
    // First, so that what was held does not slip through when it passes right after a cut.
    tokio::select! {
        biased;
        _ = cut.wait_for(|state| state.cuts > cuts) => {}
        () = pump(from_client, to_server, state.clone(), Flow::HoldRequests) => {}
        () = pump(from_server, to_client, state, Flow::HoldReplies) => {}
    }
}

/// Passes on what comes, except while the flow is `held`.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
    held: Flow,
) {
    let mut chunk = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        let flow = state.borrow().flow;
        if let (Flow::SlowReplies(by), Flow::HoldReplies) = (flow, held) {
            sleep(by).await; // paced: a slow network is what is asked for
        }
        let passes = |state: &State| state.flow != held && state.flow != Flow::Hold;
        if state.wait_for(passes).await.is_err() {
            return;
        }
        if to.write_all(&chunk[..length]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use redis::aio::MultiplexedConnection;

    use super::*;
    use crate::redis_server::{Persistence, RedisServer};
    use crate::wait::{PATIENCE, wait_for};

    async fn connect(proxy: &Proxy) -> redis::RedisResult<MultiplexedConnection> {
        redis::Client::open(proxy.url())?.get_multiplexed_async_connection().await
    }

    async fn counter(server: &RedisServer) -> i64 {
        let mut direct = server.connection().await;
        redis::cmd("INCRBY").arg("n").arg(0).query_async(&mut direct).await.expect("it is up")
    }

    /// Sends an INCR that is not answered as yet.
    async fn unanswered(connection: &MultiplexedConnection) -> tokio::task::JoinHandle<bool> {
        let mut connection = connection.clone();
        let mut call = tokio::spawn(async move {
            let call = redis::cmd("INCR").arg("n").query_async::<i64>(&mut connection).await;
            call.is_ok()
        });
        let early = tokio::time::timeout(Duration::from_millis(50), &mut call).await;
        assert!(early.is_err(), "it was answered");
        call
    }

    #[tokio::test]
    async fn held_requests_arrive_when_they_are_let_go() {
        let server = RedisServer::start(Persistence::None).await;
        let proxy = Proxy::before(&server.url()).await;
        let connection = connect(&proxy).await.expect("it passes");
        proxy.set(Flow::HoldRequests);
        let call = unanswered(&connection).await;
        assert_eq!(counter(&server).await, 0);
        proxy.set(Flow::Pass);
        assert!(call.await.expect("it ends"));
        assert_eq!(counter(&server).await, 1);
    }

    #[tokio::test]
    async fn a_reply_that_is_cut_off_leaves_the_command_carried_out() {
        let server = RedisServer::start(Persistence::None).await;
        let proxy = Proxy::before(&server.url()).await;
        let connection = connect(&proxy).await.expect("it passes");
        proxy.set(Flow::HoldReplies);
        let call = unanswered(&connection).await;
        wait_for("the command to be carried out", PATIENCE, async || {
            if counter(&server).await == 1 { Ok(()) } else { Err("not yet".to_owned()) }
        })
        .await;
        proxy.set(Flow::Cut);
        proxy.set(Flow::Pass);
        assert!(!call.await.expect("it ends"), "it was answered");
        proxy.set(Flow::Cut);
        assert!(connect(&proxy).await.is_err(), "it is cut");
        proxy.set(Flow::Pass);
        connect(&proxy).await.expect("it passes again");
    }
}

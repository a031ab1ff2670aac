//! A server that says what a test gives it, byte for byte, and tells what it saw.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet};

use crate::support::within;

/// What the server does after its reply.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    /// It closes the connection.
    Close,
    /// It answers the next request the same way.
    Again,
    /// It says nothing more until the peer closes.
    Hold,
    /// It goes on with the body until the peer closes.
    Endless,
}

/// What the server saw, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A request, from this peer, as text.
    Request(SocketAddr, String),
    /// The reply has been handed to the socket.
    Replied,
    /// The peer closed before the server did.
    PeerClosed,
}

pub(crate) struct Raw {
    pub(crate) address: SocketAddr,
    seen: UnboundedReceiver<Seen>,
    task: JoinHandle<()>,
}

impl Raw {
    pub(crate) async fn start(reply: impl Into<Vec<u8>>, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self::on(listener, reply, then)
    }

    pub(crate) fn on(listener: TcpListener, reply: impl Into<Vec<u8>>, then: Then) -> Self {
        let address = listener.local_addr().expect("a bound address");
        let (tell, seen) = unbounded_channel();
        let task = tokio::spawn(serve(listener, reply.into(), then, tell));
        Self { address, seen, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What the server sees next.
    pub(crate) async fn next(&mut self) -> Seen {
        within("the server to see something", self.seen.recv()).await.expect("the server runs")
    }

    /// The next request: its peer and its text.
    pub(crate) async fn request(&mut self) -> (SocketAddr, String) {
        loop {
            if let Seen::Request(peer, text) = self.next().await {
                return (peer, text);
            }
        }
    }

    /// Waits until the peer has closed.
    pub(crate) async fn peer_closed(&mut self) {
        while self.next().await != Seen::PeerClosed {}
    }

    /// Whether nothing more has been seen than was asked for. Only for what is already settled.
    pub(crate) fn saw_no_more_requests(&mut self) -> bool {
        std::iter::from_fn(|| self.seen.try_recv().ok())
            .all(|seen| !matches!(seen, Seen::Request(..)))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, reply: Vec<u8>, then: Then, tell: UnboundedSender<Seen>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = listener.accept().await.expect("a listening socket");
        connections.spawn(answer(stream, peer, reply.clone(), then, tell.clone()));
    }
}

async fn answer(
    mut stream: TcpStream,
    peer: SocketAddr,
    reply: Vec<u8>,
    then: Then,
    tell: UnboundedSender<Seen>,
) {
    while let Some(request) = read_request(&mut stream).await {
        let _ = tell.send(Seen::Request(peer, request));
        if stream.write_all(&reply).await.is_err() {
            let _ = tell.send(Seen::PeerClosed);
            return;
        }
        let _ = tell.send(Seen::Replied);
        match then {
            Then::Close => return,
            Then::Again => {}
            Then::Hold => {
                while !matches!(stream.read(&mut [0; 512]).await, Ok(0) | Err(_)) {}
                let _ = tell.send(Seen::PeerClosed);
                return;
            }
            Then::Endless => {
                while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
                let _ = tell.send(Seen::PeerClosed);
                return;
            }
        }
    }
}

/// One request, head and body, or none when the peer closes.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |n| n.trim().parse().expect("a length"));
            if read.len() >= end + 4 + length {
                return Some(String::from_utf8_lossy(&read).into_owned());
            }
        }
        match stream.read_buf(&mut read).await {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

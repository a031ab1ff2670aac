//! The address behind which the ready pods are.
//!
//! As a Service does it, each new connection goes to the next of the endpoints, and one that is made
//! stays with its pod for as long as both ends keep it, whatever becomes of the list meanwhile.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A Service.
#[derive(Debug)]
pub struct Service {
    address: String,
    endpoints: Arc<Mutex<Endpoints>>,
    _tasks: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Endpoints {
    addresses: Vec<String>,
    turn: usize,
}

impl Service {
    /// One without any endpoint, on a free loopback port.
    ///
    /// # Panics
    /// When there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let endpoints = Arc::new(Mutex::new(Endpoints::default()));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&endpoints)));
        Self { address, endpoints, _tasks: tasks }
    }

    /// Where clients connect to.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where connections go from now on.
    pub fn lead_to(&self, addresses: Vec<String>) {
        self.endpoints.lock().addresses = addresses;
    }
}

impl Endpoints {
    fn next(&mut self) -> Option<String> {
        self.turn = self.turn.wrapping_add(1);
        let place = self.turn.checked_rem(self.addresses.len())?;
        self.addresses.get(place).cloned()
    }
}

async fn accept(listener: TcpListener, endpoints: Arc<Mutex<Endpoints>>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        while connections.try_join_next().is_some() {}
        // Without an endpoint, or with one that refuses, the client's connection breaks.
        let Some(endpoint) = endpoints.lock().next() else { continue };
        connections.spawn(connection(client, endpoint));
    }
}

async fn connection(mut client: TcpStream, endpoint: String) {
    let Ok(mut server) = TcpStream::connect(endpoint).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    // However it ends, both ends see the end of the other.
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A server that greets each connection with a letter and repeats what it hears.
    async fn server(letter: u8, tasks: &mut JoinSet<()>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("it is bound").to_string();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = to.write_all(&[letter]).await;
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    async fn greeting(service: &Service) -> (u8, TcpStream) {
        let mut stream = TcpStream::connect(service.address()).await.expect("it listens");
        (stream.read_u8().await.expect("a greeting"), stream)
    }

    #[tokio::test]
    async fn connections_go_round_and_stay_where_they_are() {
        let mut tasks = JoinSet::new();
        let service = Service::start().await;
        let addresses = [server(b'a', &mut tasks).await, server(b'b', &mut tasks).await];
        service.lead_to(addresses.to_vec());
        let (first, mut kept) = greeting(&service).await;
        let (second, _) = greeting(&service).await;
        assert_eq!([first, second].iter().filter(|letter| **letter == b'a').count(), 1);
        let other = if first == b'a' { 1 } else { 0 };
        service.lead_to(vec![addresses[other].clone()]);
        for _ in 0..2 {
            assert_ne!(greeting(&service).await.0, first, "it is no endpoint any more");
        }
        kept.write_u8(b'!').await.expect("it is open");
        assert_eq!(kept.read_u8().await.expect("its pod is there"), b'!');
        service.lead_to(Vec::new());
        let mut refused = TcpStream::connect(service.address()).await.expect("it listens");
        assert_eq!(refused.read(&mut [0]).await.unwrap_or(0), 0, "nobody is there");
    }
}

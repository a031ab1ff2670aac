//! The client against a server that answers as it is told, over a real connection.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod scripted;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use bellwether_client::v1::{DrainNodeRequest, ListNodesRequest, ListNodesResponse};
use bellwether_client::{Address, Client, ClientOptions, Credentials, RetryPolicy};
use scripted::{Answer, Scripted};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tonic::Code;

fn options() -> ClientOptions {
    let retry = RetryPolicy { initial_backoff: Duration::from_millis(1), ..RetryPolicy::default() };
    ClientOptions { retry, ..ClientOptions::default() }
}

fn client(addresses: &[&Address], options: ClientOptions) -> Client {
    let addresses: Vec<_> = addresses.iter().copied().cloned().collect();
    Client::connect(&addresses, options).unwrap()
}

/// An address at which nobody listens: its port was free a moment ago.
fn nowhere() -> Address {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string().parse().unwrap()
}

#[tokio::test]
async fn a_write_is_repeated_under_one_request_id() {
    let server = Scripted::start([Answer::Unavailable, Answer::Unavailable, Answer::Done]).await;
    let client = client(&[&server.address], options());
    client.drain_node(DrainNodeRequest::default()).await.unwrap();
    client.drain_node(DrainNodeRequest::default()).await.unwrap();

    let ids = server.request_ids();
    assert_eq!(ids.len(), 4);
    assert!(uuid::Uuid::parse_str(&ids[0]).is_ok(), "{ids:?}");
    assert!(ids[..3].iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_ne!(ids[3], ids[0], "another call is another request");
}

#[tokio::test]
async fn a_request_id_of_the_caller_is_kept() {
    let server = Scripted::start([Answer::Done]).await;
    let client = client(&[&server.address], options());
    let request = DrainNodeRequest { request_id: "mine".to_owned(), ..Default::default() };
    client.drain_node(request).await.unwrap();
    assert_eq!(server.request_ids(), ["mine"]);
}

#[tokio::test]
async fn other_errors_are_final() {
    let server = Scripted::start([Answer::Aborted]).await;
    let client = client(&[&server.address], options());
    let status = client.drain_node(DrainNodeRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(server.request_ids().len(), 1);
}

#[tokio::test]
async fn repetitions_are_bounded() {
    let server = Scripted::start([Answer::Unavailable; 10]).await;
    let client = client(&[&server.address], options());
    let status = client.drain_node(DrainNodeRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(server.request_ids().len(), 5);
}

#[tokio::test]
async fn a_wait_that_the_cluster_asks_for_is_not_cut_short() {
    // It asks for an hour, and the deadline comes before: the answer stands at once.
    let server = Scripted::start([Answer::UnavailableForAnHour, Answer::Done]).await;
    let client = client(&[&server.address], options());
    let status = client.drain_node(DrainNodeRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(server.request_ids().len(), 1);
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let server = Scripted::start([Answer::Never]).await;
    let limit = Duration::from_millis(50);
    let client = client(&[&server.address], ClientOptions { deadline: limit, ..options() });
    let status = client.drain_node(DrainNodeRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(status.message().contains(&server.address.to_string()), "{status}");
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_call_is_made_again_under_the_same_request_id() {
    let server = Arc::new(Scripted::start([]).await);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: Address = listener.local_addr().unwrap().to_string().parse().unwrap();
    let behind = Arc::clone(&server);
    let between = tokio::spawn(async move {
        let connect = || TcpStream::connect(behind.address.to_string());
        // The first request arrives; of its answer nothing does, not even the end of it.
        let (mut client, _) = listener.accept().await.unwrap();
        let mut node = connect().await.unwrap();
        while behind.request_ids().is_empty() {
            let mut chunk = [0; 4096];
            let length = client.read(&mut chunk).await.unwrap();
            node.write_all(&chunk[..length]).await.unwrap();
            tokio::task::yield_now().await;
        }
        drop((client, node));
        while let Ok((mut client, _)) = listener.accept().await {
            let _ = copy_bidirectional(&mut client, &mut connect().await.unwrap()).await;
        }
    });
    client(&[&address], options()).drain_node(DrainNodeRequest::default()).await.unwrap();
    let ids = server.request_ids();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert_eq!(ids[0], ids[1]);
    between.abort();
}

#[tokio::test]
async fn another_address_answers_for_one_that_is_gone() {
    let server = Scripted::start([]).await;
    let client = client(&[&nowhere(), &server.address], options());
    let response = client.list_nodes(ListNodesRequest {}).await.unwrap();
    assert_eq!(response, ListNodesResponse::default());
}

#[tokio::test]
async fn a_refused_connection_names_the_address() {
    let nowhere = nowhere();
    let client = client(&[&nowhere], options());
    let status = client.list_nodes(ListNodesRequest {}).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains(&nowhere.to_string()), "{status}");
    assert!(status.message().contains("refused"), "{status}");
}

#[tokio::test]
async fn the_token_goes_with_each_request() {
    let server = Scripted::start([Answer::Done]).await;
    let credentials = Credentials::token("s3cret").unwrap();
    let client = client(&[&server.address], ClientOptions { credentials, ..options() });
    client.drain_node(DrainNodeRequest::default()).await.unwrap();
    client.cluster().list_nodes(ListNodesRequest {}).await.unwrap();
    assert_eq!(server.authorizations(), ["Bearer s3cret", "Bearer s3cret"]);
}

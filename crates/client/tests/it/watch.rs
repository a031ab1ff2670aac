//! Watches that break off and go on.

use bellwether_client::v1::{WatchEventsRequest, WatchEventsResponse};
use tonic::{Code, Status};

use crate::scripted::{Part, Scripted};
use crate::{client, nowhere, options};

fn part(cursor: &str) -> Part {
    Ok(WatchEventsResponse { cursor: cursor.to_owned(), ..WatchEventsResponse::default() })
}

fn leaving() -> Part {
    Err(Status::unavailable("the node is leaving"))
}

async fn cursors(
    watch: &mut bellwether_client::Watch<WatchEventsRequest>,
    count: usize,
) -> Vec<String> {
    let mut seen = Vec::new();
    for _ in 0..count {
        seen.push(watch.next().await.unwrap().cursor);
    }
    seen
}

#[tokio::test]
async fn a_watch_goes_on_at_another_node_behind_what_was_seen() {
    let one = Scripted::watched([vec![part("1"), part("2"), leaving()]]).await;
    // This one ends its stream without a word, and so does a node that is killed.
    let two = Scripted::watched([vec![part("3")], vec![part("5")]]).await;
    let three = Scripted::watched([vec![part("4")]]).await;
    let client = client(&[&one.address, &nowhere(), &two.address, &three.address], options());
    let mut watch = client.watch_events(WatchEventsRequest::default());

    assert_eq!(cursors(&mut watch, 4).await, ["1", "2", "3", "4"]);

    assert_eq!(watch.cursor(), "4");
    assert_eq!(
        (one.cursors(), two.cursors(), three.cursors()),
        (vec![String::new()], vec!["2".to_owned()], vec!["3".to_owned()],)
    );
    assert_eq!(cursors(&mut watch, 1).await, ["5"]);
    assert_eq!(two.cursors(), ["2", "4"]);
}

#[tokio::test]
async fn what_no_other_node_would_answer_otherwise_is_final() {
    let expired = || Err(Status::out_of_range("too old"));
    let one = Scripted::watched([vec![part("1"), expired()]]).await;
    let client = client(&[&one.address], options());
    let mut watch = client.watch_events(WatchEventsRequest::default());
    assert_eq!(cursors(&mut watch, 1).await, ["1"]);
    assert_eq!(watch.next().await.unwrap_err().code(), Code::OutOfRange);
    assert_eq!(one.cursors().len(), 1);
}

#[tokio::test]
async fn a_watch_that_finds_no_node_is_given_up_and_may_be_asked_again() {
    let one = Scripted::watched([]).await;
    let client = client(&[&one.address, &nowhere()], options());
    let mut watch = client.watch_events(WatchEventsRequest::default());
    for _ in 0..2 {
        assert_eq!(watch.next().await.unwrap_err().code(), Code::Unavailable);
    }
    assert!(one.cursors().len() >= 4, "each time it was tried as often as any call");
}

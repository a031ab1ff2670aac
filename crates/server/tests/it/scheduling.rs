//! PauseScheduling and ResumeScheduling.

use bellwether_domain::Partition;
use bellwether_proto::v1;
use bellwether_store::PauseStore;
use tonic::Code;

use crate::fixture::*;

fn pause(namespace: &str, reason: &str) -> v1::PauseSchedulingRequest {
    let (namespace, reason) = (namespace.to_owned(), reason.to_owned());
    v1::PauseSchedulingRequest { namespace, reason, ..<_>::default() }
}

fn resume(namespace: &str) -> v1::ResumeSchedulingRequest {
    v1::ResumeSchedulingRequest { namespace: namespace.to_owned(), ..<_>::default() }
}

async fn pauses(node: &Node) -> Vec<(String, String)> {
    let cluster = node.cluster().await.get_cluster(v1::GetClusterRequest {}).await;
    let cluster = cluster.expect("the cluster").into_inner().cluster.expect("the cluster");
    cluster.pauses.into_iter().map(|pause| (pause.namespace, pause.reason)).collect()
}

/// The versions that the partitions have.
async fn versions(node: &Node) -> Vec<u64> {
    let mut versions = Vec::new();
    for partition in 0..4 {
        let applied = node.store.applied_pauses(Partition(partition)).await;
        versions.push(applied.expect("the store answers").version);
    }
    versions
}

fn words(pauses: &[(&str, &str)]) -> Vec<(String, String)> {
    pauses.iter().map(|(scope, why)| ((*scope).to_owned(), (*why).to_owned())).collect()
}

#[tokio::test]
async fn what_is_paused_is_shown_and_in_every_partition() {
    let node = Node::start().await;
    let mut cluster = node.cluster().await;
    let told = cluster.pause_scheduling(pause("", "night")).await.expect("paused").into_inner();
    let told = told.pause.expect("the pause");
    assert_eq!((told.namespace.as_str(), told.reason.as_str()), ("default", "night"));
    assert_eq!(told.pause_time, Some(at(START)));
    assert_eq!(versions(&node).await, [1; 4]);

    node.clock.pass(5);
    cluster.pause_scheduling(pause("-", "storm")).await.expect("paused");
    let again = cluster.pause_scheduling(pause("default", "day")).await.expect("paused");
    let again = again.into_inner().pause.expect("the pause");
    assert_eq!((again.reason.as_str(), again.pause_time), ("day", Some(at(START))));
    assert_eq!(pauses(&node).await, words(&[("-", "storm"), ("default", "day")]));

    let resumed = cluster.resume_scheduling(resume("-")).await.expect("an answer").into_inner();
    assert!(resumed.resumed);
    assert_eq!(pauses(&node).await, words(&[("default", "day")]), "it is paused by itself");
    let resumed = cluster.resume_scheduling(resume("-")).await.expect("an answer").into_inner();
    assert!(!resumed.resumed, "there was nothing to undo");
    assert_eq!(versions(&node).await, [4; 4]);
}

#[tokio::test]
async fn a_repeat_gets_its_first_reply_and_brings_the_partitions_what_they_lack() {
    let node = Node::start().await;
    let mut cluster = node.cluster().await;
    let request = v1::PauseSchedulingRequest { request_id: request_id(), ..pause("a", "night") };
    let first = cluster.pause_scheduling(request.clone()).await.expect("paused").into_inner();
    cluster.resume_scheduling(resume("a")).await.expect("resumed");

    let again = cluster.pause_scheduling(request.clone()).await.expect("the first reply");
    assert_eq!(again.into_inner(), first);
    assert_eq!(pauses(&node).await, [], "and it is not paused again");

    let other = v1::PauseSchedulingRequest { reason: "day".to_owned(), ..request };
    let answer = cluster.pause_scheduling(other).await.expect_err("another request by that name");
    assert_eq!(said(&answer).1, "REQUEST_ID_REUSED");

    // Somebody stored what is meant and went away before the partitions had it.
    let view = node.store.pauses(None).await.expect("the store answers");
    let scope = bellwether_domain::pause::Scope::Cluster;
    let meant = view.pauses.pause(&scope, "", view.now).expect("a change");
    node.store.intend_pauses(&meant, &scope, None).await.expect("the store answers");
    assert_eq!(versions(&node).await, [2; 4]);
    cluster.pause_scheduling(pause("-", "")).await.expect("it is paused so");
    assert_eq!(versions(&node).await, [3; 4]);
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_changes() {
    let node = Node::start().await;
    let mut cluster = node.cluster().await;
    let long = "r".repeat(1_025);
    let named = v1::PauseSchedulingRequest { request_id: "x".to_owned(), ..pause("", "") };
    let cases =
        [(pause("a/b", ""), "namespace"), (pause("", &long), "reason"), (named, "request_id")];
    for (request, field) in cases {
        let answer = cluster.pause_scheduling(request).await.expect_err(field);
        assert_eq!((said(&answer).0, said(&answer).2.as_str()), (Code::InvalidArgument, field));
    }
    let answer = cluster.resume_scheduling(resume("a/b")).await.expect_err("no namespace");
    assert_eq!(said(&answer).2, "namespace");
    assert_eq!(versions(&node).await, [0; 4]);
}

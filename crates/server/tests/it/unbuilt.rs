//! What is declared and not built yet says so, and names itself.

use bellwether_proto::v1;
use tonic::{Code, Status};

use crate::fixture::*;

fn assert_unbuilt(answer: &Status, names: &str) {
    assert_eq!(answer.code(), Code::Unimplemented, "{names}");
    assert_eq!(said(answer).1, "NOT_BUILT", "{names}");
    assert!(answer.message().contains(names), "{names}: {}", answer.message());
}

#[tokio::test]
async fn fields_and_values() {
    use v1::target::Kind;
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("good"))).await.expect("valid");
    let before = node.written().await;
    let target = |kind| v1::Job { target: Some(v1::Target { kind: Some(kind) }), ..job("new") };
    let cases = [(target(Kind::Command(v1::CommandTarget::default())), "job.target.command: ")];
    for (job, names) in cases {
        assert_unbuilt(&jobs.create_job(create(job)).await.expect_err(names), names);
    }
    assert_eq!(node.written().await, before);
}

//! ListRuns of one job.

use bellwether_proto::v1;
use tonic::Code;

use crate::fixture::*;

fn list(id: &str) -> v1::ListRunsRequest {
    v1::ListRunsRequest { job_id: id.to_owned(), ..<_>::default() }
}

/// A job that was asked for seven runs and had a place for the first.
async fn seven_runs(node: &Node) {
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    for _ in 0..7 {
        let run = v1::RunJobRequest { job_id: "tick".to_owned(), ..<_>::default() };
        jobs.run_job(run).await.expect("a run or a record");
        node.clock.pass(1);
    }
}

#[tokio::test]
async fn pages_go_from_the_newest_fire_time_to_the_oldest() {
    let node = Node::start().await;
    seven_runs(&node).await;
    let mut runs = node.runs().await;
    let expected: Vec<_> = (0..7).rev().map(|n| Some(at(START + n))).collect();
    for size in [1, 2, 3, 7, 100] {
        let mut request = v1::ListRunsRequest { page_size: size, ..list("tick") };
        let mut seen = Vec::new();
        loop {
            let page = runs.list_runs(request.clone()).await.expect("a page").into_inner();
            assert!(page.runs.len() <= size as usize);
            seen.extend(page.runs.into_iter().map(|run| run.fire_time));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(seen, expected, "pages of {size}");
    }
}

#[tokio::test]
async fn filters_choose() {
    let node = Node::start().await;
    seven_runs(&node).await;
    let mut runs = node.runs().await;
    let skipped = vec![v1::RunState::Skipped as i32];
    let cases = [
        (v1::ListRunsRequest { states: skipped, ..list("tick") }, 6),
        (v1::ListRunsRequest { states: vec![v1::RunState::Pending as i32], ..list("tick") }, 1),
        (v1::ListRunsRequest { states: vec![v1::RunState::Lost as i32], ..list("tick") }, 0),
        (v1::ListRunsRequest { failed_since: Some(at(0)), ..list("tick") }, 0),
        (v1::ListRunsRequest { label_selector: "!app".to_owned(), ..list("tick") }, 7),
        (v1::ListRunsRequest { label_selector: "app".to_owned(), ..list("tick") }, 0),
        (v1::ListRunsRequest { target_kinds: vec![1], ..list("tick") }, 0),
        (v1::ListRunsRequest { target_kinds: vec![1, 5], ..list("tick") }, 7),
    ];
    for (request, expected) in cases {
        let page = runs.list_runs(request.clone()).await.expect("a page").into_inner();
        assert_eq!(page.runs.len(), expected, "{request:?}");
    }
}

#[tokio::test]
async fn a_job_must_be_named_and_there() {
    let node = Node::start().await;
    let mut runs = node.runs().await;
    let answer = runs.list_runs(list("")).await.expect_err("not built");
    assert_eq!(answer.code(), Code::Unimplemented);
    assert!(answer.message().starts_with("job_id: "), "{}", answer.message());
    let answer = runs.list_runs(list("nobody")).await.expect_err("no such job");
    assert_eq!(answer.code(), Code::NotFound);
    let everywhere = v1::ListRunsRequest { namespace: "-".to_owned(), ..list("tick") };
    let answer = runs.list_runs(everywhere).await.expect_err("one job has one namespace");
    assert_eq!(said(&answer).2, "namespace");
}

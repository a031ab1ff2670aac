//! ListRuns, of one job and of all.

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
async fn a_job_that_is_named_must_be_there() {
    let node = Node::start().await;
    let mut runs = node.runs().await;
    let answer = runs.list_runs(list("nobody")).await.expect_err("no such job");
    assert_eq!(answer.code(), Code::NotFound);
    let everywhere = v1::ListRunsRequest { namespace: "-".to_owned(), ..list("tick") };
    let answer = runs.list_runs(everywhere).await.expect_err("one job has one namespace");
    assert_eq!(said(&answer).2, "namespace");
}

/// Jobs of two namespaces, which were asked for runs; those beyond the first had no place.
async fn runs_of_several(node: &Node) -> Vec<String> {
    let mut jobs = node.jobs().await;
    let named = [("a", "one", 3), ("a", "two", 0), ("b", "one", 2), ("b", "three", 4)];
    let mut expected = Vec::new();
    for (namespace, id, count) in named {
        let labels = [("app".to_owned(), id.to_owned())].into();
        let namespace = namespace.to_owned();
        let job = v1::Job { namespace: namespace.clone(), labels, ..job(id) };
        jobs.create_job(create(job)).await.expect("valid");
        for _ in 0..count {
            let (namespace, job_id) = (namespace.clone(), id.to_owned());
            let run = v1::RunJobRequest { namespace, job_id, ..<_>::default() };
            jobs.run_job(run).await.expect("a run or a record");
            node.clock.pass(1);
        }
        expected.extend((0..count).map(|_| format!("{namespace}/{id}")));
    }
    expected.sort();
    expected
}

async fn pages(node: &Node, request: &v1::ListRunsRequest) -> Vec<v1::Run> {
    let mut runs = node.runs().await;
    let (mut request, mut seen) = (request.clone(), Vec::new());
    loop {
        let page = runs.list_runs(request.clone()).await.expect("a page").into_inner();
        seen.extend(page.runs);
        if page.next_page_token.is_empty() {
            return seen;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test]
async fn runs_of_all_jobs_come_job_by_job() {
    let node = Node::start().await;
    let expected = runs_of_several(&node).await;
    let all = v1::ListRunsRequest { namespace: "-".to_owned(), ..<_>::default() };
    for size in [1, 2, 3, 5, 9, 100] {
        let seen = pages(&node, &v1::ListRunsRequest { page_size: size, ..all.clone() }).await;
        let names: Vec<_> = seen.iter().map(|r| format!("{}/{}", r.namespace, r.job_id)).collect();
        assert_eq!(names, expected, "pages of {size}");
        for pair in seen.windows(2).filter(|pair| pair[0].job_uid == pair[1].job_uid) {
            let at = |run: &v1::Run| run.fire_time.expect("it has one").seconds;
            assert!(at(&pair[0]) > at(&pair[1]), "the newest first within a job");
        }
    }
    let skipped = vec![v1::RunState::Skipped as i32];
    let cases = [
        (v1::ListRunsRequest { namespace: "a".to_owned(), ..<_>::default() }, 3),
        (v1::ListRunsRequest { namespace: "nobodys".to_owned(), ..<_>::default() }, 0),
        (v1::ListRunsRequest { label_selector: "app=one".to_owned(), ..all.clone() }, 5),
        (v1::ListRunsRequest { states: skipped, ..all.clone() }, 6),
        (v1::ListRunsRequest { failed_since: Some(at(0)), ..all.clone() }, 0),
    ];
    for (request, expected) in cases {
        assert_eq!(pages(&node, &request).await.len(), expected, "{request:?}");
    }
}

#[tokio::test]
async fn a_list_of_all_runs_goes_on_though_the_job_of_its_token_is_gone() {
    let node = Node::start().await;
    let expected = runs_of_several(&node).await;
    let mut runs = node.runs().await;
    let all = v1::ListRunsRequest { namespace: "-".to_owned(), page_size: 2, ..<_>::default() };
    let first = runs.list_runs(all.clone()).await.expect("a page").into_inner();
    let (namespace, job_id) = ("a".to_owned(), "one".to_owned());
    let delete = v1::DeleteJobRequest { namespace, job_id, ..<_>::default() };
    node.jobs().await.delete_job(delete).await.expect("deleted");

    let rest =
        pages(&node, &v1::ListRunsRequest { page_token: first.next_page_token, ..all }).await;

    let names: Vec<_> = rest.iter().map(|r| format!("{}/{}", r.namespace, r.job_id)).collect();
    assert_eq!(names, expected[3..], "the third run of the deleted job is gone with it");
}

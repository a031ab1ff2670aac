//! ListJobs: order, pages, filters and views.

use std::collections::BTreeSet;

use bellwether_domain::{EndState, NextStep};
use bellwether_proto::v1;
use prost::Message as _;
use tonic::Code;

use crate::fixture::*;

type Jobs = bellwether_proto::v1::job_service_client::JobServiceClient<tonic::transport::Channel>;

fn all() -> v1::ListJobsRequest {
    v1::ListJobsRequest { namespace: "-".to_owned(), ..<_>::default() }
}

fn names(jobs: &[v1::Job]) -> Vec<String> {
    jobs.iter().map(|job| format!("{}/{}", job.namespace, job.id)).collect()
}

async fn page(jobs: &mut Jobs, request: &v1::ListJobsRequest) -> v1::ListJobsResponse {
    jobs.list_jobs(request.clone()).await.expect("a page").into_inner()
}

/// Every page of `request`.
async fn pages(jobs: &mut Jobs, mut request: v1::ListJobsRequest) -> Vec<Vec<v1::Job>> {
    let mut pages = Vec::new();
    loop {
        let reply = page(jobs, &request).await;
        pages.push(reply.jobs);
        if reply.next_page_token.is_empty() {
            return pages;
        }
        request.page_token = reply.next_page_token;
    }
}

async fn add(jobs: &mut Jobs, namespace: &str, id: &str) {
    let job = v1::Job { namespace: namespace.to_owned(), ..job(id) };
    jobs.create_job(create(job)).await.expect("valid");
}

#[tokio::test]
async fn pages_follow_each_other_in_the_order_of_the_names() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let mut expected = Vec::new();
    for namespace in ["a", "a-b", "default"] {
        for n in 0..23 {
            add(&mut jobs, namespace, &format!("job/{n:02}")).await;
            expected.push(format!("{namespace}/job/{n:02}"));
        }
    }
    expected.sort();
    for size in [1, 7, 23, 69, 70, 1_000, 5_000, 0] {
        let request = v1::ListJobsRequest { page_size: size, ..all() };
        let pages = pages(&mut jobs, request).await;
        assert_eq!(names(&pages.concat()), expected, "pages of {size}");
        if (1..69).contains(&size) {
            let (last, full) = pages.split_last().expect("at least one");
            assert!(full.iter().all(|page| page.len() == size as usize));
            assert!(!last.is_empty(), "no empty page at the end");
        }
    }
    let one = v1::ListJobsRequest { namespace: "a".to_owned(), page_size: 10, ..<_>::default() };
    let of_a: Vec<_> = expected.iter().filter(|name| name.starts_with("a/")).cloned().collect();
    assert_eq!(names(&pages(&mut jobs, one).await.concat()), of_a);
    assert!(page(&mut jobs, &v1::ListJobsRequest::default()).await.jobs.len() == 23);
}

#[tokio::test]
async fn what_is_there_throughout_is_listed_once_while_others_come_and_go() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    for n in 0..60 {
        add(&mut jobs, "", &format!("stays-{n:03}")).await;
        add(&mut jobs, "", &format!("goes-{n:03}")).await;
    }
    let mut request = v1::ListJobsRequest { page_size: 9, ..<_>::default() };
    let mut seen = Vec::new();
    for round in 0.. {
        let reply = page(&mut jobs, &request).await;
        seen.extend(reply.jobs.into_iter().map(|job| job.id));
        if reply.next_page_token.is_empty() {
            break;
        }
        request.page_token = reply.next_page_token;
        // The job that the token stands at is among those that go.
        for n in 0..60 {
            let id = format!("goes-{n:03}");
            let gone = v1::DeleteJobRequest { job_id: id, allow_missing: true, ..<_>::default() };
            jobs.delete_job(gone).await.expect("deleted");
        }
        add(&mut jobs, "", &format!("comes-{round:03}")).await;
        add(&mut jobs, "", &format!("zz-{round:03}")).await;
    }
    let stayed: Vec<_> = seen.iter().filter(|id| id.starts_with("stays")).collect();
    assert_eq!(stayed.len(), 60, "each once");
    assert_eq!(stayed.iter().collect::<BTreeSet<_>>().len(), 60);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "nothing twice");
}

#[tokio::test]
async fn filters_choose() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let labelled = |id: &str, labels: &[(&str, &str)]| v1::Job {
        labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        ..job(id)
    };
    let hook = v1::Job { target: Some(to_http(http("http://127.0.0.1:9/"))), ..job("hook") };
    let late = v1::Job { trigger: Some(every(3_600)), ..job("late") };
    let once = v1::Job { trigger: Some(date(START)), ..job("once") };
    let web = labelled("web", &[("app", "web"), ("tier", "front")]);
    let db = labelled("db", &[("app", "db")]);
    for job in [hook, late, once, web, db] {
        jobs.create_job(create(job)).await.expect("valid");
    }
    node.claim("once").await;
    let pause = v1::PauseJobRequest { job_id: "db".to_owned(), ..<_>::default() };
    jobs.pause_job(pause).await.expect("paused");

    let none = v1::ListJobsRequest::default;
    let selector = |text: &str| v1::ListJobsRequest { label_selector: text.into(), ..none() };
    let states = |states: &[v1::JobState]| v1::ListJobsRequest {
        states: states.iter().map(|state| *state as i32).collect(),
        ..none()
    };
    let kind =
        |kind: v1::TargetKind| v1::ListJobsRequest { target_kinds: vec![kind as i32], ..none() };
    let before = |seconds| v1::ListJobsRequest { next_fire_before: Some(at(seconds)), ..none() };
    let cases: [(v1::ListJobsRequest, &[&str]); 12] = [
        (selector("app"), &["db", "web"]),
        (selector("app in (web, cache)"), &["web"]),
        (selector("app!=web"), &["db", "hook", "late", "once"]),
        (selector("app, !tier"), &["db"]),
        (states(&[v1::JobState::Paused]), &["db"]),
        (states(&[v1::JobState::Finished, v1::JobState::Paused]), &["db", "once"]),
        (kind(v1::TargetKind::Http), &["hook"]),
        (kind(v1::TargetKind::Worker), &[]),
        (before(START + 61), &["hook", "web"]),
        (before(START + 60), &[]),
        (v1::ListJobsRequest { page_size: 1, ..selector("app=web") }, &["web"]),
        (none(), &["db", "hook", "late", "once", "web"]),
    ];
    for (request, expected) in cases {
        let listed = pages(&mut jobs, request.clone()).await.concat();
        let ids: Vec<_> = listed.iter().map(|job| job.id.as_str()).collect();
        assert_eq!(ids, expected, "{request:?}");
    }
}

#[tokio::test]
async fn bad_filters_are_refused_by_field() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let none = v1::ListJobsRequest::default;
    let cases = [
        (v1::ListJobsRequest { namespace: "a/b".to_owned(), ..none() }, "namespace"),
        (v1::ListJobsRequest { label_selector: "a b".to_owned(), ..none() }, "label_selector"),
        (v1::ListJobsRequest { states: vec![1, 0], ..none() }, "states[1]"),
        (v1::ListJobsRequest { target_kinds: vec![9], ..none() }, "target_kinds[0]"),
        (v1::ListJobsRequest { view: 7, ..none() }, "view"),
        (
            v1::ListJobsRequest { next_fire_before: Some(at(i64::MAX)), ..none() },
            "next_fire_before",
        ),
    ];
    for (request, field) in cases {
        let answer = jobs.list_jobs(request).await.expect_err(field);
        assert_eq!(said(&answer).0, Code::InvalidArgument);
        assert_eq!(said(&answer).2, field);
    }
}

#[tokio::test]
async fn a_token_of_another_list_is_refused_and_one_of_another_page_size_is_not() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    for n in 0..5 {
        add(&mut jobs, "", &format!("job-{n}")).await;
    }
    let request = v1::ListJobsRequest { page_size: 2, ..<_>::default() };
    let token = page(&mut jobs, &request).await.next_page_token;
    let others = [
        v1::ListJobsRequest { page_token: token.clone(), ..all() },
        v1::ListJobsRequest {
            page_token: token.clone(),
            label_selector: "a".to_owned(),
            ..<_>::default()
        },
    ];
    for other in others {
        let answer = jobs.list_jobs(other).await.expect_err("another list");
        assert_eq!(said(&answer).2, "page_token");
    }
    let runs = v1::ListRunsRequest {
        job_id: "job-0".to_owned(),
        page_token: token.clone(),
        ..<_>::default()
    };
    let answer = node.runs().await.list_runs(runs).await.expect_err("a list of jobs");
    assert_eq!(said(&answer).2, "page_token");
    let wider = v1::ListJobsRequest { page_size: 50, page_token: token, ..<_>::default() };
    assert_eq!(page(&mut jobs, &wider).await.jobs.len(), 3);
}

#[tokio::test]
async fn a_page_stays_below_what_a_client_accepts_and_the_basic_view_leaves_content_out() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let content = || Some(v1::payload::Content::Data(vec![7; 200 * 1024]));
    for n in 0..40 {
        let body = v1::Payload { content: content(), content_type: "a/b".to_owned() };
        let target = v1::HttpTarget { body: Some(body), ..http("http://127.0.0.1:9/") };
        let big = v1::Job { target: Some(to_http(target)), ..job(&format!("big-{n:02}")) };
        jobs.create_job(create(big)).await.expect("valid");
    }
    let full = v1::ListJobsRequest { view: v1::View::Full as i32, ..<_>::default() };
    let mut request = full.clone();
    let mut count = 0;
    loop {
        let reply = page(&mut jobs, &request).await;
        assert!(reply.encoded_len() < 3_670_016, "{} bytes", reply.encoded_len());
        count += reply.jobs.len();
        if reply.next_page_token.is_empty() {
            break;
        }
        request.page_token = reply.next_page_token;
    }
    assert_eq!(count, 40);

    let basic = page(&mut jobs, &v1::ListJobsRequest::default()).await;
    assert_eq!(basic.jobs.len(), 40, "one page");
    let Some(v1::target::Kind::Http(http)) =
        basic.jobs[0].target.as_ref().and_then(|t| t.kind.as_ref())
    else {
        panic!("an HTTP target")
    };
    let body = http.body.as_ref().expect("its media type stays");
    assert_eq!((body.content.as_ref(), body.content_type.as_str()), (None, "a/b"));
}

#[tokio::test]
async fn jobs_that_failed_since_are_found() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let run = |id: &str| v1::RunJobRequest { job_id: id.to_owned(), ..<_>::default() };
    let ends = [
        ("bad", EndState::Failed),
        ("good", EndState::Succeeded),
        ("late", EndState::TimedOut),
        ("lost", EndState::Lost),
        ("ended", EndState::Cancelled),
    ];
    for (id, state) in ends {
        jobs.create_job(create(job(id))).await.expect("valid");
        jobs.run_job(run(id)).await.expect("a run");
        let leased = node.take(id).await;
        node.clock.pass(10);
        node.end(id, &leased, NextStep::End(state)).await;
    }
    let list = |seconds| v1::ListJobsRequest { failed_since: Some(at(seconds)), ..<_>::default() };
    // They ended 10, 20, … seconds after the start.
    let cases: [(v1::ListJobsRequest, &[&str]); 5] = [
        (list(START), &["bad", "late", "lost"]),
        (list(START + 11), &["late", "lost"]),
        (list(START + 40), &["lost"]),
        (list(START + 41), &[]),
        (v1::ListJobsRequest { page_size: 1, ..list(START) }, &["bad", "late", "lost"]),
    ];
    for (request, expected) in cases {
        let listed = pages(&mut jobs, request.clone()).await.concat();
        let ids: Vec<_> = listed.iter().map(|job| job.id.as_str()).collect();
        assert_eq!(ids, expected, "{request:?}");
    }
    // A success later on does not undo a failure.
    jobs.run_job(run("lost")).await.expect("a run");
    let leased = node.take("lost").await;
    node.end("lost", &leased, NextStep::End(EndState::Succeeded)).await;
    assert_eq!(names(&page(&mut jobs, &list(START + 40)).await.jobs), ["default/lost"]);
}

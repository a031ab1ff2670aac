//! BatchPauseJobs and BatchResumeJobs.

use bellwether_proto::v1;
use bellwether_proto::v1::batch_result::Outcome;
use tonic::Code;

use crate::fixture::*;

fn labelled(id: &str, value: &str) -> v1::Job {
    let labels = [("app".to_owned(), value.to_owned())].into();
    v1::Job { labels, ..job(id) }
}

/// Five jobs of the web and two others, one of them in another namespace.
async fn given(node: &Node) {
    let mut jobs = node.jobs().await;
    for n in 0..5 {
        jobs.create_job(create(labelled(&format!("web{n}"), "web"))).await.expect("valid");
    }
    let elsewhere = v1::Job { namespace: "b".to_owned(), ..labelled("web", "web") };
    for other in [labelled("db", "db"), elsewhere] {
        jobs.create_job(create(other)).await.expect("valid");
    }
}

fn pause(selector: &str) -> v1::BatchPauseJobsRequest {
    let (label_selector, reason) = (selector.to_owned(), "night".to_owned());
    v1::BatchPauseJobsRequest { label_selector, reason, ..<_>::default() }
}

/// The jobs of the results, by id, all of which succeeded.
fn jobs_of(results: &[v1::BatchResult]) -> Vec<&v1::Job> {
    results
        .iter()
        .map(|result| match &result.outcome {
            Some(Outcome::Job(job)) => job,
            other => panic!("{}: {other:?}", result.job_id),
        })
        .collect()
}

async fn paused(node: &Node) -> Vec<String> {
    let list = v1::ListJobsRequest {
        namespace: "-".to_owned(),
        states: vec![v1::JobState::Paused as i32],
        ..<_>::default()
    };
    let jobs = node.jobs().await.list_jobs(list).await.expect("a list").into_inner().jobs;
    jobs.into_iter().map(|job| format!("{}/{}", job.namespace, job.id)).collect()
}

#[tokio::test]
async fn the_jobs_of_a_selector_are_paused_and_resumed_page_by_page() {
    let node = Node::start().await;
    given(&node).await;
    let mut jobs = node.jobs().await;
    let mut request = v1::BatchPauseJobsRequest { page_size: 2, ..pause("app=web") };
    let mut pages = Vec::new();
    loop {
        let reply = jobs.batch_pause_jobs(request.clone()).await.expect("a page").into_inner();
        let page = jobs_of(&reply.results);
        assert!(page.iter().all(|job| job.pause_reason == "night"), "{page:?}");
        pages.push(page.len());
        if reply.next_page_token.is_empty() {
            break;
        }
        request.page_token = reply.next_page_token;
    }
    assert_eq!(pages.iter().sum::<usize>(), 5, "{pages:?}");
    assert!(pages.iter().all(|page| *page <= 2), "{pages:?}");
    let web: Vec<_> = (0..5).map(|n| format!("default/web{n}")).collect();
    assert_eq!(paused(&node).await, web);

    let resume = v1::BatchResumeJobsRequest { namespace: "-".to_owned(), ..<_>::default() };
    let reply = jobs.batch_resume_jobs(resume).await.expect("a page").into_inner();
    assert_eq!(jobs_of(&reply.results).len(), 7, "an empty selector is every job");
    assert_eq!(paused(&node).await, [""; 0]);
}

#[tokio::test]
async fn a_repeat_gets_each_jobs_first_reply() {
    let node = Node::start().await;
    given(&node).await;
    let mut jobs = node.jobs().await;
    let request = v1::BatchPauseJobsRequest { request_id: request_id(), ..pause("app=web") };
    let first = jobs.batch_pause_jobs(request.clone()).await.expect("paused").into_inner();
    jobs.resume_job(v1::ResumeJobRequest { job_id: "web3".to_owned(), ..<_>::default() })
        .await
        .expect("resumed");

    let again = jobs.batch_pause_jobs(request).await.expect("the first reply").into_inner();

    assert_eq!(again, first);
    assert_eq!(paused(&node).await.len(), 4, "and web3 goes on");
}

#[tokio::test]
async fn each_job_succeeds_or_fails_by_itself() {
    let node = Node::start().await;
    given(&node).await;
    let mut jobs = node.jobs().await;
    let once = v1::Job { trigger: Some(date(START)), ..labelled("once", "web") };
    jobs.create_job(create(once)).await.expect("valid");
    node.claim("once").await;

    let reply = jobs.batch_pause_jobs(pause("app=web")).await.expect("a page").into_inner();

    let (failed, paused): (Vec<_>, Vec<_>) =
        reply.results.into_iter().partition(|result| result.job_id == "once");
    assert_eq!(jobs_of(&paused).len(), 5);
    let [v1::BatchResult { outcome: Some(Outcome::Error(error)), .. }] = &failed[..] else {
        panic!("one failure: {failed:?}")
    };
    assert_eq!(
        (error.code, error.reason.as_str()),
        (Code::FailedPrecondition as i32, "JOB_FINISHED")
    );
}

#[tokio::test]
async fn a_batch_may_catch_up() {
    let node = Node::start().await;
    given(&node).await;
    let mut jobs = node.jobs().await;
    node.clock.pass(1);
    jobs.batch_pause_jobs(pause("app=web")).await.expect("paused");
    node.clock.pass(200);
    let resume = v1::BatchResumeJobsRequest {
        label_selector: "app=web".to_owned(),
        catch_up: true,
        ..<_>::default()
    };
    let reply = jobs.batch_resume_jobs(resume).await.expect("resumed").into_inner();
    let next: Vec<_> = jobs_of(&reply.results).iter().map(|job| job.next_fire_time).collect();
    assert_eq!(next, [Some(at(START + 60)); 5], "the first fire time of the pause is due");
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_changes() {
    let node = Node::start().await;
    given(&node).await;
    let before = node.written().await;
    let mut jobs = node.jobs().await;
    let long = "r".repeat(1_025);
    let cases = [
        (v1::BatchPauseJobsRequest { page_size: -1, ..pause("") }, "page_size"),
        (v1::BatchPauseJobsRequest { page_token: "x".to_owned(), ..pause("") }, "page_token"),
        (v1::BatchPauseJobsRequest { reason: long, ..pause("") }, "reason"),
        (pause("app in (web"), "label_selector"),
        (v1::BatchPauseJobsRequest { request_id: "x".to_owned(), ..pause("") }, "request_id"),
    ];
    for (request, field) in cases {
        let answer = jobs.batch_pause_jobs(request).await.expect_err(field);
        assert_eq!((said(&answer).0, said(&answer).2.as_str()), (Code::InvalidArgument, field));
    }
    assert_eq!(node.written().await, before);
}

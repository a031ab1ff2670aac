//! RetryRun, and what a repeated request for a run gets.

use bellwether_proto::v1;
use tonic::Code;

use crate::fixture::*;

fn retry(run: &v1::Run) -> v1::RetryRunRequest {
    v1::RetryRunRequest {
        job_id: run.job_id.clone(),
        run_id: run.id.clone(),
        ..v1::RetryRunRequest::default()
    }
}

/// A job with a skipped record for two fire times.
async fn skipped(node: &Node, id: &str) -> v1::Run {
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job(id))).await.expect("valid");
    node.clock.pass(130);
    let pause = v1::PauseJobRequest { job_id: id.to_owned(), ..<_>::default() };
    jobs.pause_job(pause).await.expect("paused");
    let got = jobs.get_job(get(id)).await.expect("found").into_inner();
    got.recent_runs.into_iter().next().expect("a record")
}

#[tokio::test]
async fn a_finished_run_is_run_again_as_a_run_of_its_own() {
    let node = Node::start().await;
    let first = skipped(&node, "tick").await;
    node.clock.pass(10);
    let mut runs = node.runs().await;

    let request = v1::RetryRunRequest { request_id: request_id(), ..retry(&first) };
    let made = runs.retry_run(request.clone()).await.expect("a run").into_inner().run;
    let made = made.expect("the run");

    assert_ne!(made.id, first.id);
    assert_eq!((made.state(), made.cause()), (v1::RunState::Pending, v1::RunCause::Manual));
    assert_eq!((made.fire_time, &made.coalesced), (first.fire_time, &first.coalesced));
    assert_eq!(made.start_after, Some(at(START + 140)));
    let repeat = runs.retry_run(request).await.expect("the first reply").into_inner().run;
    assert_eq!(repeat, Some(made));
}

#[tokio::test]
async fn a_run_that_goes_on_or_is_not_there_is_not_run_again() {
    let node = Node::start().await;
    let first = skipped(&node, "tick").await;
    let mut runs = node.runs().await;
    let pending = runs.retry_run(retry(&first)).await.expect("a run").into_inner().run;
    let pending = pending.expect("the run");

    let answer = runs.retry_run(retry(&pending)).await.expect_err("it is pending");
    let (code, reason, _) = said(&answer);
    assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "RUN_UNFINISHED"));
    let of_another = v1::Run { job_id: "tock".to_owned(), ..first.clone() };
    let unknown = v1::Run { id: first.id.replace('5', "6"), ..first };
    for (run, reason) in [(of_another, "JOB_NOT_FOUND"), (unknown, "RUN_NOT_FOUND")] {
        let answer = runs.retry_run(retry(&run)).await.expect_err("not there");
        assert_eq!(said(&answer).1, reason);
    }
}

#[tokio::test]
async fn a_request_gets_its_run_also_after_the_job_was_changed_or_deleted() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let hook = v1::Job { target: Some(to_http(http("http://127.0.0.1:9/"))), ..job("hook") };
    jobs.create_job(create(hook)).await.expect("valid");
    let content = Some(v1::payload::Content::Text("{}".to_owned()));
    let run = v1::RunJobRequest {
        job_id: "hook".to_owned(),
        payload: Some(v1::Payload { content, ..<_>::default() }),
        request_id: request_id(),
        ..<_>::default()
    };
    let first = jobs.run_job(run.clone()).await.expect("a run").into_inner();

    jobs.create_job(replace(job("hook"))).await.expect("it takes no payload any more");
    let again = jobs.run_job(run.clone()).await.expect("the first reply").into_inner();
    assert_eq!(again, first);
    let delete = v1::DeleteJobRequest { job_id: "hook".to_owned(), ..<_>::default() };
    jobs.delete_job(delete).await.expect("deleted");
    let again = jobs.run_job(run.clone()).await.expect("the first reply").into_inner();
    assert_eq!(again, first);

    let other = v1::RunJobRequest { payload: None, ..run };
    let answer = jobs.run_job(other).await.expect_err("another request by that name");
    assert_eq!(said(&answer).1, "REQUEST_ID_REUSED");
}

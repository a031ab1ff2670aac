//! RunJob and GetRun.

use bellwether_proto::v1;
use tonic::Code;

use crate::fixture::*;

fn run(id: &str) -> v1::RunJobRequest {
    v1::RunJobRequest { job_id: id.to_owned(), ..<_>::default() }
}

fn get_run(job: &str, run: &str) -> v1::GetRunRequest {
    v1::GetRunRequest { job_id: job.to_owned(), run_id: run.to_owned(), ..<_>::default() }
}

#[tokio::test]
async fn a_run_is_made_beside_the_schedule_once_per_request() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let before = jobs.create_job(create(job("tick"))).await.expect("valid").into_inner().job;
    node.clock.pass(5);
    let request = v1::RunJobRequest { request_id: request_id(), ..run("tick") };
    let made = jobs.run_job(request.clone()).await.expect("a run").into_inner().run;
    let made = made.expect("the run");
    assert_eq!((made.state(), made.cause()), (v1::RunState::Pending, v1::RunCause::Manual));
    assert_eq!(made.fire_time, Some(at(START + 5)));
    node.clock.pass(5);
    let repeat = jobs.run_job(request).await.expect("the first reply").into_inner().run;
    assert_eq!(repeat, Some(made.clone()));

    let after = jobs.get_job(get("tick")).await.expect("found").into_inner();
    assert_eq!(after.job, before, "the schedule is untouched");
    assert_eq!(after.recent_runs.len(), 1);
    let got = node.runs().await.get_run(get_run("tick", &made.id)).await.expect("found");
    assert_eq!(got.into_inner().run, Some(made));
}

#[tokio::test]
async fn at_the_limit_the_run_is_a_skipped_record() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    jobs.run_job(run("tick")).await.expect("a run");
    node.clock.pass(1);
    let second = jobs.run_job(run("tick")).await.expect("a record").into_inner().run;
    let second = second.expect("the run");
    assert_eq!(second.state(), v1::RunState::Skipped);
    assert!(!second.reason.is_empty());
}

#[tokio::test]
async fn a_payload_takes_the_place_of_the_targets_own_where_it_has_one() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    let hook = v1::Job { target: Some(to_http(http("http://127.0.0.1:9/"))), ..job("hook") };
    jobs.create_job(create(hook)).await.expect("valid");
    jobs.create_job(create(job("tick"))).await.expect("valid");
    let payload = |bytes: usize| {
        let content = Some(v1::payload::Content::Data(vec![1; bytes]));
        Some(v1::Payload { content, ..<_>::default() })
    };
    let with = |id: &str, bytes| v1::RunJobRequest { payload: payload(bytes), ..run(id) };
    jobs.run_job(with("hook", 10)).await.expect("taken");
    let answer = jobs.run_job(with("tick", 10)).await.expect_err("noop takes none");
    assert_eq!(said(&answer).0, Code::FailedPrecondition);
    let answer = jobs.run_job(with("hook", 300 * 1024)).await.expect_err("too large");
    assert_eq!(said(&answer).2, "payload.data");
}

#[tokio::test]
async fn paused_jobs_run_when_asked_and_missing_ones_do_not() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    jobs.create_job(create(job("tick"))).await.expect("valid");
    let pause = v1::PauseJobRequest { job_id: "tick".to_owned(), ..<_>::default() };
    jobs.pause_job(pause).await.expect("paused");
    let made = jobs.run_job(run("tick")).await.expect("a run").into_inner().run;
    assert_eq!(made.expect("the run").state(), v1::RunState::Pending);
    assert_eq!(jobs.run_job(run("nobody")).await.expect_err("none").code(), Code::NotFound);
}

#[tokio::test]
async fn a_run_is_found_by_its_job_only() {
    let node = Node::start().await;
    let mut jobs = node.jobs().await;
    for id in ["a", "b", "c", "d", "e"] {
        jobs.create_job(create(job(id))).await.expect("valid");
    }
    let made = jobs.run_job(run("a")).await.expect("a run").into_inner().run.expect("the run");
    let mut runs = node.runs().await;
    for id in ["b", "c", "d", "e", "nobody"] {
        let answer = runs.get_run(get_run(id, &made.id)).await.expect_err("not its run");
        assert_eq!(said(&answer).1, "RUN_NOT_FOUND", "{id}");
    }
    let answer = runs.get_run(get_run("a", "nonsense")).await.expect_err("no run id");
    assert_eq!(said(&answer).2, "run_id");
}
